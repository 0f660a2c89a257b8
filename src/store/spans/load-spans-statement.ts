import { sqlString } from '../../lib/sql-text.ts';
import type { SealedSegment } from '../../model/journal-line.ts';
import { lineStructure, spanColumns } from '../../model/signal-columns.ts';
import { traceKeyExpression } from '../../model/trace-id.ts';
import { onceSettings, segmentReadSettings } from '../load-settings.ts';

/** How the times of a row came: bits of `timing`. What is not set was computed from the rest, or is unknown. */
export const timingBits = { start: 1, end: 2, duration: 4 } as const;

const instant = (nanos: string) => `fromUnixTimestamp64Nano(${nanos}, 'UTC')`;
const asMap = (column: string) => `CAST(JSONExtractKeysAndValuesRaw(${column}), 'Map(LowCardinality(String), String)') AS ${column}`;
const asCount = (column: string, target: string) => `toUInt64OrNull(${column}) AS ${target}`;

/** Reading a segment is a fourth of its insert, so threads for it cost more (a tenth of the insert) than they save. */
const oneThread = 'max_threads = 1, input_format_parallel_parsing = 0';

/** Turns the lines `s` of a sealed segment into rows of `spans`, and through a view of `traces`. */
export function loadSpansStatement(segment: SealedSegment): string {
  const ingested = `fromUnixTimestamp64Milli(${segment.openedAt}, 'UTC')`;
  return `INSERT INTO spans (_segment, _row, _ingested, slot, trace_hash, trace_id, span_id, parent_id, record, name, kind, start, end, duration_ns, timing,
  status, status_message, service, instance, address, runtime, capability, target, model, provider,
  input_tokens, output_tokens, total_tokens, request_bytes, response_bytes, attributes, resource, scope, events, links, trace_state, flags, source, origin)
SELECT ${segment.id}, row, ${ingested}, toStartOfMinute(${ingested}), cityHash64(${traceKeyExpression('traceId')}), traceId, spanId, parentId, record, name, kind,
  multiIf(notEmpty(startNanos), ${instant('s')}, notEmpty(endNanos), ${instant('e - d')}, ${ingested}) AS start,
  multiIf(notEmpty(endNanos), ${instant('e')}, notEmpty(startNanos), ${instant('s + d')}, ${ingested}) AS end,
  if(notEmpty(durationNanos), d, if(notEmpty(startNanos) AND notEmpty(endNanos), e - s, 0)) AS duration_ns,
  toUInt8(notEmpty(startNanos) + 2 * notEmpty(endNanos) + 4 * notEmpty(durationNanos)) AS timing,
  status, statusMessage, service, instance, address, runtime, capability, target, model, provider,
  ${asCount('inputTokens', 'input_tokens')}, ${asCount('outputTokens', 'output_tokens')}, ${asCount('totalTokens', 'total_tokens')},
  ${asCount('requestBytes', 'request_bytes')}, ${asCount('responseBytes', 'response_bytes')},
  ${asMap('attributes')}, ${asMap('resource')}, scope, events, links, traceState, flags, source, origin
FROM (
  SELECT *, toInt64OrZero(startNanos) AS s, toInt64OrZero(endNanos) AS e, toInt64OrZero(durationNanos) AS d
  FROM file(${sqlString(segment.path)}, 'TSV', ${sqlString(lineStructure(spanColumns))}) WHERE line_kind = 's'
)
SETTINGS ${onceSettings(`spans-${segment.id}`)}, ${segmentReadSettings}, ${oneThread}`;
}
