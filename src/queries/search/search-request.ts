import { illegalArgument, parsingError, unsupported } from '../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json/json-text.ts';
import type { Aggregation } from '../aggregations/aggregation.ts';
import { parseAggregations } from '../aggregations/parse-aggregations.ts';
import { parseQuery } from '../filter/parse-query.ts';
import type { Query } from '../filter/query.ts';
import { type Collapse, parseCollapse } from './collapse.ts';
import { type FieldRequest, parseFieldRequests } from './field-request.ts';
import { type Highlight, parseHighlight } from './highlight-request.ts';
import { asList, readBoolean, readInteger, readMillis, readNames, readNumber, readObject, readString, shown } from './read-json.ts';
import { parseSort, type SortRequest } from './sort-request.ts';
import { parseSourceFilter, type SourceFilter } from './source-filter.ts';

/** How hits look, for searches and for `inner_hits`. */
export type HitView = Readonly<{
  source: SourceFilter;
  /** `stored_fields: _none_`: neither ids nor `_source`. */
  bare: boolean;
  fields: readonly FieldRequest[];
  version: boolean;
  sequence: boolean;
  highlight: Highlight | undefined;
}>;

/** The body of a search, checked. Nothing of it is ignored silently. */
export type SearchRequest = HitView &
  Readonly<{
    query: Query;
    postFilter: Query | undefined;
    from: number;
    size: number;
    sort: readonly SortRequest[];
    searchAfter: readonly JsonValue[] | undefined;
    /** true: count all; a number: count up to it; false: no total. */
    trackTotal: boolean | number;
    minScore: number | undefined;
    timeoutMillis: number | undefined;
    terminateAfter: number | undefined;
    collapse: Collapse | undefined;
    aggregations: readonly Aggregation[];
    pit: Readonly<{ id: string; keepAliveMillis: number | undefined }> | undefined;
    slice: Readonly<{ id: number; max: number }> | undefined;
  }>;

/** Elasticsearch counts so far unless it is asked for more. */
export const defaultTrackTotal = 10_000;

/** Members that change no result here. */
const ignored = new Set(['indices_boost', 'stats', 'track_scores', 'profile', 'allow_partial_search_results', 'request_cache']);
const refused: Readonly<Record<string, string>> = {
  runtime_mappings: 'meshscope runs no scripts. Store the value in a field',
  suggest: 'meshscope makes no suggestions',
  rescore: 'meshscope computes no scores',
  rank: 'meshscope computes no scores',
  knn: 'meshscope has no vectors',
  retriever: 'use [query]',
  script_fields: 'meshscope runs no scripts. Store the value in a field',
  ext: 'meshscope has no plugins',
};
const known = new Set(
  `query post_filter from size sort search_after track_total_hits min_score timeout terminate_after collapse aggs aggregations pit
   slice _source fields docvalue_fields stored_fields version seq_no_primary_term highlight explain`.split(/\s+/),
);

/** Throws 400 for a body that Elasticsearch would refuse or that meshscope cannot honour. */
export function parseSearchRequest(body: JsonObject): SearchRequest {
  for (const [name, value] of Object.entries(body)) checkMember(name, value);
  if (readBoolean(body.explain, 'explain')) throw unsupported('[explain] is not supported: meshscope computes no scores');
  const searchAfter = body.search_after === undefined || body.search_after === null ? undefined : asList(body.search_after);
  const from = readInteger(body.from, 'from', 0);
  if (searchAfter && from > 0) throw illegalArgument('`from` parameter must be set to 0 when `search_after` is used');
  return {
    ...parseHitView(body),
    query: parseQuery(body.query ?? undefined),
    postFilter: body.post_filter === undefined || body.post_filter === null ? undefined : parseQuery(body.post_filter),
    from,
    size: readInteger(body.size, 'size', 10),
    sort: parseSort(body.sort),
    searchAfter,
    trackTotal: parseTrackTotal(body.track_total_hits),
    minScore: readNumber(body.min_score, 'min_score'),
    timeoutMillis: readMillis(body.timeout, 'timeout'),
    terminateAfter: readInteger(body.terminate_after, 'terminate_after', 0) || undefined,
    collapse: parseCollapse(body.collapse),
    aggregations: parseAggregations(body.aggs ?? body.aggregations),
    pit: parsePit(body.pit),
    slice: parseSlice(body.slice),
  };
}

export function parseHitView(body: JsonObject): HitView {
  const stored = readNames(body.stored_fields, 'stored_fields');
  const bare = stored.includes('_none_');
  const source = parseSourceFilter(body._source);
  return {
    // Stored fields replace `_source` unless it is asked for too.
    source: bare || (stored.length > 0 && !stored.includes('_source') && body._source === undefined) ? { ...source, shown: false } : source,
    bare,
    fields: [...parseFieldRequests(body.fields, 'fields'), ...parseFieldRequests(body.docvalue_fields, 'docvalue_fields')],
    version: readBoolean(body.version, 'version'),
    sequence: readBoolean(body.seq_no_primary_term, 'seq_no_primary_term'),
    highlight: parseHighlight(body.highlight),
  };
}

function checkMember(name: string, value: JsonValue): void {
  if (known.has(name) || ignored.has(name)) return;
  if (!Object.hasOwn(refused, name)) {
    const kind = isJsonObject(value) ? 'START_OBJECT' : Array.isArray(value) ? 'START_ARRAY' : 'VALUE';
    throw parsingError(`Unknown key for a ${kind} in [${name.slice(0, 200)}].`);
  }
  const empty = value === null || (Array.isArray(value) && value.length === 0) || (isJsonObject(value) && Object.keys(value).length === 0);
  if (!empty) throw unsupported(`[${name}] is not supported: ${refused[name]}`);
}

function parseTrackTotal(json: JsonValue | undefined): boolean | number {
  if (json === undefined || json === null) return defaultTrackTotal;
  if (json === true || json === 'true' || json === '') return true;
  if (json === false || json === 'false') return false;
  const limit = readInteger(json, 'track_total_hits', 0, -1);
  return limit === -1 ? false : limit;
}

function parsePit(json: JsonValue | undefined): SearchRequest['pit'] {
  const body = readObject(json, 'pit');
  if (!body) return undefined;
  const id = readString(body.id, 'pit.id');
  if (id === undefined) throw illegalArgument('[pit] needs an [id]');
  return { id, keepAliveMillis: readMillis(body.keep_alive, 'keep_alive') };
}

function parseSlice(json: JsonValue | undefined): SearchRequest['slice'] {
  const body = readObject(json, 'slice');
  if (!body) return undefined;
  const [id, max] = [readInteger(body.id, 'slice.id', 0), readInteger(body.max, 'slice.max', 0)];
  if (max < 2) throw illegalArgument(`max must be greater than 1, found [${max}]`);
  if (id >= max) throw illegalArgument(`max must be greater than id, found id [${shown(id)}] and max [${max}]`);
  return { id, max };
}
