import { randomBytes } from 'node:crypto';
import { elasticsearchError, illegalArgument } from '../lib/elasticsearch-errors.ts';
import type { AppError } from '../lib/errors.ts';
import { type JsonObject, joinObjects } from '../lib/json/json-text.ts';
import { invalidIndexName, RowsRemainError } from './catalogue-errors.ts';
import { type Aliases, aliasTargets, type IndexRecord, type TemplateBody } from './catalogue-state.ts';
import { checkAliasAdditions } from './change-aliases.ts';
import { type Composed, composeFor } from './compose-template.ts';
import { resolveDateMathName } from './date-math-name.ts';
import type { Draft } from './draft.ts';
import { checkIndexName } from './index-name.ts';
import { checkMappingLimits, type Mapping, mergeMappings, parseMapping } from './mapping.ts';
import { flattenSettings, mergeSettings, type Settings, type SettingsUpdate, settingText, updateSettings } from './settings.ts';
import { parseAliases, unknownKey } from './template-body.ts';

/** More indices than this cost memory without telling anything apart; it bounds what a sender of random names can do. */
const maxIndices = 20_000;

export type NewIndex = Readonly<{ name: string; body?: TemplateBody; dataStream?: string; composed?: Composed }>;

/** `{settings, mappings, aliases}` of a create request. Throws 400. */
export function parseCreateBody(sent: JsonObject): TemplateBody {
  const unknown = Object.keys(sent).find((key) => !['settings', 'mappings', 'aliases'].includes(key));
  if (unknown !== undefined) throw unknownKey(unknown, 'create_index_request');
  return { settings: flattenSettings(sent.settings), mappings: parseMapping(sent.mappings), aliases: parseAliases(sent.aliases) };
}

/**
 * Adds an index with what its templates and the request give it. The name may be date math. Returns the record. Throws
 * `resource_already_exists_exception`, `invalid_index_name_exception` and the errors of settings, mappings and aliases.
 */
export function createIndex(draft: Draft, request: NewIndex): IndexRecord {
  const name = resolveDateMathName(request.name, draft.nowMillis);
  checkIndexName(name);
  checkFree(draft, name);
  const composed = request.composed ?? composeFor(draft.state, name);
  if (composed.dataStream && request.dataStream === undefined) {
    throw illegalArgument(
      `cannot create index with name [${name}], because it matches with template [${composed.template}] that creates data streams only, use create data stream api instead`,
    );
  }
  const body = request.body ?? {};
  const settings = mergeSettings(
    { 'index.number_of_shards': '1', 'index.number_of_replicas': '1' },
    composed.settings,
    body.settings ?? {},
    request.dataStream === undefined ? {} : { 'index.hidden': 'true' },
  );
  const mappings = body.mappings ? mergeMappings(composed.mappings, body.mappings, 'template') : composed.mappings;
  checkLimits(mappings, settings);
  const record: IndexRecord = {
    name,
    uuid: randomBytes(16).toString('base64url'),
    createdMillis: draft.nowMillis,
    providedName: request.name,
    settings,
    mappings,
    aliases: request.dataStream === undefined ? resolveAliases(name, composed.aliases, body.aliases ?? {}) : {},
    open: true,
    ...(request.dataStream === undefined ? {} : { dataStream: request.dataStream }),
  };
  checkAliasAdditions(draft, [record]);
  draft.put('index', name, record);
  return record;
}

function checkFree(draft: Draft, name: string): void {
  const existing = draft.get('index', name);
  if (existing) throw alreadyExists(`index [${name}/${existing.uuid}] already exists`, name, existing.uuid);
  if (draft.get('data_stream', name)) throw alreadyExists(`data_stream [${name}] already exists`, name, '_na_');
  if (aliasTargets(draft.state).has(name)) throw invalidIndexName(name, 'already exists as alias');
  if (draft.get('deletion', name)) throw new RowsRemainError(name);
  if (draft.state.index.size >= maxIndices) {
    throw elasticsearchError(
      'validation_exception',
      `Validation Failed: 1: this cluster currently has [${maxIndices}]/[${maxIndices}] maximum indices;`,
    );
  }
}

