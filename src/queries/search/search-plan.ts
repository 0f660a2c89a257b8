import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import type { JsonValue } from '../../lib/json/json-text.ts';
import { idParts } from '../../store/logs/id-expression.ts';
import { atPlaces, placeColumns, type RowPlace } from '../../store/logs/row-place.ts';
import { sourceParts } from '../../store/logs/source-parts.ts';
import type { CountedMinutes } from '../aggregations/context.ts';
import { keyValues } from '../aggregations/field-values.ts';
import { sequenceExpression, versionExpression } from '../fields/meta-fields.ts';
import { toCondition } from '../filter/condition.ts';
import { countedMinutes } from './counted-minutes.ts';
import { createSortKeys } from './create-sort-keys.ts';
import { tableOrder } from './record-order.ts';
import { searchAfterCondition } from './search-after.ts';
import type { SearchRequest } from './search-request.ts';
import type { SearchScope } from './search-scope.ts';
import type { SortKey } from './sort-key.ts';
import { isDocOrder, type SortRequest } from './sort-request.ts';
import { mayShow } from './source-filter.ts';

/** The statements of one search. Hits come from one `ORDER BY … LIMIT`, which computes `_source` for the rows of the page only. */
export type SearchPlan = Readonly<{
  /** Keys of which hits show the values. */
  keys: readonly SortKey[];
  /** Those and the hidden ones that make the order complete: where the next page goes on. */
  allKeys: readonly SortKey[];
  /** Statement that returns the hits; undefined when none are asked for. */
  hits: string | undefined;
  /** Other ways to the same hits, where their order is the table's own. */
  inTableOrder: TableOrder | undefined;
  /** Rows that match, without `post_filter` and place: what aggregations see. */
  from: string;
  /** The same by what the store has counted, found out when it is first asked for; undefined where the query asks for something else. */
  counted: () => CountedMinutes | undefined;
  /** Counts rows up to a limit; without a limit all of them. */
  count: (limit: number | undefined) => string;
  needsSource: boolean;
}>;

/**
 * For hits in the order of time there are two ways, and which one is fast depends on how many rows match. Many: the table is
 * read in its order, which ends with the page. Few: that would go through the whole table in one thread, so all are looked
 * for in any order, and the page is read by its places.
 */
export type TableOrder = Readonly<{
  /** One row: `n`, which is the number of rows that match up to one more than `few`; and, when they are few, the `places` of the page. */
  probe: (few: number) => string;
  /** That many are few where nobody asks how many they are: the pages in between are found faster by going through the table. */
  few: number;
  /** Hits when they are many. */
  read: string;
  /** Hits when they are few. */
  readAt: (places: readonly RowPlace[]) => string;
  /** The probe counts what `count` counts. */
  countsTotal: boolean;
}>;

export const fewHits = 10_000;

/** Where the page has this share of the matches, going through the table in its order reads this share of it. */
const fewPages = 10;
const fewAtLeast = 1000;

/** Rows that are read at once where the table is gone through in its order: all columns of a block are unpacked, also behind the last hit. */
const readRows = 8192;

/** The text of a statement grows with the places in it. */
const maxPlaces = 1000;

const sortRequest = (field: string, descending: boolean): SortRequest => ({
  field,
  descending,
  missing: '_last',
  unmappedType: undefined,
  mode: undefined,
  format: undefined,
  numericType: undefined,
});

/** Without a sort the newest come first: scores are all the same here, so that is the order that helps most. */
const defaultSort = [sortRequest('timestamp', true), sortRequest('_doc', true)];

function sortRequests(request: SearchRequest): Readonly<{ shown: readonly SortRequest[]; all: readonly SortRequest[] }> {
  const { sort, pit } = request;
  if (sort.length === 0) {
    const shown = pit ? [sortRequest('_shard_doc', false)] : [];
    return { shown, all: pit ? shown : defaultSort };
  }
  if (sort.some(({ field }) => isDocOrder(field))) return { shown: sort, all: sort };
  const all = [...sort, sortRequest('_shard_doc', sort.at(-1)?.descending === true)];
  return { shown: pit ? all : sort, all };
}

export type PlanOptions = Readonly<{
  /** Values of all keys behind which this page begins, for scrolls. */
  cursor?: readonly JsonValue[] | undefined;
  /** A condition beside the query, for inner hits. */
  extra?: string | undefined;
}>;

