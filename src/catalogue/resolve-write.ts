import { elasticsearchError, illegalArgument } from '../lib/elasticsearch-errors.ts';
import { indexNotFound } from './catalogue-errors.ts';
import { aliasOn, aliasTargets, type CatalogueState, writeIndexOf } from './catalogue-state.ts';
import { createDataStream } from './change-data-streams.ts';
import { checkBlocks, createIndex } from './change-indices.ts';
import { matchingBuiltIn, matchingTemplate } from './compose-template.ts';
import { isDateMathName, resolveDateMathName } from './date-math-name.ts';
import type { Draft } from './draft.ts';
import { checkIndexName } from './index-name.ts';
import { matchesPattern } from './name-pattern.ts';

export type WriteOptions = Readonly<{
  op: 'index' | 'create' | 'update' | 'delete';
  requireAlias?: boolean;
  requireDataStream?: boolean;
}>;

export type WriteTarget = Readonly<{
  /** The concrete index: the `_index` of the row and of the answer. */
  index: string;
  /** Set when the name was a data stream, or an alias of one. */
  dataStream: string | undefined;
}>;

const writeBlocks = ['index.blocks.read_only', 'index.blocks.read_only_allow_delete', 'index.blocks.write'];

/**
 * Where a write to `name` goes; undefined when nothing has this name yet, so that it must be created. Throws 400, 403 or 404 in
 * Elasticsearch's form. Pure: it depends on the state only, and on the time for date-math names.
 */
export function resolveWrite(state: CatalogueState, rawName: string, options: WriteOptions, nowMillis: number): WriteTarget | undefined {
  const name = isDateMathName(rawName) ? resolveDateMathName(rawName, nowMillis) : rawName;
  const alias = aliasTargets(state).get(name);
  if (options.requireAlias && !alias) {
    throw indexNotFound(name, `no such index [${name}] and [require_alias] request flag is [true] and [${name}] is not an alias`);
  }
  const stream = alias ? aliasStream(state, name, alias.dataStreams) : state.data_stream.get(name);
  if (stream) {
    if (options.op !== 'create') throw illegalArgument('only write ops with an op_type of create are allowed in data streams');
    return open(state, writeIndexOf(stream), stream.name);
  }
  if (options.requireDataStream && (alias || state.index.has(name))) {
    throw indexNotFound(
      name,
      `no such index [${name}] and [require_data_stream] request flag is [true] and [${name}] is not a data stream`,
    );
  }
  if (alias) return open(state, aliasWriteIndex(state, name, alias.indices), undefined);
  const record = state.index.get(name);
  if (!record) return undefined;
  if (record.dataStream !== undefined && (options.op === 'create' || options.op === 'index')) {
    const advice = `target corresponding data stream [${record.dataStream}] instead`;
    throw illegalArgument(`${options.op} request targeting backing indices is disallowed, ${advice}`);
  }
  return open(state, name, record.dataStream);
}

function aliasStream(state: CatalogueState, alias: string, names: readonly string[]) {
  if (names.length <= 1) return state.data_stream.get(names[0] ?? '');
  const writers = names
    .flatMap((name) => state.data_stream.get(name) ?? [])
    .filter(({ aliases }) => aliasOn(aliases, alias)?.is_write_index);
  return writers.length === 1 ? writers[0] : undefined;
}

function aliasWriteIndex(state: CatalogueState, alias: string, indices: readonly string[]): string {
  const flag = (index: string) => aliasOn(state.index.get(index)?.aliases ?? {}, alias)?.is_write_index;
  const writer =
    indices.find((index) => flag(index) === true) ??
    (indices.length === 1 && flag(indices[0] as string) !== false ? indices[0] : undefined);
  if (writer !== undefined) return writer;
  throw illegalArgument(
    `no write index is defined for alias [${alias}]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index`,
  );
}

function open(state: CatalogueState, index: string, dataStream: string | undefined): WriteTarget {
  const record = state.index.get(index);
  if (!record) throw new Error(`BUG: ${index} is a write index but not in the catalogue`);
  if (!record.open) throw elasticsearchError('index_closed_exception', 'closed', { details: { index_uuid: record.uuid, index } });
  checkBlocks(record, writeBlocks);
  return { index, dataStream };
}

/** Creates what a write to an unknown name needs, by its templates and `action.auto_create_index`, and says where the write goes. */
export function createForWrite(draft: Draft, rawName: string, options: WriteOptions): WriteTarget {
  const existing = resolveWrite(draft.state, rawName, options, draft.nowMillis);
  if (existing) return existing;
  const name = resolveDateMathName(rawName, draft.nowMillis);
  checkIndexName(name);
  if (options.op === 'delete') throw indexNotFound(name);
  const template = matchingTemplate(draft.state, name);
  const wantsStream = options.op === 'create' || options.requireDataStream === true;
  const found = template ?? (wantsStream ? matchingBuiltIn(draft.state, name) : undefined);
  if (found?.template.allowAutoCreate !== true) checkAutoCreate(draft.state, name, found?.template.allowAutoCreate);
  if (found?.template.dataStream) {
    if (options.op !== 'create') throw illegalArgument('only write ops with an op_type of create are allowed in data streams');
    const stream = createDataStream(draft, name);
    return { index: writeIndexOf(stream), dataStream: stream.name };
  }
  if (options.requireDataStream) {
    throw indexNotFound(
      name,
      `no such index [${name}] and the index creation request requires a data stream, but no matching index template with data stream template was found`,
    );
  }
  return { index: createIndex(draft, { name: rawName }).name, dataStream: undefined };
}

/** Throws 404 when `action.auto_create_index` forbids the name. */
function checkAutoCreate(state: CatalogueState, name: string, byTemplate: boolean | undefined): void {
  if (byTemplate === false)
    throw indexNotFound(name, `no such index [${name}] and composable template [allow_auto_create] forbids index auto creation`);
  const rule = autoCreateRule(state);
  if (rule === 'true') return;
  if (rule === 'false') throw indexNotFound(name, `no such index [${name}] and [action.auto_create_index] is [false]`);
  for (const part of rule.split(',').map((text) => text.trim())) {
    if (!matchesPattern(part.replace(/^[+-]/, ''), name)) continue;
    if (part.startsWith('-'))
      throw indexNotFound(
        name,
        `no such index [${name}] and [action.auto_create_index] contains [${part}] which forbids automatic creation of the index`,
      );
    return;
  }
  throw indexNotFound(name, `no such index [${name}] and [action.auto_create_index] ([${rule}]) doesn't match`);
}

function autoCreateRule(state: CatalogueState): string {
  const value = state.cluster_settings.get('persistent')?.body['action.auto_create_index'];
  return typeof value === 'string' ? value : 'true';
}
