import type { Trace, TraceLimits } from '../../model/trace.ts';
import type { Engine } from '../../store/engine/engine.ts';
import { lookupSettings } from './lookup-settings.ts';
import { newestTraces } from './newest-traces.ts';
import { type ReadLimits, readTraces, readTracesByHash, spansCondition, type TraceAddress, tooManyRecords } from './read-trace.ts';
import { aggregateConditions, matchesCriteria, rowConditions, spanConditions, type TraceCriteria } from './trace-criteria.ts';

export type TraceSearch = Readonly<{
  criteria: TraceCriteria;
  limit: number;
  offset: number;
  limits: TraceLimits;
  nowMillis: number;
}>;

type Search = TraceSearch & Readonly<{ engine: Engine; queryLimits: ReadLimits }>;

/**
 * The traces that fulfil the criteria, the one that ended last first, without attributes, events and links of their spans.
 *
 * Looks at the newest traces first, and at more of them until the page is full. In each round the small table `traces` names candidates,
 * narrow columns of `spans` thin them out, and those that are left are put together and asked exactly. Rejects with `query_too_expensive` when the page has more
 * records than the limit.
 */
export async function searchTraces(engine: Engine, request: TraceSearch, queryLimits: ReadLimits = {}): Promise<readonly Trace[]> {
  const search: Search = { ...request, engine, queryLimits };
  const { criteria, limit, offset } = request;
  const wanted = limit + offset;
  if (limit <= 0) return [];
  if (Object.values(criteria).every((value) => value === undefined)) return list(search);
  const known = new Map<string, readonly Trace[]>();
  const rounds = roundsOf(criteria, wanted);
  const [first] = rounds;
  const newest = (rows: number) => newestTraces(engine, criteria, rows, request.nowMillis, queryLimits);
  // Side by side, because as a rule both are needed.
  const [hasSpans, firstNewest] = await Promise.all([isAnySpan(search), first === undefined ? undefined : newest(first)]);
  if (!hasSpans) return [];
  for (const [round, rows] of rounds.entries()) {
    const { addresses, isAll } = round === 0 && firstNewest !== undefined ? firstNewest : await newest(rows);
    const found = await collectThinned(search, addresses, wanted, known);
    if (isAll || found.length >= wanted) return found.slice(offset, wanted);
  }
  const found: Trace[] = [];
  for (let from = 0; ; from += page) {
    const candidates = await everyCandidate(search, from);
    found.push(...(await collect(search, candidates, wanted - found.length, known)));
    if (candidates.length < page || found.length >= wanted) return found.slice(offset, wanted);
  }
}

/** How many of the newest rows each round looks at, before everything is looked at. */
function roundsOf(criteria: TraceCriteria, wanted: number): readonly number[] {
  // A parent is found by its index; the newest traces are no better place to look for it than others.
  if (criteria.parentSpanId !== undefined) return [];
  const long = Math.max(4000, wanted * 20);
  const { startNanos: _start, endNanos: _end, ...others } = criteria;
  const conditions = aggregateConditions(others).length + spanConditions(criteria).length;
  // Few traces fulfil several conditions, and thinning out costs little more for more.
  return conditions > 1 ? [long] : [Math.max(250, wanted * 4), long];
}

/** Most searches that find nothing name an agent or an operation that nobody has, which a column of few distinct texts knows at once. */
async function isAnySpan({ engine, criteria, queryLimits }: Search): Promise<boolean> {
  for (const condition of spanConditions(criteria)) {
    if ((await engine.select(`SELECT 1 AS one FROM spans WHERE ${condition} LIMIT 1`, queryLimits)).length === 0) return false;
  }
  return true;
}

/** How many candidates are asked for at a time where all that is stored is looked at. */
const page = 20_000;

/** Without criteria the engine's order is the answer's. */
async function list(search: Search): Promise<readonly Trace[]> {
  const { engine, limit, offset, limits, nowMillis, queryLimits } = search;
  const wanted = limit + offset;
  let { addresses, isAll } =
    wanted > page ? { addresses: [], isAll: false } : await newestTraces(engine, {}, wanted * 2, nowMillis, queryLimits);
  if (!isAll && addresses.length < wanted) {
    const rows = await engine.select(
      `SELECT toString(trace_hash) AS hash FROM traces GROUP BY trace_hash ORDER BY max(end) DESC, trace_hash LIMIT ${limit} OFFSET ${offset}`,
      queryLimits,
    );
    addresses = rows.map(({ hash }) => ({ hash: hash as string }));
  } else {
    addresses = addresses.slice(offset, wanted);
  }
  return readTraces(engine, addresses, limits, nowMillis, queryLimits, 'outline');
}

