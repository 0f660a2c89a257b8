import { ExactNumber, type JsonValue, parseJson, stringifyJson } from '../../lib/json/json-text.ts';
import type { LogFieldKind } from '../../model/log-fields.ts';
import { idParts, idText } from '../../store/logs/id-expression.ts';
import { atPlaces, placeColumns, type RowPlace } from '../../store/logs/row-place.ts';
import { sourceParts, sourceText } from '../../store/logs/source-parts.ts';
import type { AggregationContext, FoundHit } from '../aggregations/context.ts';
import { renderHit } from '../aggregations/metrics/render-hit.ts';
import { startAggregations } from '../aggregations/run-aggregations.ts';
import { knownField } from '../fields/known-readings.ts';
import { toCondition } from '../filter/condition.ts';
import { parseQuery } from '../filter/parse-query.ts';
import { type Count, findHits } from './find-hits.ts';
import { innerHits } from './inner-hits.ts';
import { isOwnTimeout } from './own-timeout.ts';
import { createHitPrinter } from './print-hit.ts';
import { planSearch, type SearchPlan } from './search-plan.ts';
import type { Select } from './search-ports.ts';
import type { SearchRequest } from './search-request.ts';
import type { SearchScope } from './search-scope.ts';
import { filterSource, mayShow, parseSourceFilter } from './source-filter.ts';

export type RunOptions = Readonly<{
  select: Select;
  typedKeys: boolean;
  /** `hits.total` as a number. */
  totalAsInteger: boolean;
  maxBuckets: number;
  /** Where a scroll goes on. */
  cursor?: readonly JsonValue[] | undefined;
  /** What the first page of a scroll has counted. */
  total?: Total | undefined;
}>;

export type SearchResult = Readonly<{
  /** Members of the answer behind `took`: `"timed_out":…,"_shards":…,"hits":…,"aggregations":…`. */
  text: string;
  hits: number;
  total: Total | undefined;
  /** Values of all sort keys of the last hit. */
  cursor: readonly JsonValue[] | undefined;
}>;

export type Total = Readonly<{ value: number; relation: 'eq' | 'gte' }>;

/** Answers one search. Statements that do not depend on each other run side by side, and what one has counted no other counts. */
export async function runSearch(request: SearchRequest, scope: SearchScope, options: RunOptions): Promise<SearchResult> {
  const plan = planSearch(request, scope, { cursor: options.cursor });
  const { timeoutMillis } = request;
  const select: Select = (sql) => options.select(sql, timeoutMillis === undefined ? {} : { timeoutMillis });
  try {
    const running =
      request.aggregations.length === 0
        ? undefined
        : await startAggregations(request.aggregations, aggregationContext(plan, scope, select, options));
    const { documents, counted } = request.postFilter ? {} : { documents: running?.documents, counted: plan.counted };
    const isCounted = documents !== undefined || options.total !== undefined || request.trackTotal === false;
    const [{ rows, total }, aggregations] = await Promise.all([
      findHits(
        plan,
        select,
        { isCounted, documents, counted },
        async (count) => options.total ?? (await countTotal(request, options, documents?.count ?? count)),
      ),
      running?.answers,
    ]);
    const print = createHitPrinter(request, plan.keys, scope);
    const groups = request.collapse ? await innerHits(request, scope, rows, select) : undefined;
    const texts = rows.map((row, at) => print(row, groups?.[at]));
    const last = rows.at(-1);
    return {
      text: answerText(request, scope, options, texts, total, aggregations),
      hits: rows.length,
      total,
      cursor: last && plan.allKeys.map((key, at) => parseJson(key.print(last[`h_sort${at}`] ?? null))),
    };
  } catch (error) {
    if (timeoutMillis === undefined || !isOwnTimeout(error)) throw error;
    return {
      text: answerText(request, scope, options, [], { value: 0, relation: 'gte' }, undefined, true),
      hits: 0,
      total: undefined,
      cursor: undefined,
    };
  }
}

async function countTotal(
  { trackTotal, terminateAfter }: SearchRequest,
  { totalAsInteger }: RunOptions,
  count: Count,
): Promise<Total | undefined> {
  if (trackTotal === false) return undefined;
  if (terminateAfter !== undefined) return { value: await count(terminateAfter), relation: 'eq' };
  if (trackTotal === true || totalAsInteger) return { value: await count(undefined), relation: 'eq' };
  const value = await count(trackTotal + 1);
  return value > trackTotal ? { value: trackTotal, relation: 'gte' } : { value, relation: 'eq' };
}

function aggregationContext({ from, counted }: SearchPlan, scope: SearchScope, select: Select, options: RunOptions): AggregationContext {
  return {
    from,
    counted: counted(),
    fromAll: `logs WHERE ${scope.visible}`,
    fields: scope.fields,
    now: scope.now,
    typedKeys: options.typedKeys,
    condition: (query) => toCondition(parseQuery(query), scope.fields, { now: scope.now }),
    select: (sql) => select(sql),
    hits: {
      index: '_index',
      id: idParts,
      readId: idText,
      source: topHitSource,
      read: sourceText,
      place: { columns: placeColumns, isAt: (places) => atPlaces(places as readonly RowPlace[]) },
      render: renderTopHit,
    },
    cardinality: (name) => cardinalityOf(knownField(scope.fields.find(name).name)?.kind),
    maxBuckets: options.maxBuckets,
  };
}

const cardinalityOf = (kind: LogFieldKind | undefined) =>
  kind === 'keyword' ? 'few' : kind === 'id' || kind === 'text' ? 'many' : undefined;

function answerText(
  request: SearchRequest,
  scope: SearchScope,
  options: RunOptions,
  hits: readonly string[],
  total: Total | undefined,
  aggregations: Record<string, unknown> | undefined,
  timedOut = false,
): string {
  const shards = scope.indices.length;
  const early =
    request.terminateAfter !== undefined && total !== undefined ? `,"terminated_early":${total.value >= request.terminateAfter}` : '';
  const isScored = request.sort.length === 0 || request.sort.some(({ field }) => field === '_score');
  const maxScore = isScored && hits.length > 0 ? '1.0' : shards === 0 ? '0.0' : 'null';
  const totalText = total ? `"total":${options.totalAsInteger ? total.value : JSON.stringify(total)},` : '';
  return (
    `"timed_out":${timedOut}${early},"_shards":{"total":${shards},"successful":${shards},"skipped":0,"failed":0},` +
    `"hits":{${totalText}"max_score":${maxScore},"hits":[${hits.join(',')}]}` +
    (aggregations ? `,"aggregations":${stringifyJson(aggregations)}` : '')
  );
}

/** Columns of the documents of a `top_hits`. */
function topHitSource({ _source, fields, docvalue_fields: values }: Readonly<Record<string, unknown>>): string {
  return fields === undefined && values === undefined
    ? sourceParts(mayShow(parseSourceFilter(_source as JsonValue | undefined)))
    : sourceParts();
}

/** A hit of `top_hits`, with the document's text as it is. */
function renderTopHit(hit: FoundHit, body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { _source: _, ...rendered } = renderHit(hit, body);
  const source = filterSource(hit.source, parseSourceFilter(body._source as JsonValue | undefined));
  return source === undefined ? rendered : { ...rendered, _source: new ExactNumber(source) };
}
