import { elasticsearchError, illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { AppError } from '../../../lib/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json/json-text.ts';
import { type DocumentName, type FoundDocument, getDocuments, singleIndex } from '../../../queries/search/get-documents.ts';
import type { Search } from '../../../queries/search/search.ts';
import { filterSource, parseSourceFilter, type SourceFilter } from '../../../queries/search/source-filter.ts';
import type { Call } from '../call.ts';
import { errorItem } from '../describe-error.ts';
import type { Routes } from '../frame.ts';
import type { Answer } from '../send-answer.ts';
import { sourceOf } from './search-body.ts';

const maxDocuments = 10_000;

/** GET of single documents, and `_mget`. */
export function addDocumentReads(routes: Routes, search: Search): void {
  routes.on('GET', '/:index/_doc/:id', async (call): Promise<Answer> => {
    const name = documentName(call, search);
    const found = await readOne(call, search, name);
    const filter = filterOf(call, sourceOf(call));
    return { status: found ? 200 : 404, serialised: documentText(name, found, filter) };
  });
  routes.on('GET', '/:index/_source/:id', async (call): Promise<Answer> => {
    const name = documentName(call, search);
    const found = await readOne(call, search, name);
    const source = found && filterSource(found.source, parseSourceFilter(sourceOf(call)));
    if (source === undefined) {
      throw elasticsearchError('resource_not_found_exception', `Document not found [${call.requiredParam('index')}]/[_doc]/[${name.id}]`, {
        code: 'not_found',
      });
    }
    return { serialised: source };
  });
  routes.on(['GET', 'POST'], ['/_mget', '/:index/_mget'], (call) => multiGet(call, search));
}

function documentName(call: Call, search: Search): DocumentName {
  return { index: singleIndex(search, call.requiredParam('index')), id: call.requiredParam('id') };
}

async function readOne(call: Call, search: Search, name: DocumentName): Promise<FoundDocument | undefined> {
  const find = await getDocuments(search, [name], { realtime: call.flag('realtime', true), signal: call.signal });
  const found = find(name);
  const version = call.text('version');
  if (found && version !== undefined && version !== found.version) {
    throw elasticsearchError(
      'version_conflict_engine_exception',
      `[${name.id}]: version conflict, current version [${found.version}] is different than the one provided [${version}]`,
      { code: 'conflict' },
    );
  }
  return found;
}

/** Stored fields take the place of `_source`. */
function filterOf(call: Call, source: JsonValue | undefined): SourceFilter {
  const filter = parseSourceFilter(source);
  return call.text('stored_fields') !== undefined && source === undefined ? { ...filter, shown: false } : filter;
}

function documentText({ index, id }: DocumentName, found: FoundDocument | undefined, filter: SourceFilter): string {
  const name = `"_index":${JSON.stringify(index)},"_id":${JSON.stringify(id)}`;
  if (!found) return `{${name},"found":false}`;
  const source = filterSource(found.source, filter);
  const shown = source === undefined ? '' : `,"_source":${source}`;
  return `{${name},"_version":${found.version},"_seq_no":${found.sequence},"_primary_term":1,"found":true${shown}}`;
}

type Wanted = Readonly<{ index: string; id: string; source: JsonValue | undefined }>;

async function multiGet(call: Call, search: Search): Promise<Answer> {
  const common = sourceOf(call);
  const wanted = readWanted(call, call.requiredObject(), common);
  const names = wanted.map((one): DocumentName | Error => {
    try {
      return { index: singleIndex(search, one.index), id: one.id };
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  });
  const readable = names.filter((name): name is DocumentName => !(name instanceof Error));
  const find = await getDocuments(search, readable, { realtime: call.flag('realtime', true), signal: call.signal });
  const texts = names.map((name, at) => {
    const { index, id, source } = wanted[at] as Wanted;
    if (name instanceof Error) return JSON.stringify({ _index: index, _id: id, error: withRootCause(errorItem(name).error) });
    return documentText(name, find(name), filterOf(call, source));
  });
  return { serialised: `{"docs":[${texts.join(',')}]}` };
}

const withRootCause = ({ type, reason, ...more }: JsonObject): JsonObject => {
  const cause = { type: type as JsonValue, reason: reason as JsonValue, ...more };
  return { root_cause: [cause], ...cause };
};

function readWanted(call: Call, body: JsonObject, common: JsonValue | undefined): readonly Wanted[] {
  const { docs, ids } = body;
  const index = call.param('index');
  const items = Array.isArray(docs) ? docs : Array.isArray(ids) ? ids.map((id) => ({ _id: id })) : [];
  if (items.length === 0) throw elasticsearchError('action_request_validation_exception', 'Validation Failed: 1: no documents to get;');
  if (items.length > maxDocuments) throw illegalArgument(`[_mget] takes at most ${maxDocuments} documents, but has ${items.length}`);
  return items.map((item: JsonValue, at) => {
    if (!isJsonObject(item)) throw illegalArgument('[docs] must be an array of objects');
    const name = item._index ?? index;
    if (name === undefined || name === null) throw missing(at, 'index');
    if (item._id === undefined || item._id === null) throw missing(at, 'id');
    return { index: nameText(name), id: nameText(item._id), source: item._source ?? common };
  });
}

/** Ids may come as numbers. */
function nameText(value: JsonValue): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw illegalArgument('[_index] and [_id] must be strings');
}

function missing(at: number, what: string): AppError {
  return elasticsearchError('action_request_validation_exception', `Validation Failed: 1: ${what} is missing for doc ${at};`);
}
