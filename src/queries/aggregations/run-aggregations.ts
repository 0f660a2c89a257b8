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
  return (await (await planAggregations(aggregations, context)).run()).answers;
}

export type PlannedAggregations = Readonly<{
  /** The number of documents costs nothing beside what is computed anyway. */
  countsDocuments: boolean;
  /** `documents` is their number where `countsDocuments`. */
  run: () => Promise<Readonly<{ answers: Record<string, unknown>; documents: number }>>;
}>;

/** The same in two steps, for what runs beside them. */
export async function planAggregations(aggregations: readonly Aggregation[], context: AggregationContext): Promise<PlannedAggregations> {
  const { countsDocuments, run } = await planOver(aggregations, context, context.from, false);
  return {
    countsDocuments,
    run: async () => {
      const { answers, documents } = await run();
      return { answers: context.typedKeys ? withTypedKeys(answers, aggregations) : answers, documents };
    },
  };
}

/** Runs aggregations over the documents of `from`, and counts those. */
export async function runOver(aggregations: readonly Aggregation[], context: AggregationContext, from: string): Promise<Run> {
  return await (await planOver(aggregations, context, from, true)).run();
}

type Run = Readonly<{ answers: Record<string, Result>; documents: number }>;

async function planOver(
  aggregations: readonly Aggregation[],
  context: AggregationContext,
  from: string,
  counted: boolean,
): Promise<Readonly<{ countsDocuments: boolean; run: () => Promise<Run> }>> {
  const first = new Scan(undefined);
  const request: RequestState = { context, scans: [first], besideScans: [], afterScans: [], from, buckets: 0, groups: 0 };
  const root = new Level(request, first);
  const planned = await planChildren(root, aggregations);
  const total = counted || first.rootRow ? root.documentCount() : undefined;
  return {
    countsDocuments: total !== undefined,
    run: async () => {
      const [found] = await Promise.all([runScans(request), ...request.besideScans.map((work) => work())]);
      const row = found ?? { ...emptyRow, path: '' };
      for (const work of request.afterScans) await work();
      return { answers: readChildren(aggregations, planned, row), documents: total === undefined ? 0 : countIn(row, total) };
    },
  };
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

async function runScan(scan: Scan, request: RequestState): Promise<Row | undefined> {
  if (scan.isEmpty) return undefined;
  if (scan.after !== undefined && scan.after.survivors() === '0') return undefined;
  const { maxBuckets, select } = request.context;
  const planned = countedSql(scan, request);
  const counted = planned && (await planned);
  const records = await select(counted?.(maxBuckets + 2) ?? scan.toSql(request.from, maxBuckets + 2));
  let root: Row | undefined;
  const groups = new Map<string, Group>(scan.groups.map((group) => [String(scan.setOf(group)), group]));
  for (const values of records) {
    const group = scan.groups.length === 0 ? undefined : groups.get(String(values.s));
    if (group === undefined) root = { path: '', values };
    else addRow(group, values);
  }
  if (records.length > maxBuckets + 1) throw tooManyBuckets(maxBuckets);
  for (const group of scan.groups) group.sortRows();
  return root;
}

/** The statement of a scan over what the store has counted, for a limit of rows; undefined where it needs the documents. */
function countedSql(scan: Scan, { context, from }: RequestState): Promise<((rowLimit: number) => string) | undefined> | undefined {
  const { counted, select } = context;
  const toSql = counted && from === context.from ? scan.countedSql(counted) : undefined;
  if (counted === undefined || toSql === undefined) return undefined;
  return counted.sources(select).then((sources) => sources && ((rowLimit) => toSql(sources, rowLimit)));
}

function addRow(group: Group, values: Readonly<Record<string, unknown>>): void {
  const keys = group.path.map((part) => JSON.stringify(part.columns.map((column) => values[`o_${column.alias}`])));
  const parent = keys.slice(0, -1).join('\u0000');
  group.add(parent, { path: keys.join('\u0000'), values });
}
