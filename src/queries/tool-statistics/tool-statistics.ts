import { sqlString } from '../../lib/sql-text.ts';
import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';
import type { TimeRange } from '../traceql/time-range.ts';
import { bucketsSql, CallDurations, maxExact } from './call-durations.ts';
import { callSlices } from './call-slices.ts';
import { type SingleCall, type SingleCallsQuestion, singleCalls } from './single-calls.ts';
import { type Activity, type ActivityQuestion, toolActivity } from './tool-activity.ts';
import { callDetails } from './tool-calls.ts';

/**
 * `kind` is a word of the recorders' outcome model, or `error` when the sender told no more; `type` is OpenTelemetry's `error.type`, such as a
 * JSON-RPC code, or empty.
 */
export type ErrorCount = Readonly<{ kind: string; type: string; calls: number }>;

/** Percentiles are exact for up to a hundred calls, else right within a quarter of a percent. The rest is exact. */
export type ToolStatistics = Readonly<{
  /** The service that has the tool; MCP Mesh's agent. */
  server: string;
  tool: string;
  calls: number;
  errors: number;
  /** The most frequent first; they add up to `errors`. */
  errorKinds: readonly ErrorCount[];
  /** Names of callers, as far as they are known; at most twenty. */
  clients: readonly string[];
  averageMillis: number;
  p50Millis: number;
  p95Millis: number;
  p99Millis: number;
  maxMillis: number;
  slowestTraceId: string;
  slowestSpanId: string;
  /** Sums over the calls of which they are known; undefined when they are of none. */
  requestBytes: number | undefined;
  responseBytes: number | undefined;
  /** When the first call began and the last one ended, in milliseconds since the epoch. */
  firstSeenMillis: number;
  lastSeenMillis: number;
}>;

export type ToolQuestion = Readonly<{
  /** Of the starts of calls. */
  range: TimeRange;
  service: string | undefined;
  limit: number;
}>;

/** The worst first. `total`: tools that were called, shown or not; it stops counting at some thousands. */
export type ToolAnswer = Readonly<{ tools: readonly ToolStatistics[]; total: number }>;

/** What can be asked about tools. Rejects with `AppError`. */
export interface ToolQueries {
  /** Milliseconds since the epoch. */
  now(): number;
  tools(question: ToolQuestion): Promise<ToolAnswer>;
  activity(question: ActivityQuestion): Promise<Activity>;
  calls(question: SingleCallsQuestion): Promise<readonly SingleCall[]>;
}

/** Names of tools are what callers send, so there may be any number. */
const maxTools = 5000;
const maxClients = 20;
const maxErrorKinds = 20;

export function createToolQueries(
  engine: Pick<Engine, 'select'>,
  limits: QueryLimits,
  { now = Date.now, sliceSize }: Readonly<{ now?: () => number; sliceSize?: number }> = {},
): ToolQueries {
  return {
    now,
    activity: (question) => toolActivity(engine, question, limits, sliceSize),
    calls: (question) => singleCalls(engine, question, limits, sliceSize),
    async tools({ range, service, limit }) {
      const all = new Map<string, Sums>();
      for await (const calls of callSlices(engine, { range }, callDetails, limits, sliceSize)) {
        for (const row of await engine.select(sliceSql(calls, service), limits)) add(all, row);
      }
      const tools = [...all.values()].map(statisticsOf).sort(worstFirst);
      return { tools: tools.slice(0, limit), total: tools.length };
    },
  };
}

function sliceSql(calls: string, service: string | undefined): string {
  const kind = `multiIf(outcome != '', outcome, match(error_type, '^-?[0-9]+$'), 'rpc_error', error_type = 'tool_error', error_type, 'error')`;
  return `SELECT server, tool, count() AS calls, sum(failed) AS errors,
    sumMapIf([concat(${kind}, '\\0', error_type)], [toUInt64(1)], failed = 1) AS kinds,
    arraySlice(arrayReverseSort(pair -> (pair.2, pair.1), arrayZip(kinds.1, kinds.2)), 1, ${maxErrorKinds}) AS frequent,
    arrayMap(pair -> [pair.1, toString(pair.2)], frequent) AS error_kinds,
    groupUniqArrayIf(${maxClients})(client, client != '') AS clients,
    sum(toFloat64(lasted_ns)) AS nanos, toFloat64(min(lasted_ns)) AS shortest, toFloat64(max(lasted_ns)) AS longest,
    argMax((trace_id, span_id), (lasted_ns, trace_id, span_id)) AS slowest_call, slowest_call.1 AS slowest_trace, slowest_call.2 AS slowest_span,
    ${bucketsSql('lasted_ns')} AS buckets, buckets.1 AS bucket_names, buckets.2 AS bucket_counts, groupArray(${maxExact})(lasted_ns) AS some,
    sum(request) AS request_bytes, sum(response) AS response_bytes,
    intDiv(min(began_ns), 1000000) AS first_seen, intDiv(max(ended_ns), 1000000) AS last_seen
  FROM (${calls})
  WHERE ${service === undefined ? '1' : `server = ${sqlString(service)}`}
  GROUP BY server, tool
  ORDER BY errors DESC, calls DESC, server, tool
  LIMIT ${maxTools}`;
}

