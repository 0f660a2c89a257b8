import type { Aggregation, Result } from './aggregation.ts';
import { tooManyBuckets } from './bucket-limit.ts';
import type { AggregationContext } from './context.ts';
import type { Group } from './group.ts';
import { Level, type RequestState } from './level.ts';
import { planChildren } from './plan-children.ts';
import { readChildren, withTypedKeys } from './read-children.ts';
import { countIn, emptyRow, type Row } from './row.ts';
import { Scan } from './scan.ts';

/**
 * Answers all aggregations of a search: plans them into as few scans as possible, runs those, and assembles the JSON of
 * `aggregations`. Integers beyond 2^53 are bigint in the result. Throws `AppError`.
 */
export async function runAggregations(aggregations: readonly Aggregation[], context: AggregationContext): Promise<Record<string, unknown>> {
  return await (await startAggregations(aggregations, context)).answers;
}

/** The number of documents that aggregations are about, as soon as it is known: their answers may need further statements. */
export type RunningCount = Readonly<{
  count: () => Promise<number>;
  /** Known sooner than the number where the store has counted more. */
  exceeds: (few: number) => Promise<boolean>;
}>;

export type RunningAggregations<T = unknown> = Readonly<{
  answers: Promise<Record<string, T>>;
  /** Undefined where to count them would cost anything. */
  documents: RunningCount | undefined;
}>;

/** The same for what runs beside them: comes back as soon as it is planned, and runs. */
export async function startAggregations(aggregations: readonly Aggregation[], context: AggregationContext): Promise<RunningAggregations> {
  const { answers, ...running } = await startOver(aggregations, context, context.from, false);
  return { ...running, answers: context.typedKeys ? answers.then((untyped) => withTypedKeys(untyped, aggregations)) : answers };
}

/** Runs aggregations over the documents of `from`, and counts those. */
export async function runOver(
  aggregations: readonly Aggregation[],
  context: AggregationContext,
  from: string,
): Promise<Readonly<{ answers: Record<string, Result>; documents: number }>> {
  const { answers, documents } = await startOver(aggregations, context, from, true);
  return { answers: await answers, documents: (await documents?.count()) ?? 0 };
}

async function startOver(
  aggregations: readonly Aggregation[],
  context: AggregationContext,
  from: string,
  counted: boolean,
): Promise<RunningAggregations<Result>> {
  const first = new Scan(undefined);
  const request: RequestState = { context, scans: [first], besideScans: [], afterScans: [], from, buckets: 0, groups: 0 };
  const root = new Level(request, first);
  const planned = await planChildren(root, aggregations);
  const total = counted || first.rootRow ? root.documentCount() : undefined;
  const scanned = runScans(request).then((found) => found ?? { ...emptyRow, path: '' });
  const answer = async () => {
    const [row] = await Promise.all([scanned, ...request.besideScans.map((work) => work())]);
    for (const work of request.afterScans) await work();
    return readChildren(aggregations, planned, row);
  };
  const counting = (aggregate: string): RunningCount => {
    const count = async () => countIn(await scanned, aggregate);
    return { count, exceeds: async (few) => (await countedAhead(first, request)) > few || (await count()) > few };
  };
  return { answers: answer(), documents: total === undefined ? undefined : counting(total) };
}

/** How many of the documents the store has counted, where the scan is made of such counts: that alone is known sooner than the scan. */
async function countedAhead(scan: Scan, request: RequestState): Promise<number> {
  const { counted, select } = request.context;
  const sources = sqlOverCounts(scan, request) && (await counted?.sources(select));
  return sources ? Number((await select(`SELECT ${counted?.total} AS n FROM ${sources.counted}`))[0]?.n) : 0;
}

/** Runs scans whose outer buckets are known side by side, until none is left. The row of all documents comes back. */
async function runScans(request: RequestState): Promise<Row | undefined> {
  const done = new Set<Scan>();
  let root: Row | undefined;
  for (;;) {
    const known = new Set([...done].flatMap((scan) => scan.groups));
    const ready = request.scans.filter((scan) => !done.has(scan) && (scan.after === undefined || known.has(scan.after)));
    if (ready.length === 0) return root;
    const results = await Promise.all(ready.map((scan) => runScan(scan, request)));
    root ??= results.find((row) => row !== undefined);
    for (const scan of ready) done.add(scan);
  }
}

/** Above so many rows the engine is asked again, and leaves out what is not shown. */
const mostUntrimmed = 20_000;

async function runScan(scan: Scan, request: RequestState): Promise<Row | undefined> {
  if (scan.isEmpty) return undefined;
  if (scan.after !== undefined && scan.after.survivors() === '0') return undefined;
  const { maxBuckets, select } = request.context;
  const overCounts = sqlOverCounts(scan, request);
  const sources = overCounts && (await request.context.counted?.sources(select));
  const toSql = (rowLimit: number, trims: boolean) =>
    sources ? overCounts(sources, rowLimit, trims) : scan.toSql(request.from, rowLimit, trims);
  const most = Math.min(mostUntrimmed, maxBuckets);
  const untrimmed = scan.isTrimmedHere ? await select(toSql(most + 1, false)) : undefined;
  const records = untrimmed && untrimmed.length <= most ? untrimmed : await select(toSql(maxBuckets + 2, true));
  let root: Row | undefined;
  const groups = new Map<string, Group>(scan.groups.map((group) => [String(scan.setOf(group)), group]));
  for (const values of records) {
    const group = scan.groups.length === 0 ? undefined : groups.get(String(values.s));
    if (group === undefined) root = { path: '', values };
    else addRow(group, values);
  }
  if (records.length > maxBuckets + 1) throw tooManyBuckets(maxBuckets);
  for (const group of scan.groups) group.trim();
  return root;
}

/** The statement of a scan over what the store has counted; undefined where it needs the documents. */
const sqlOverCounts = (scan: Scan, { context: { counted, from: ofQuery }, from }: RequestState) =>
  counted && from === ofQuery ? scan.countedSql(counted) : undefined;

function addRow(group: Group, values: Readonly<Record<string, unknown>>): void {
  const keys = group.path.map((part) => JSON.stringify(part.columns.map((column) => values[`o_${column.alias}`])));
  const parent = keys.slice(0, -1).join('\u0000');
  group.add(parent, { path: keys.join('\u0000'), values });
}
