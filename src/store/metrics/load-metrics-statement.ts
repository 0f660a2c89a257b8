import { sqlString } from '../../lib/sql-text.ts';
import type { SealedSegment } from '../../model/journal-line.ts';
import { lineStructure, metricColumns } from '../../model/signal-columns.ts';
import { onceSettings, segmentReadSettings } from '../load-settings.ts';

const instant = (nanos: string) => `fromUnixTimestamp64Nano(toInt64OrZero(${nanos}), 'UTC')`;
const asMap = (column: string) => `CAST(JSONExtractKeysAndValuesRaw(${column}), 'Map(LowCardinality(String), String)')`;

/** Turns the lines `m` of a sealed segment into rows of `metrics`. */
export function loadMetricsStatement(segment: SealedSegment): string {
  return `INSERT INTO metrics (_segment, _row, _ingested, name, service, type, unit, description, temporality, monotonic, start, time, value, value_text,
  is_integer, count, sum, min, max, details, attributes, resource, scope, source)
SELECT ${segment.id}, row, fromUnixTimestamp64Milli(${segment.openedAt}, 'UTC'), name, service, type, unit, description, temporality, monotonic = '1',
  ${instant('startNanos')}, ${instant('timeNanos')}, toFloat64OrZero(value), value, isInteger = '1',
  toUInt64OrNull(count), toFloat64OrNull(sum), toFloat64OrNull(min), toFloat64OrNull(max), details, ${asMap('attributes')}, ${asMap('resource')}, scope, source
FROM file(${sqlString(segment.path)}, 'TSV', ${sqlString(lineStructure(metricColumns))}) WHERE line_kind = 'm'
SETTINGS ${onceSettings(`metrics-${segment.id}`)}, ${segmentReadSettings}`;
}
