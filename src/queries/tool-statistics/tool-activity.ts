import { AppError } from '../../lib/errors.ts';
import { sqlString } from '../../lib/sql-text.ts';
import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';
import { DurationHistogram, histogramSql, perDoubling } from '../traces-analysis/duration-histogram.ts';
import { callSlices } from './call-slices.ts';
import type { CallDetail } from './tool-calls.ts';

/** One for each step of the range. Percentiles are right within 1 %, and null where nothing was called. */
export type ActivitySeries = Readonly<{
  calls: readonly number[];
  errors: readonly number[];
  p50Millis: readonly (number | null)[];
  p95Millis: readonly (number | null)[];
  total: Readonly<{ calls: number; errors: number; p50Millis: number; p95Millis: number }>;
}>;

/** What is told only of one tool, or of one server. Maps and sums, one for each step. */
export type ActivityDetail = Readonly<{
  outcomes: Readonly<Record<string, readonly number[]>>;
  clients: Readonly<Record<string, number>>;
  /** Sums over the calls of which they are known. */
  requestBytes: readonly number[];
  responseBytes: readonly number[];
  /** Cells that have calls. Durations of bucket n are from 2^(n/2) to 2^((n+1)/2) nanoseconds. */
  heatmap: readonly Readonly<{ step: number; bucket: number; calls: number }>[];
}>;

export type Activity = Readonly<{
  startMillis: number;
  stepMillis: number;
  steps: number;
  all: ActivitySeries;
  /** The one with most errors first. */
  servers: readonly Readonly<{ server: string; series: ActivitySeries }>[];
  tools: readonly Readonly<{ server: string; tool: string; series: ActivitySeries }>[];
  /** Tools that are not listed, because there are too many. They count in `all` up to some thousand. */
  leftOut: number;
  detail: ActivityDetail | undefined;
}>;

export type ActivityQuestion = Readonly<{
  /** Of the starts of calls; Unix milliseconds, the end not included. */
  startMillis: number;
  endMillis: number;
  stepMillis: number;
  service: string | undefined;
  tool: string | undefined;
  /** What agents of OpenTelemetry were asked to do counts too. */
  hasOperations: boolean;
}>;

export const maxSteps = 200;
const maxSeries = 200;
/** So many tools are read of each slice; the rest is rare. */
const maxRead = 1000;
const maxClients = 20;

type Sums = { calls: number; errors: number; durations: DurationHistogram };
type Steps = Map<number, Sums>;
const noSums = (): Sums => ({ calls: 0, errors: 0, durations: new DurationHistogram() });

/** How much was called over time, of each tool, each server, and in all. Rejects with `AppError`. */
export async function toolActivity(
  engine: Pick<Engine, 'select'>,
  question: ActivityQuestion,
  limits: QueryLimits,
  sliceSize?: number,
): Promise<Activity> {
  const { startMillis, endMillis, stepMillis } = question;
  const steps = Math.ceil((endMillis - startMillis) / stepMillis);
  if (steps > maxSteps) {
    throw new AppError('bad_request', `step: ${steps} steps are more than ${maxSteps}; take longer steps or a shorter time.`);
  }
  const range = { from: nanos(startMillis), to: nanos(endMillis) - 1n };
  const [all, servers, tools] = [new Map() as Steps, new Map<string, Steps>(), new Map<string, Steps>()];
  const detail = question.service === undefined ? undefined : createDetail(steps);
  const read: readonly CallDetail[] = detail === undefined ? ['server'] : ['server', 'client', 'outcome', 'request', 'response'];
  let found = 0;
  for await (const calls of callSlices(engine, { range, hasOperations: question.hasOperations }, read, limits, sliceSize)) {
    for (const row of await engine.select(activitySql(calls, question), limits)) {
      found = Math.max(found, Number(row.tools_found));
      const [server, tool] = [String(row.server), String(row.tool)];
      for (const part of row.parts as readonly Part[]) {
        add(all, part);
        add(place(servers, server), part);
        add(place(tools, JSON.stringify([server, tool])), part);
        detail?.addDurations(part);
      }
      if (detail !== undefined) detail.add(row);
    }
  }
  const listed = [...tools]
    .map(([key, own]) => {
      const [server, tool] = JSON.parse(key) as [string, string];
      return { server, tool, series: seriesOf(own, steps) };
    })
    .sort(worstFirst);
  return {
    startMillis,
    stepMillis,
    steps,
    all: seriesOf(all, steps),
    servers: [...servers].map(([server, own]) => ({ server, series: seriesOf(own, steps) })).sort(worstFirst),
    tools: listed.slice(0, maxSeries),
    leftOut: Math.max(found, listed.length) - Math.min(listed.length, maxSeries),
    detail: detail?.result(),
  };
}

const nanos = (millis: number) => BigInt(Math.round(millis)) * 1_000_000n;

type Part = readonly [step: number | string, calls: string, errors: string, buckets: readonly number[], counts: readonly string[]];