export function planSearch(request: SearchRequest, scope: SearchScope, options: PlanOptions = {}): SearchPlan {
  const { fields, now } = scope;
  const { shown, all } = sortRequests(request);
  const allKeys = createSortKeys(all, fields, now);
  const keys = allKeys.slice(0, shown.length);
  const others = [scope.visible];
  if (request.minScore !== undefined && request.minScore > 1) others.push('0');
  if (request.slice) others.push(`(_segment + _row) % ${request.slice.max} = ${request.slice.id}`);
  if (options.extra) others.push(options.extra);
  const matching = [...others, toCondition(request.query, fields, { now })];
  const found = request.postFilter ? [...matching, toCondition(request.postFilter, fields, { now })] : matching;
  const page = [...found];
  if (request.searchAfter) page.push(searchAfterCondition(keys, request.searchAfter));
  if (options.cursor) page.push(searchAfterCondition(allKeys, options.cursor));
  const inOrder = [true, false].some((descending) => orderOf(allKeys) === tableOrder(descending));
  let counted: Readonly<{ minutes: CountedMinutes | undefined }> | undefined;
  const needsSource = request.source.shown || request.fields.length > 0 || request.highlight !== undefined;
  return {
    keys,
    allKeys,
    hits: request.size === 0 ? undefined : hitsStatement(request, scope, allKeys, page, needsSource),
    inTableOrder:
      inOrder && request.size > 0 && request.size <= maxPlaces && !request.collapse
        ? readTableOrder(request, allKeys, page, needsSource, page.length === found.length)
        : undefined,
    from: `logs WHERE ${where(matching)}`,
    counted: () => {
      counted ??= { minutes: countedMinutes(request.query, scope, others) };
      return counted.minutes;
    },
    count: (limit) =>
      limit === undefined
        ? `SELECT count() AS n FROM logs WHERE ${where(found)}`
        : `SELECT count() AS n FROM (SELECT 1 FROM logs WHERE ${where(found)} LIMIT ${limit})`,
    needsSource,
  };
}

const where = (conditions: readonly string[]) => [...new Set(conditions)].filter((one) => one !== '1').join(' AND ') || '1';

const orderOf = (keys: readonly SortKey[]) => keys.flatMap((key) => key.order).join(', ');

function hitColumns(request: SearchRequest, keys: readonly SortKey[], needsSource: boolean): string {
  const isPartial = request.fields.length === 0 && request.highlight === undefined;
  return [
    '_index AS h_index',
    `${idParts} AS h_id`,
    ...(needsSource ? [`${sourceParts(isPartial ? mayShow(request.source) : undefined)} AS h_source`] : []),
    ...(request.version ? [`${versionExpression} AS h_version`] : []),
    ...(request.sequence ? [`${sequenceExpression} AS h_sequence`] : []),
    ...(request.fields.length > 0 ? ['toUnixTimestamp64Nano(timestamp) AS h_nanos'] : []),
    ...keys.map((key, at) => `${key.output} AS h_sort${at}`),
  ].join(', ');
}

function readTableOrder(
  request: SearchRequest,
  keys: readonly SortKey[],
  conditions: readonly string[],
  needsSource: boolean,
  countsTotal: boolean,
): TableOrder {
  const { from, size } = request;
  const select = `SELECT ${hitColumns(request, keys, needsSource)} FROM logs WHERE`;
  const order = orderOf(keys);
  const sort = order === tableOrder(true) ? 'arrayReverseSort' : 'arraySort';
  const some = `SELECT (${placeColumns.join(', ')}) AS place FROM logs WHERE ${where(conditions)}`;
  return {
    probe: (few) =>
      `SELECT count() AS n, if(n > ${few}, [], arraySlice(${sort}(groupArray(place)), ${from + 1}, ${size})) AS places FROM (${some} LIMIT ${few + 1})`,
    few: Math.min(fewHits, Math.max(fewAtLeast, fewPages * (from + size))),
    // A second thread would read the other end of the table, and what it finds there is of no use.
    read: `${select} ${where(conditions)} ORDER BY ${order} LIMIT ${size} OFFSET ${from} SETTINGS max_threads = 1, max_block_size = ${readRows}`,
    readAt: (places) => `${select} ${atPlaces(places)} ORDER BY ${order} SETTINGS optimize_read_in_order = 0`,
    countsTotal,
  };
}

function hitsStatement(
  request: SearchRequest,
  scope: SearchScope,
  keys: readonly SortKey[],
  conditions: readonly string[],
  needsSource: boolean,
): string {
  const columns = hitColumns(request, keys, needsSource);
  const order = orderOf(keys);
  const orderBy = order === '' ? '' : ` ORDER BY ${order}`;
  const limit = ` LIMIT ${request.size}${request.from > 0 ? ` OFFSET ${request.from}` : ''}`;
  if (!request.collapse) return `SELECT ${columns} FROM logs WHERE ${where(conditions)}${orderBy}${limit}`;
  const key = collapseKey(request.collapse.field, scope);
  const chosen = `SELECT _segment, _row FROM logs WHERE ${where(conditions)}${orderBy} LIMIT 1 BY ${key}${limit}`;
  return `SELECT ${columns}, toString(${key}) AS h_group FROM logs WHERE ${where(conditions)} AND (_segment, _row) IN (${chosen})${orderBy}`;
}

/** The value by which hits are collapsed. Throws 400 for fields with several values per document. */
export function collapseKey(field: string, { fields }: SearchScope): string {
  const values = keyValues(fields, field);
  if (values === undefined) return `''`;
  if (values.array) throw illegalArgument(`cannot collapse on field [${field}]: it has several values in one document`);
  return values.sql;
}