function alreadyExists(reason: string, index: string, uuid: string): AppError {
  return elasticsearchError('resource_already_exists_exception', reason, { details: { index_uuid: uuid, index } });
}

function resolveAliases(index: string, ...layers: readonly Aliases[]): Aliases {
  return joinObjects(
    ...layers.flatMap((layer) =>
      Object.entries(layer).map(([alias, properties]) => ({ [alias.replaceAll('{index}', index)]: properties })),
    ),
  ) as Aliases;
}

function checkLimits(mappings: Mapping, settings: Settings): void {
  const limit = (name: string, fallback: number) => Number(settingText(settings, name) ?? fallback);
  checkMappingLimits(mappings, limit('index.mapping.total_fields.limit', 1000), limit('index.mapping.depth.limit', 20));
}

/** Removes indices and marks their rows for deletion. Throws 400 for the write index of a data stream. */
export function deleteIndices(draft: Draft, names: readonly string[]): void {
  for (const name of names) {
    const record = draft.get('index', name);
    const stream = record?.dataStream === undefined ? undefined : draft.get('data_stream', record.dataStream);
    if (stream) {
      if (stream.indices[stream.indices.length - 1] === name) {
        throw illegalArgument(`index [${name}] is the write index for data stream [${stream.name}] and cannot be deleted`);
      }
      draft.put('data_stream', stream.name, { ...stream, indices: stream.indices.filter((index) => index !== name) });
    }
    removeIndex(draft, name);
  }
}

export function removeIndex(draft: Draft, name: string): void {
  draft.remove('index', name);
  draft.put('deletion', name, { name });
}

/** A put-mapping on several indices: all of them or none. */
export function putMapping(draft: Draft, names: readonly string[], sent: JsonObject): void {
  const incoming = parseMapping(sent);
  for (const name of names) {
    const record = draft.get('index', name);
    if (!record) continue;
    const mappings = mergeMappings(record.mappings, incoming, 'update');
    checkLimits(mappings, record.settings);
    draft.put('index', name, { ...record, mappings });
  }
}

/** A settings update on several indices: all of them or none. `preserve` keeps values that are set already. */
export function putSettings(draft: Draft, names: readonly string[], update: SettingsUpdate, preserve = false): void {
  for (const name of names) {
    const record = draft.get('index', name);
    if (!record) continue;
    const label = `${name}/${record.uuid}`;
    draft.put('index', name, { ...record, settings: updateSettings(record.settings, update, { label, open: record.open }, preserve) });
  }
}

export function setOpen(draft: Draft, names: readonly string[], open: boolean): void {
  for (const name of names) {
    const record = draft.get('index', name);
    if (!record || record.open === open) continue;
    if (!open && record.dataStream !== undefined && draft.get('data_stream', record.dataStream)?.indices.at(-1) === name) {
      throw illegalArgument(`cannot close the following data stream write indices [${name}]`);
    }
    draft.put('index', name, { ...record, open });
  }
}

const metadataBlocks = ['index.blocks.read_only', 'index.blocks.metadata'];

/** Throws 403 when a block of the index forbids the operation; `write` is checked by `resolveWrite`. */
export function checkBlocks(record: IndexRecord, names: readonly string[] = metadataBlocks): void {
  const block = names.find((name) => settingText(record.settings, name) === 'true');
  if (block === undefined) return;
  const labels: Readonly<Record<string, string>> = {
    'index.blocks.read_only': 'FORBIDDEN/5/index read-only (api)',
    'index.blocks.read_only_allow_delete': 'FORBIDDEN/12/index read-only / allow delete (api)',
    'index.blocks.write': 'FORBIDDEN/8/index write (api)',
    'index.blocks.read': 'FORBIDDEN/7/index read (api)',
    'index.blocks.metadata': 'FORBIDDEN/9/index metadata (api)',
  };
  throw elasticsearchError('cluster_block_exception', `index [${record.name}] blocked by: [${labels[block]}];`, {
    code: 'forbidden',
    details: {
      index_uuid: record.uuid,
      index: record.name,
    },
  });
}

/** Whether the document of a settings request touches anything but blocks; such requests pass a read-only block. */
export function onlyBlocks(update: SettingsUpdate): boolean {
  return Object.keys(update).every((name) => name.startsWith('index.blocks.'));
}