const where = (conditions: readonly string[]) => (conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`);
const having = (conditions: readonly string[]) => (conditions.length === 0 ? '' : `HAVING ${conditions.join(' AND ')}`);

/** Thins out and puts together a few candidates at first, because of what is frequent these are enough. */
async function collectThinned(
  search: Search,
  addresses: readonly TraceAddress[],
  wanted: number,
  known: Map<string, readonly Trace[]>,
): Promise<readonly Trace[]> {
  const candidates = await thinnedByTotals(search, addresses);
  const found: Trace[] = [];
  for (let from = 0, size = wanted * 2; from < candidates.length && found.length < wanted; from += size, size = candidates.length) {
    const some = await thinnedBySpans(search, candidates.slice(from, from + size));
    found.push(...(await collect(search, some, wanted - found.length, known)));
  }
  return found;
}

/** Leaves out candidates that cannot match by the totals of their rows in `traces`, and tells where their records are. */
async function thinnedByTotals(search: Search, addresses: readonly TraceAddress[]): Promise<readonly TraceAddress[]> {
  const { engine, criteria, queryLimits } = search;
  const aggregates = aggregateConditions(criteria);
  if (addresses.length === 0 || (aggregates.length === 0 && spanConditions(criteria).length === 0)) return addresses;
  const rows = await engine.select(
    `SELECT toString(trace_hash) AS hash, groupUniqArray(toUnixTimestamp(slot)) AS slots FROM traces
    WHERE trace_hash IN (${hashesOf(addresses)}) GROUP BY trace_hash ${having(aggregates)}${lookupSettings(addresses.length)}`,
    queryLimits,
  );
  const slots = new Map(rows.map((row) => [row.hash as string, (row.slots as readonly unknown[]).map(Number)]));
  return addresses.flatMap(({ hash }) => {
    const known = slots.get(hash);
    return known === undefined ? [] : [{ hash, slots: known }];
  });
}

/** Leaves out candidates whose spans cannot match. Reads few rows, in narrow columns. */
async function thinnedBySpans(
  { engine, criteria, queryLimits }: Search,
  addresses: readonly TraceAddress[],
): Promise<readonly TraceAddress[]> {
  const spans = spanConditions(criteria);
  if (addresses.length === 0 || spans.length === 0) return addresses;
  const scope = spansCondition(
    hashesOf(addresses),
    addresses.flatMap(({ slots }) => slots ?? []),
  );
  const rows = await engine.select(`SELECT toString(trace_hash) AS hash ${tracesWithSpans(spans, scope)}`, queryLimits);
  const left = new Set(rows.map(({ hash }) => hash as string));
  return addresses.filter(({ hash }) => left.has(hash));
}

const hashesOf = (addresses: readonly TraceAddress[]) => addresses.map(({ hash }) => hash).join(', ');

function tracesWithSpans(conditions: readonly string[], scope: string): string {
  const any = conditions.map((condition) => `(${condition})`).join(' OR ');
  return `FROM spans WHERE ${scope === '' ? '' : `${scope} AND `}(${any}) GROUP BY trace_hash
  HAVING ${conditions.map((condition) => `countIf(${condition}) > 0`).join(' AND ')}`;
}

/**
 * Of everything that is stored, what the engine cannot rule out, the newest first. Conditions of time leave out no row of a trace that
 * matches, so what is added up is right for these.
 */
async function everyCandidate({ engine, criteria, queryLimits }: Search, from: number): Promise<readonly TraceAddress[]> {
  const conditions = [...rowConditions(criteria)];
  const spans = spanConditions(criteria);
  if (spans.length > 0) conditions.push(`trace_hash IN (SELECT trace_hash ${tracesWithSpans(spans, '')})`);
  const rows = await engine.select(
    `SELECT toString(trace_hash) AS hash FROM traces ${where(conditions)}
    GROUP BY trace_hash ${having(aggregateConditions(criteria))} ORDER BY max(end) DESC, trace_hash LIMIT ${page} OFFSET ${from}`,
    queryLimits,
  );
  return rows.map(({ hash }) => ({ hash: hash as string }));
}

/** Candidates mostly match, so no more are put together than are still wanted; some, so that those which do not cost few rounds. */
const minBatch = 8;

/** Puts candidates together until `wanted` of them match. */
async function collect(
  { engine, criteria, limits, nowMillis, queryLimits }: Search,
  candidates: readonly TraceAddress[],
  wanted: number,
  known: Map<string, readonly Trace[]>,
): Promise<readonly Trace[]> {
  const found: Trace[] = [];
  for (let from = 0; from < candidates.length && found.length < wanted; ) {
    const some = candidates.slice(from, from + Math.max(minBatch, wanted - found.length));
    from += some.length;
    const unread = some.filter(({ hash }) => !known.has(hash));
    const traces = await readTracesByHash(engine, unread, limits, nowMillis, queryLimits, 'outline');
    for (const { hash } of unread) known.set(hash, traces.get(hash) ?? []);
    for (const { hash } of some) found.push(...(known.get(hash) ?? []).filter((trace) => matchesCriteria(trace, criteria)));
    const { maxSpanRecords: most } = queryLimits;
    if (most !== undefined && found.reduce((sum, { spans }) => sum + spans.length, 0) > most) throw tooManyRecords(most);
  }
  return found;
}