type Sums = {
  readonly server: string;
  readonly tool: string;
  calls: number;
  errors: number;
  readonly kinds: Map<string, number>;
  readonly clients: Set<string>;
  readonly durations: CallDurations;
  slowestNanos: number;
  slowestTrace: string;
  slowestSpan: string;
  request: number | undefined;
  response: number | undefined;
  first: number;
  last: number;
};

const noSums = (server: string, tool: string): Sums => ({
  server,
  tool,
  calls: 0,
  errors: 0,
  kinds: new Map(),
  clients: new Set(),
  durations: new CallDurations(),
  slowestNanos: -1,
  slowestTrace: '',
  slowestSpan: '',
  request: undefined,
  response: undefined,
  first: Number.POSITIVE_INFINITY,
  last: Number.NEGATIVE_INFINITY,
});

const plus = (sum: number | undefined, value: unknown) => (typeof value === 'number' ? (sum ?? 0) + value : sum);

function add(all: Map<string, Sums>, row: Row): void {
  const [server, tool] = [String(row.server), String(row.tool)];
  const key = JSON.stringify([server, tool]);
  const sums = all.get(key) ?? noSums(server, tool);
  // What is over the limit is left out: an upper limit of memory counts more than a tool that is called once.
  if (all.size >= maxTools && !all.has(key)) return;
  all.set(key, sums);
  const [calls, longest] = [Number(row.calls), Number(row.longest)];
  sums.calls += calls;
  sums.errors += Number(row.errors);
  for (const [name, count] of row.error_kinds as readonly (readonly [string, string])[])
    sums.kinds.set(name, (sums.kinds.get(name) ?? 0) + Number(count));
  for (const client of row.clients as readonly string[]) if (sums.clients.size < maxClients) sums.clients.add(client);
  sums.durations.add({
    some: row.some as readonly string[],
    buckets: [row.bucket_names as readonly number[], row.bucket_counts as readonly string[]],
    count: calls,
    sum: Number(row.nanos),
    min: Number(row.shortest),
    max: longest,
  });
  if (longest > sums.slowestNanos) {
    sums.slowestNanos = longest;
    sums.slowestTrace = String(row.slowest_trace);
    sums.slowestSpan = String(row.slowest_span);
  }
  sums.request = plus(sums.request, row.request_bytes);
  sums.response = plus(sums.response, row.response_bytes);
  sums.first = Math.min(sums.first, Number(row.first_seen));
  sums.last = Math.max(sums.last, Number(row.last_seen));
}

function statisticsOf({ durations, ...sums }: Sums): ToolStatistics {
  return {
    server: sums.server,
    tool: sums.tool,
    calls: sums.calls,
    errors: sums.errors,
    errorKinds: errorKindsOf(sums),
    clients: [...sums.clients].sort(compare),
    averageMillis: durations.averageMillis,
    p50Millis: durations.percentileMillis(0.5),
    p95Millis: durations.percentileMillis(0.95),
    p99Millis: durations.percentileMillis(0.99),
    maxMillis: durations.maxMillis,
    slowestTraceId: sums.slowestTrace,
    slowestSpanId: sums.slowestSpan,
    requestBytes: sums.request,
    responseBytes: sums.response,
    firstSeenMillis: sums.first,
    lastSeenMillis: sums.last,
  };
}

function errorKindsOf({ kinds, errors }: Pick<Sums, 'kinds' | 'errors'>): readonly ErrorCount[] {
  const known = [...kinds]
    .map(([name, calls]) => {
      const [kind = '', type = ''] = name.split('\0');
      return { kind, type: type === kind ? '' : type, calls };
    })
    .sort((a, b) => b.calls - a.calls || compare(a.kind, b.kind) || compare(a.type, b.type))
    .slice(0, maxErrorKinds);
  const rest = errors - known.reduce((sum, { calls }) => sum + calls, 0);
  return rest > 0 ? [...known, { kind: 'other', type: '', calls: rest }] : known;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Most failed calls first, then the slowest. */
const worstFirst = (a: ToolStatistics, b: ToolStatistics): number =>
  b.errors - a.errors || b.p95Millis - a.p95Millis || compare(a.server, b.server) || compare(a.tool, b.tool);
