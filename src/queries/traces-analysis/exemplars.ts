import { AppError } from '../../lib/errors.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import type { TraceQuery } from '../traceql/query.ts';
import { approximate } from '../traceql/row-condition.ts';
import type { TimeRange } from '../traceql/time-range.ts';
import { rangeSql } from './service-map.ts';

export type Exemplar = Readonly<{ traceId: string; spanId: string; durationNanos: bigint }>;

/** Spans that took from `fromNanos` until before `toNanos`. */
export type LatencyBucket = Readonly<{ fromNanos: bigint; toNanos: bigint; spans: number; errors: number; exemplars: readonly Exemplar[] }>;

/** `isExact`: false when SQL cannot tell all of the condition, and spans are counted that may not fulfil it. */
export type Latencies = Readonly<{ buckets: readonly LatencyBucket[]; isExact: boolean }>;

const took = 'if(duration_ns > 0, duration_ns, greatest(toUnixTimestamp64Nano(end) - toUnixTimestamp64Nano(start), 0))';

/**
 * How long the spans took that one filter (`{ … }`) selects, in buckets that double, each with some of its spans. Throws `AppError` `unsupported` for
 * other queries.
 */
export async function latencyExemplars(
  engine: Pick<Engine, 'select'>,
  query: TraceQuery,
  range: TimeRange,
  perBucket: number,
  limits: QueryLimits = {},
): Promise<Latencies> {
  const [stage, ...more] = query.stages;
  if (stage?.kind !== 'spanset' || stage.spanset.kind !== 'filter' || more.length > 0) {
    throw new AppError(
      'unsupported',
      'Exemplars take one filter, such as { name = "x" && status = error }, without operators between sets of spans.',
    );
  }
  const { condition } = stage.spanset;
  const { over, under } = condition === undefined ? { over: true, under: true } : approximate(condition, 'span');
  if (over === true && under !== true) {
    throw new AppError(
      'unsupported',
      'Exemplars need a condition on the spans themselves; this one is only about their parents, children or traces.',
    );
  }
  const where = `PREWHERE ${String(over)} WHERE record != 'start' AND ${rangeSql(range)}`;
  const rows = await engine.select(
    `SELECT toUInt8(if(took < 1, 0, floor(log2(took)))) AS bucket, count() AS spans, countIf(status = 'error' OR record = 'error') AS errors,
  groupArraySample(${perBucket})((toUnixTimestamp(slot), trace_hash, _segment, _row, toString(took))) AS sample
FROM (SELECT slot, trace_hash, _segment, _row, status, record, ${took} AS took FROM spans ${where})
GROUP BY bucket ORDER BY bucket`,
    limits,
  );
  const samples = new Map(rows.map((row) => [row, row.sample as readonly Sample[]]));
  const ids = await readIds(engine, [...samples.values()].flat(), limits);
  return {
    isExact: over === under,
    buckets: rows.map((row) => ({
      fromNanos: Number(row.bucket) === 0 ? 0n : 2n ** BigInt(Number(row.bucket)),
      toNanos: 2n ** BigInt(Number(row.bucket) + 1),
      spans: Number(row.spans),
      errors: Number(row.errors),
      exemplars: (samples.get(row) ?? []).flatMap(([, , segment, at, nanos]) => {
        const found = ids.get(`${segment} ${at}`);
        return found === undefined ? [] : [{ ...found, durationNanos: BigInt(nanos) }];
      }),
    })),
  };
}

/** Hour, hash of the trace, segment and row of a message, and how long its span took. */
type Sample = readonly [number, string, string, number, string];

/** Ids are long, so they are read for the sample only. By segment and row. */
async function readIds(
  engine: Pick<Engine, 'select'>,
  samples: readonly Sample[],
  limits: QueryLimits,
): Promise<ReadonlyMap<string, Pick<Exemplar, 'traceId' | 'spanId'>>> {
  if (samples.length === 0) return new Map();
  const slots = [...new Set(samples.map(([slot]) => `toDateTime(${slot}, 'UTC')`))];
  const hashes = [...new Set(samples.map(([, hash]) => hash))];
  const rows = await engine.select(
    `SELECT _segment, _row, trace_id, span_id FROM spans WHERE slot IN (${slots.join(', ')}) AND trace_hash IN (${hashes.join(', ')})`,
    limits,
  );
  return new Map(rows.map((row) => [`${row._segment} ${row._row}`, { traceId: String(row.trace_id), spanId: String(row.span_id) }]));
}
