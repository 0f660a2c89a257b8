import type { AgentLog } from './agent-logs.ts';

/** What the logging page's LogAnalyzer must answer, worked out in plain code over the same records, without an engine. */

const hour = 3_600_000;
const minute = 60_000;

type Bucket = { key: string | number; doc_count: number };

const since = (logs: readonly AgentLog[], now: number, millis: number) => logs.filter((log) => Date.parse(log.timestamp) >= now - millis);

function groups<T>(items: readonly T[], keyOf: (item: T) => string | undefined): [string, T[]][] {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== undefined) found.set(key, [...(found.get(key) ?? []), item]);
  }
  return [...found];
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** `terms` in its default order: most documents first, then by key. */
export function terms<T>(
  items: readonly T[],
  size: number,
  keyOf: (item: T) => string | undefined,
  inside: (items: T[]) => object = () => ({}),
) {
  const all = groups(items, keyOf).sort(([a, left], [b, right]) => right.length - left.length || byText(a, b));
  return {
    doc_count_error_upper_bound: 0,
    sum_other_doc_count: all.slice(size).reduce((sum, [, members]) => sum + members.length, 0),
    buckets: all.slice(0, size).map(([key, members]) => ({ key, doc_count: members.length, ...inside(members) })),
  };
}

/** `date_histogram` with a fixed interval: every bucket from the first to the last, empty ones included. */
export function timeline(logs: readonly AgentLog[], interval: number, inside: (logs: AgentLog[]) => object = () => ({})) {
  if (logs.length === 0) return [];
  const slots = logs.map((log) => Math.floor(Date.parse(log.timestamp) / interval));
  const first = Math.min(...slots);
  return Array.from({ length: Math.max(...slots) - first + 1 }, (_, at) => {
    const members = logs.filter((_log, index) => slots[index] === first + at);
    const key = (first + at) * interval;
    return { key_as_string: new Date(key).toISOString(), key, doc_count: members.length, ...inside(members) };
  });
}

const durationOf = (log: AgentLog) => log.request?.duration_ms ?? 0;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const slowestFirst = (logs: readonly AgentLog[]) => logs.toSorted((a, b) => durationOf(b) - durationOf(a));

export function expectTrace(logs: readonly AgentLog[], trace: string): AgentLog[] {
  return logs.filter((log) => log.trace?.trace_id === trace).sort((a, b) => byText(a.timestamp, b.timestamp));
}

export function expectErrors(logs: readonly AgentLog[], now: number, agent: string) {
  const errors = since(logs, now, 24 * hour).filter((log) => log.agent.name === agent && log.level === 'ERROR');
  return { errors, error_types: terms(errors, 10, (log) => log.exception?.type), error_timeline: { buckets: timeline(errors, hour) } };
}

export function expectPatterns(logs: readonly AgentLog[], now: number) {
  const requests = since(logs, now, hour).filter((log) => log.request !== undefined);
  return {
    total: requests.length,
    requests_by_agent: terms(
      requests,
      20,
      (log) => log.agent.name,
      (own) => ({
        methods: terms(own, 10, (log) => log.request?.method),
        avg_duration: { value: mean(own.map(durationOf)) },
        error_rate: terms(own, 2, (log) => log.request?.status),
      }),
    ),
    slowest: slowestFirst(requests)
      .slice(0, 10)
      .map(({ timestamp, agent, request }) => ({
        timestamp,
        agent: { name: agent.name },
        request: { method: request?.method, duration_ms: request?.duration_ms },
      })),
  };
}

export function expectAnomalies(logs: readonly AgentLog[], now: number, agent: string) {
  const own = since(logs, now, hour).filter((log) => log.agent.name === agent);
  const rate = timeline(own, minute, (members) => ({ level_breakdown: terms(members, 10, (log) => log.level) }));
  const unique = new Set(own.flatMap((log) => log.exception?.message ?? [])).size;
  const rare: Bucket[] = groups(own, (log) => (log.msg.length <= 256 ? log.msg : undefined))
    .filter(([, members]) => members.length <= 2)
    .map(([key, members]) => ({ key, doc_count: members.length }))
    .sort((a, b) => a.doc_count - b.doc_count || byText(a.key, b.key));
  const spikes = timeline(
    own.filter((log) => log.level === 'ERROR'),
    minute,
  ).filter(({ doc_count }) => doc_count > 10);
  return {
    aggregations: { log_rate: { buckets: rate }, unique_errors: { value: unique }, rare_terms: { buckets: rare } },
    anomalies: [
      ...spikes.map(({ key_as_string, doc_count }) => ({ type: 'error_spike', timestamp: key_as_string, count: doc_count })),
      ...(unique > 5 ? [{ type: 'high_error_variety', unique_count: unique }] : []),
    ],
  };
}

/** Linear interpolation between the two nearest values, as docs say and as Elasticsearch's digest does while it holds every value. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (percent / 100) * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return below + (above - below) * (at - Math.floor(at));
}

export function expectPerformance(logs: readonly AgentLog[], now: number, agent: string) {
  const own = since(logs, now, hour).filter((log) => log.agent.name === agent && log.metrics !== undefined);
  const durations = own.map((log) => log.metrics?.duration_ms as number);
  const outliers = groups(own, (log) => log.request?.method)
    .map(([key, members]) => ({ key, members, slowest: slowestFirst(members)[0] as AgentLog }))
    .sort((a, b) => durationOf(b.slowest) - durationOf(a.slowest));
  return {
    percentiles: [50, 95, 99].map((percent) => percentile(durations, percent)),
    sum_other_doc_count: outliers.slice(10).reduce((sum, { members }) => sum + members.length, 0),
    outliers: outliers.slice(0, 10).map(({ key, members, slowest }) => ({ key, doc_count: members.length, slowest })),
  };
}
