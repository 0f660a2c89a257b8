import type { JsonObject } from '../lib/json/json-text.ts';
import type { Mapping } from './mapping.ts';
import type { Settings, SettingsUpdate } from './settings.ts';

/** Alias members in Elasticsearch's names, because they are stored, returned and sent in that form. `filter` is raw query DSL. */
export type AliasProperties = Readonly<{
  filter?: JsonObject;
  index_routing?: string;
  search_routing?: string;
  is_write_index?: boolean;
  is_hidden?: boolean;
}>;
export type Aliases = Readonly<Record<string, AliasProperties>>;

/** How far the lifecycle of an index has come: `done` holds `phase/action` of everything that was carried out once. */
export type LifecycleProgress = Readonly<{ phase: string; phaseMillis: number; done: readonly string[]; failure?: string }>;

export type IndexRecord = Readonly<{
  name: string;
  uuid: string;
  createdMillis: number;
  /** The name as the client wrote it, possibly with date math; rollover evaluates it again. */
  providedName: string;
  settings: Settings;
  mappings: Mapping;
  aliases: Aliases;
  open: boolean;
  dataStream?: string;
  /** When rollover made another index the write index; ages of the lifecycle count from here. */
  rolledOverMillis?: number;
  lifecycle?: LifecycleProgress;
}>;

export type DataStream = Readonly<{
  name: string;
  /** Backing indices, oldest first; the last takes the writes. */
  indices: readonly string[];
  generation: number;
  template: string;
  hidden: boolean;
  aliases: Aliases;
}>;

export type TemplateBody = Readonly<{ settings?: SettingsUpdate; mappings?: Mapping; aliases?: Aliases }>;

export type IndexTemplate = Readonly<{
  indexPatterns: readonly string[];
  template?: TemplateBody;
  composedOf: readonly string[];
  ignoreMissing?: readonly string[];
  priority?: number;
  version?: number;
  meta?: JsonObject;
  dataStream?: JsonObject;
  allowAutoCreate?: boolean;
}>;

export type ComponentTemplate = Readonly<{ template: TemplateBody; version?: number; meta?: JsonObject }>;

/** A template of the older kind. `composedOf` and `meta` are there when a composable body was sent to `_template`. */
export type LegacyTemplate = Readonly<{
  indexPatterns: readonly string[];
  order: number;
  body: TemplateBody;
  version?: number;
  composedOf?: readonly string[];
  meta?: JsonObject;
}>;

/** A policy, repository or other object that a surface checks, stores and reads in its own form. */
export type StoredObject = Readonly<{ version: number; modifiedMillis: number; body: JsonObject }>;

export type Records = {
  index: IndexRecord;
  data_stream: DataStream;
  index_template: IndexTemplate;
  component_template: ComponentTemplate;
  legacy_template: LegacyTemplate;
  ilm_policy: StoredObject;
  repository: StoredObject;
  slm_policy: StoredObject;
  cluster_settings: StoredObject;
  /** Index whose rows are still to be deleted; no index of this name can be created meanwhile. */
  deletion: Readonly<{ name: string }>;
};
export type Kind = keyof Records;

export const kinds = [
  'index',
  'data_stream',
  'index_template',
  'component_template',
  'legacy_template',
  'ilm_policy',
  'repository',
  'slm_policy',
  'cluster_settings',
  'deletion',
] as const satisfies readonly Kind[];

/** Everything the catalogue knows at one moment. Never changed in place: a change makes a new state. */
export type CatalogueState = { readonly [K in Kind]: ReadonlyMap<string, Records[K]> };

/** What an alias stands for: names of indices or of data streams. */
export type AliasTargets = Readonly<{ indices: readonly string[]; dataStreams: readonly string[] }>;

const aliasesOf = new WeakMap<CatalogueState, ReadonlyMap<string, AliasTargets>>();

/** All aliases with their targets, computed once per state. */
export function aliasTargets(state: CatalogueState): ReadonlyMap<string, AliasTargets> {
  const known = aliasesOf.get(state);
  if (known) return known;
  const found = new Map<string, { indices: string[]; dataStreams: string[] }>();
  const add = (aliases: Aliases, list: 'indices' | 'dataStreams', name: string) => {
    for (const alias of Object.keys(aliases)) {
      let targets = found.get(alias);
      if (!targets) {
        targets = { indices: [], dataStreams: [] };
        found.set(alias, targets);
      }
      targets[list].push(name);
    }
  };
  for (const index of state.index.values()) add(index.aliases, 'indices', index.name);
  for (const stream of state.data_stream.values()) add(stream.aliases, 'dataStreams', stream.name);
  aliasesOf.set(state, found);
  return found;
}

/** The properties of an alias on an index or data stream, or undefined; safe for names such as `constructor`. */
export function aliasOn(aliases: Aliases, alias: string): AliasProperties | undefined {
  return Object.hasOwn(aliases, alias) ? aliases[alias] : undefined;
}

export function writeIndexOf(stream: DataStream): string {
  return stream.indices[stream.indices.length - 1] as string;
}
