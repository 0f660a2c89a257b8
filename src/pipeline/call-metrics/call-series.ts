import { boundText, type Exemplar, type Labels, type Sample } from '../../lib/telemetry.ts';
import type { SpanRecord } from '../../model/span.ts';

/**
 * Upper bounds in seconds. From 0.01 on they are those of OpenTelemetry's MCP metrics; tools on the same machine answer in less, so the
 * same steps go on down to 0.1 ms.
 */
export const durationBounds: readonly number[] = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
];

/** Texts are empty when unknown, and then left out. */
export type CallLabels = Readonly<{
  server: string;
  client: string;
  mcp_method_name: string;
  gen_ai_tool_name: string;
  gen_ai_prompt_name: string;
  outcome: string;
  error_type: string;
  reporter: string;
}>;

const names = [
  'server',
  'client',
  'mcp_method_name',
  'gen_ai_tool_name',
  'gen_ai_prompt_name',
  'outcome',
  'error_type',
  'reporter',
] as const satisfies readonly (keyof CallLabels)[];

/** Those of bytes: fewer, because a result is no smaller for being asked by somebody else. */
const byteNames = ['server', 'mcp_method_name', 'gen_ai_tool_name', 'reporter'] as const satisfies readonly (keyof CallLabels)[];

/** The attribute of OpenTelemetry's cardinality limits (metrics SDK, "Cardinality limits"). */
const overflowLabels: Labels = { otel_metric_overflow: 'true' };

/** A bucket's exemplar is replaced when it is older than this, because keeping one costs more than counting. */
const exemplarMillis = 1000;
/** OpenMetrics 1.0, "Exemplars": all names and values together. */
const maxExemplarLength = 128;

/** The calls that have the same labels. */
export class CallSeries {
  readonly labels: Labels;
  readonly counts = new Float64Array(durationBounds.length + 1);
  readonly exemplars: (Exemplar | undefined)[] = new Array(durationBounds.length + 1).fill(undefined);
  sum = 0;
  requestBytes = 0;
  responseBytes = 0;
  readonly #exemplarAt = new Float64Array(durationBounds.length + 1).fill(Number.NEGATIVE_INFINITY);

  constructor(labels: Labels) {
    this.labels = labels;
  }

  /** `nowMillis`: since the epoch. */
  add(seconds: number, span: Pick<SpanRecord, 'traceId' | 'spanId'>, nowMillis: number): void {
    let bucket = 0;
    while (bucket < durationBounds.length && seconds > (durationBounds[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += seconds;
    if (nowMillis - (this.#exemplarAt[bucket] as number) < exemplarMillis) return;
    this.#exemplarAt[bucket] = nowMillis;
    const { traceId, spanId } = span;
    if (traceId.length + spanId.length + 'trace_idspan_id'.length > maxExemplarLength) return;
    this.exemplars[bucket] = { labels: { trace_id: ownCopy(traceId), span_id: ownCopy(spanId) }, value: seconds, timeMillis: nowMillis };
  }
}

/** A text as a value of a label. */
export const labelText = (text: string): string => text.slice(0, maxLabel).toWellFormed();

/** In UTF-16 units. */
const maxLabel = 128;

/** A text that was cut from what was read from a socket keeps all of that in memory. */
export const ownCopy = (text: string): string => Buffer.from(text).toString();

/** Series by their labels. There are at most `limit`; what would be one more is counted in a common one. */
export class CallSeriesSet {
  readonly #limit: number;
  readonly #series = new Map<string, CallSeries>();
  #overflow: CallSeries | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  at(labels: CallLabels): CallSeries {
    const key = names.map((name) => labels[name]).join('\0');
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    if (this.#series.size >= this.#limit - 1) {
      this.#overflow ??= new CallSeries(overflowLabels);
      return this.#overflow;
    }
    const known = names.filter((name) => labels[name] !== '');
    const added = new CallSeries(Object.fromEntries(known.map((name) => [name, ownCopy(labels[name])])));
    this.#series.set(ownCopy(key), added);
    return added;
  }

  all(): readonly CallSeries[] {
    return [...this.#series.values(), ...(this.#overflow === undefined ? [] : [this.#overflow])];
  }

  /** Samples of a histogram; its buckets are cumulative. */
  durations(): readonly Sample[] {
    return this.all().flatMap(({ labels, counts, exemplars, sum }) => {
      let count = 0;
      const buckets = Array.from(counts, (more, at): Sample => {
        count += more;
        const exemplar = exemplars[at];
        const le = boundText(durationBounds[at] ?? Number.POSITIVE_INFINITY);
        return { suffix: '_bucket', labels: { ...labels, le }, value: count, ...(exemplar && { exemplar }) };
      });
      return [...buckets, { suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: count }];
    });
  }
}

/** Sums of bytes over series that differ in what bytes are not told apart by. */
export function byteSamples(series: readonly CallSeries[], what: 'requestBytes' | 'responseBytes'): readonly Sample[] {
  const sums = new Map<string, { labels: Labels; value: number }>();
  for (const one of series) {
    if (one[what] === 0) continue;
    const known = one.labels === overflowLabels ? Object.entries(overflowLabels) : byteNames.map((name) => [name, one.labels[name] ?? '']);
    const labels = Object.fromEntries(known.filter(([, value]) => value !== ''));
    const key = JSON.stringify(labels);
    const sum = sums.get(key) ?? { labels, value: 0 };
    sum.value += one[what];
    sums.set(key, sum);
  }
  return [...sums.values()];
}
