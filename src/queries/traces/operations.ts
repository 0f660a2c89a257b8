import { sqlString } from '../../lib/sql-text.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';

/** Which records are counted: those that came in at this time or later, in milliseconds since the epoch; everything when undefined. */
export type Since = number | undefined;

const sinceCondition = (since: Since): string =>
  since === undefined
    ? '1'
    : `slot >= toStartOfMinute(fromUnixTimestamp64Milli(${Math.trunc(since)}, 'UTC')) AND _ingested >= fromUnixTimestamp64Milli(${Math.trunc(since)}, 'UTC')`;

/** Names of MCP Mesh's own operations, which are no calls of an agent. */
const internalPrefixes = ['proxy_call_wrapper', '_internal_'] as const;

export const isInternalName = (name: string): boolean => internalPrefixes.some((prefix) => name.startsWith(prefix));

export const internalCondition = (column: string): string =>
  `(${internalPrefixes.map((prefix) => `startsWith(${column}, ${sqlString(prefix)})`).join(' OR ')})`;

/**
 * Some of the traces. `operations` is a SELECT with one row for each operation, paired by the rules of `assembleTrace`, except that an event
 * without a name counts as nothing. Columns: `trace_hash span parent op agent peer llm vendor input output sum_tokens request response
 * is_failed took`; `took` in nanoseconds, NULL while it is open. `rows` is the condition for rows of `spans`.
 */
export type Slice = Readonly<{ rows: string; operations: string }>;

const rowsPerSlice = 1_000_000;
/** Of so many traces whose operations are not one row each, the hashes are named; of more, all operations of the slice are paired. */
const maxNamed = 20_000;

/**
 * All traces, in slices of about a million spans. A slice holds whole traces, so numbers of slices may be added up; it is a range of the primary key, so
 * that only its part of the table is read; and what is grouped and joined stays small enough for memory and the caches.
 */
export async function* slices(engine: Engine, since: Since, queryLimits: QueryLimits): AsyncGenerator<Slice> {
  const within = sinceCondition(since);
  const [size] = await engine.select(`SELECT count() AS stored FROM spans WHERE ${within}`, queryLimits);
  const count = BigInt(Math.max(1, Math.ceil(Number(size?.stored ?? 0) / rowsPerSlice)));
  for (let at = 0n; at < count; at++) {
    const [low, high] = [(2n ** 64n * at) / count, (2n ** 64n * (at + 1n)) / count - 1n];
    const rows = count === 1n ? within : `trace_hash BETWEEN toUInt64('${low}') AND toUInt64('${high}') AND ${within}`;
    yield { rows, operations: await operationsOf(engine, rows, queryLimits) };
  }
}

/**
 * A SELECT of the operations of whole traces, as `Slice` has it; `rows` is a condition for rows of `spans`.
 *
 * Nearly every operation is one row. Only traces with events, or with several rows for one operation, need the dear pairing.
 */
export async function operationsOf(engine: Engine, rows: string, queryLimits: QueryLimits): Promise<string> {
  const special = await engine.select(
    `SELECT toString(trace_hash) AS hash FROM spans WHERE ${rows} GROUP BY trace_hash
    HAVING countIf(record != 'span') > 0 OR count() != uniqExact(cityHash64(span_id, name, kind)) LIMIT ${maxNamed + 1}`,
    queryLimits,
  );
  if (special.length === 0) return singleOperations(rows);
  if (special.length > maxNamed) return pairedOperations(rows);
  const hashes = special.map(({ hash }) => hash as string).join(', ');
  return `${singleOperations(`trace_hash NOT IN (${hashes}) AND ${rows}`)} UNION ALL ${pairedOperations(`trace_hash IN (${hashes}) AND ${rows}`)}`;
}

const difference = `greatest(toInt64(0), toUnixTimestamp64Nano(end) - toUnixTimestamp64Nano(start))`;
const tookOfRow = `if(duration_ns > 0 AND bitTest(timing, 2), duration_ns, ${difference})`;

const singleOperations = (rows: string): string =>
  `SELECT trace_hash, span_id AS span, parent_id AS parent, name AS op, service AS agent, target AS peer, model AS llm, provider AS vendor,
    input_tokens AS input, output_tokens AS output, total_tokens AS sum_tokens, request_bytes AS request, response_bytes AS response,
    toUInt8(status = 'error') AS is_failed, toNullable(${tookOfRow}) AS took
  FROM spans WHERE ${rows}`;

function pairedOperations(rows: string): string {
  const isWhole = `record = 'span'`;
  const isLast = `record IN ('end', 'error')`;
  const latest = (value: string, condition: string) => `argMaxIf(${value}, (end, start, status), ${condition})`;
  const hasWhole = `countIf(${isWhole}) > 0`;
  const number = (column: string) => `if(${hasWhole}, ${latest(`tuple(${column})`, isWhole)}.1, max(${column}))`;
  const text = (column: string) => `toString(if(${hasWhole}, ${latest(column, isWhole)}, max(${column})))`;
  const few = (column: string) => `toLowCardinality(${text(column)})`;
  return `SELECT trace_hash, span_id AS span, ${text('parent_id')} AS parent, name AS op, ${few('service')} AS agent, ${few('target')} AS peer, ${few('model')} AS llm,
    ${few('provider')} AS vendor, ${number('input_tokens')} AS input, ${number('output_tokens')} AS output, ${number('total_tokens')} AS sum_tokens,
    ${number('request_bytes')} AS request, ${number('response_bytes')} AS response,
    toUInt8(multiIf(
      ${latest('status', isWhole)} != '', ${latest('status', isWhole)} = 'error',
      ${latest('status', `record = 'end'`)} != '', ${latest('status', `record = 'end'`)} = 'error',
      countIf(record = 'error' OR status = 'error') > 0)) AS is_failed,
    multiIf(
      ${hasWhole}, toNullable(${latest(tookOfRow, isWhole)}),
      countIf(${isLast}) = 0, NULL,
      ${latest('duration_ns', isLast)} > 0, ${latest('duration_ns', isLast)},
      countIf(record = 'start') > 0, greatest(toInt64(0), maxIf(toUnixTimestamp64Nano(end), ${isLast}) - minIf(toUnixTimestamp64Nano(start), record = 'start')),
      toInt64(0)) AS took
  FROM spans WHERE (name != '' OR ${isWhole}) AND ${rows}
  GROUP BY trace_hash, span_id, name, kind`;
}