function activitySql(calls: string, { startMillis, stepMillis, service, tool }: ActivityQuestion): string {
  const isDetailed = service !== undefined;
  const conditions = [
    ...(service === undefined ? [] : [`server = ${sqlString(service)}`]),
    ...(tool === undefined ? [] : [`tool = ${sqlString(tool)}`]),
    '1',
  ];
  const outcome = `if(outcome != '', outcome, if(failed = 1, 'error', 'ok'))`;
  const details = isDetailed
    ? `, sumMap([${outcome}], [toUInt64(1)]) AS outcome_map, sumMapIf([client], [toUInt64(1)], client != '') AS client_map,
      sum(request) AS request_sum, sum(response) AS response_sum`
    : '';
  const detailArrays = isDetailed
    ? `, groupArray(tuple(step, outcome_map.1, outcome_map.2)) AS outcomes, sumMap(client_map.1, client_map.2) AS all_clients,
      arraySlice(arrayReverseSort(pair -> pair.2, arrayZip(all_clients.1, all_clients.2)), 1, ${maxClients}) AS clients,
      groupArray(tuple(step, request_sum, response_sum)) AS bytes`
    : '';
  return `SELECT server, tool, groupArray(tuple(step, toString(calls), toString(errors), buckets.1, buckets.2)) AS parts, count() OVER () AS tools_found${detailArrays}
  FROM (
    SELECT server, tool, toUInt32(greatest(toInt64(0), intDiv(began_ns - ${nanos(startMillis)}, ${nanos(stepMillis)}))) AS step,
      count() AS calls, sum(failed) AS errors, ${histogramSql('lasted_ns')} AS buckets${details}
    FROM (${calls}) WHERE ${conditions.join(' AND ')} GROUP BY server, tool, step
  )
  GROUP BY server, tool
  ORDER BY sum(errors) DESC, sum(calls) DESC, server, tool
  LIMIT ${maxRead}`;
}

function place<Key>(all: Map<Key, Steps>, key: Key): Steps {
  const known = all.get(key) ?? new Map();
  all.set(key, known);
  return known;
}

function add(all: Steps, [step, calls, errors, buckets, counts]: Part): void {
  const sums = all.get(Number(step)) ?? noSums();
  all.set(Number(step), sums);
  sums.calls += Number(calls);
  sums.errors += Number(errors);
  sums.durations.add([buckets, counts]);
}

function seriesOf(own: Steps, steps: number): ActivitySeries {
  const total = noSums();
  for (const sums of own.values()) {
    total.calls += sums.calls;
    total.errors += sums.errors;
    total.durations.addAll(sums.durations);
  }
  const each = <Value>(read: (sums: Sums | undefined) => Value) => Array.from({ length: steps }, (_, step) => read(own.get(step)));
  const percentile = (share: number) => each((sums) => sums?.durations.percentileMillis(share) ?? null);
  return {
    calls: each((sums) => sums?.calls ?? 0),
    errors: each((sums) => sums?.errors ?? 0),
    p50Millis: percentile(0.5),
    p95Millis: percentile(0.95),
    total: {
      calls: total.calls,
      errors: total.errors,
      p50Millis: total.durations.percentileMillis(0.5),
      p95Millis: total.durations.percentileMillis(0.95),
    },
  };
}

type Listed = Readonly<{ server: string; tool?: string; series: ActivitySeries }>;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const worstFirst = (a: Listed, b: Listed): number =>
  b.series.total.errors - a.series.total.errors ||
  b.series.total.p95Millis - a.series.total.p95Millis ||
  compare(a.server, b.server) ||
  compare(a.tool ?? '', b.tool ?? '');

function createDetail(steps: number) {
  const outcomes = new Map<string, number[]>();
  const clients = new Map<string, number>();
  const cells = new Map<string, { step: number; bucket: number; calls: number }>();
  const requestBytes = Array.from({ length: steps }, () => 0);
  const responseBytes = Array.from({ length: steps }, () => 0);
  const plus = (list: number[], step: number, value: unknown) => {
    if (typeof value === 'number' && step < steps) list[step] = (list[step] ?? 0) + value;
  };
  return {
    addDurations([step, , , buckets, counts]: Part): void {
      for (const [at, fine] of buckets.entries()) {
        const bucket = Math.floor((fine * 2) / perDoubling);
        const key = `${step} ${bucket}`;
        const cell = cells.get(key) ?? { step: Number(step), bucket, calls: 0 };
        cell.calls += Number(counts[at]);
        cells.set(key, cell);
      }
    },
    add(row: Row): void {
      for (const [step, names, counts] of row.outcomes as readonly (readonly [number, readonly string[], readonly string[]])[]) {
        for (const [at, name] of names.entries()) {
          const list = outcomes.get(name) ?? Array.from({ length: steps }, () => 0);
          outcomes.set(name, list);
          plus(list, Number(step), Number(counts[at]));
        }
      }
      for (const [name, count] of row.clients as readonly (readonly [string, string])[])
        clients.set(name, (clients.get(name) ?? 0) + Number(count));
      for (const [step, request, response] of row.bytes as readonly (readonly [number, unknown, unknown])[]) {
        plus(requestBytes, Number(step), request);
        plus(responseBytes, Number(step), response);
      }
    },
    result: (): ActivityDetail => ({
      outcomes: Object.fromEntries([...outcomes].sort(([a], [b]) => compare(a, b))),
      clients: Object.fromEntries([...clients].sort(([, a], [, b]) => b - a).slice(0, maxClients)),
      requestBytes,
      responseBytes,
      heatmap: [...cells.values()].sort((a, b) => a.step - b.step || a.bucket - b.bucket),
    }),
  };
}
