import { joinObjects } from '../lib/json/json-text.ts';
import type { Aliases, CatalogueState, ComponentTemplate, IndexTemplate, TemplateBody } from './catalogue-state.ts';
import { type Mapping, mergeMappings } from './mapping.ts';
import { matchesPattern, patternsOverlap } from './name-pattern.ts';
import { mergeSettings, type Settings, type SettingsUpdate } from './settings.ts';

/** What a new index gets from its templates. */
export type Composed = Readonly<{
  settings: Settings;
  mappings: Mapping;
  aliases: Aliases;
  /** The composable template that matched, if one did. */
  template: string | undefined;
  dataStream: boolean;
  allowAutoCreate: boolean | undefined;
}>;

/** Templates that Elasticsearch has from the start; shippers of data streams rely on them. A stored template of the same name wins. */
export const builtInTemplates: ReadonlyMap<string, IndexTemplate> = new Map(
  ['logs', 'metrics', 'traces'].map((signal) => [
    signal,
    {
      indexPatterns: [`${signal}-*-*`],
      composedOf: [],
      priority: 100,
      dataStream: {},
      allowAutoCreate: true,
      meta: { description: `default ${signal} data stream`, managed: true },
    },
  ]),
);

function matches(patterns: readonly string[], index: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, index));
}

/** The composable template for a name: highest priority first. Ties cannot be, because overlapping equals are refused. */
export function matchingTemplate(state: CatalogueState, index: string): Readonly<{ name: string; template: IndexTemplate }> | undefined {
  let best: { name: string; template: IndexTemplate } | undefined;
  for (const [name, template] of state.index_template) {
    if ((best && (template.priority ?? 0) <= (best.template.priority ?? 0)) || !matches(template.indexPatterns, index)) continue;
    best = { name, template };
  }
  return best;
}

/** The built-in template for a name that no stored template matches. */
export function matchingBuiltIn(state: CatalogueState, index: string): Readonly<{ name: string; template: IndexTemplate }> | undefined {
  for (const [name, template] of builtInTemplates) {
    if (!state.index_template.has(name) && matches(template.indexPatterns, index)) return { name, template };
  }
  return undefined;
}

function mergeBodies(bodies: readonly TemplateBody[]): Readonly<{ settings: Settings; mappings: Mapping; aliases: Aliases }> {
  return {
    settings: mergeSettings(...bodies.map(({ settings }): SettingsUpdate => settings ?? {})),
    mappings: bodies.reduce<Mapping>(
      (merged, { mappings }) => (mappings ? mergeMappings(merged, mappings, 'template') : merged),
      joinObjects(),
    ),
    aliases: joinObjects(...bodies.map(({ aliases }) => aliases ?? {})) as Aliases,
  };
}

function componentBodies(components: ReadonlyMap<string, ComponentTemplate>, names: readonly string[]): readonly TemplateBody[] {
  return names.flatMap((name) => components.get(name)?.template ?? []);
}

/** One composable template with its component templates, in the order they are named, its own part last. */
export function composeTemplate(state: CatalogueState, name: string | undefined, template: IndexTemplate): Composed {
  return {
    ...mergeBodies([...componentBodies(state.component_template, template.composedOf), template.template ?? {}]),
    template: name,
    dataStream: template.dataStream !== undefined,
    allowAutoCreate: template.allowAutoCreate,
  };
}

/** What an index of this name would get: one composable template, or else all legacy templates that match, lowest order first. */
export function composeFor(state: CatalogueState, index: string): Composed {
  const composable = matchingTemplate(state, index);
  if (composable) return composeTemplate(state, composable.name, composable.template);
  const legacy = [...state.legacy_template.entries()]
    .filter(([, template]) => matches(template.indexPatterns, index))
    .sort(([leftName, left], [rightName, right]) => left.order - right.order || (leftName < rightName ? -1 : 1));
  const bodies = legacy.flatMap(([, template]) => [...componentBodies(state.component_template, template.composedOf ?? []), template.body]);
  return { ...mergeBodies(bodies), template: undefined, dataStream: false, allowAutoCreate: undefined };
}

/** Other composable templates of the same priority whose patterns some name could match too, with those patterns. */
export function overlappingTemplates(
  state: CatalogueState,
  name: string,
  template: IndexTemplate,
  samePriority = true,
): readonly Readonly<{ name: string; indexPatterns: readonly string[] }>[] {
  return [...state.index_template]
    .filter(([other, { priority }]) => other !== name && (!samePriority || (priority ?? 0) === (template.priority ?? 0)))
    .filter(([, { indexPatterns }]) => indexPatterns.some((left) => template.indexPatterns.some((right) => patternsOverlap(left, right))))
    .map(([other, { indexPatterns }]) => ({ name: other, indexPatterns }));
}
