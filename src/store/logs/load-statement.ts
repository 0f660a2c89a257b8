import { sqlIdentifier, sqlString } from '../../lib/sql-text.ts';
import { type SealedSegment, segmentColumns } from '../../model/journal-line.ts';
import { type AliasedPath, type LogField, logAliases, logColumn, logFields, logGroups } from '../../model/log-fields.ts';
import { onceSettings, segmentReadSettings } from '../load-settings.ts';

/**
 * The statement that turns one sealed journal segment into rows of `logs`, inside the engine, in one pass. Planning it costs
 * as much as loading thousands of rows, so it says only what must be said: which documents the columns give back was decided
 * when they came in (`model/write-remainder.ts`), where each was being read anyway.
 */

const member = (field: LogField) => field.path.slice(field.path.indexOf('.') + 1);
const membersOf = (group: string) => logFields.filter((field) => field.path.startsWith(`${group}.`));
const topLevel = logFields.filter((field) => !field.path.includes('.'));
const aliased = Object.entries(logAliases) as [AliasedPath, readonly string[]][];

/** Columns that name the key under which an aliased field came. */
export const keyColumn = (path: AliasedPath) => `${logColumn(path)}_key`;

function extractType(field: LogField): string {
  if (field.kind === 'float') return 'Nullable(Float64)';
  return field.kind === 'integer' ? 'Nullable(Int64)' : 'String';
}

const tuple = (parts: readonly string[]) => `Tuple(${parts.join(', ')})`;
const named = (field: LogField) => `${member(field)} ${extractType(field)}`;

const recordType = tuple([
  'timestamp String',
  ...topLevel.map(named),
  ...aliased.flatMap(([, names]) => names.map((name) => `${sqlIdentifier(name)} String`)),
  ...logGroups.map((group) => `${group} ${tuple(membersOf(group).map(named))}`),
]);

/** The canonical place of a field in the extracted tuple `t`. */
const canonical = (path: string) =>
  `tupleElement(${path.split('.').reduce((inner, part, level) => (level === 0 ? `t, ${sqlString(part)}` : `tupleElement(${inner}), ${sqlString(part)}`), '')})`;
const alternative = (name: string) => `tupleElement(t, ${sqlString(name)})`;

/** A number that the engine cannot read makes it read nothing of the line; the time of such a document stands in its search form. */
const lateTimes = ['timestamp', ...logAliases.timestamp].map((name) => [
  `JSONExtractString(if(startsWith(flat, '{'), flat, ''), ${sqlString(name)})`,
  name,
]);

function aliasColumns([path, names]: [AliasedPath, readonly string[]]): string[] {
  const column = logColumn(path);
  const options = [[canonical(path), path], ...names.map((name) => [alternative(name), name]), ...(path === 'timestamp' ? lateTimes : [])];
  return [
    `multiIf(${options.map(([sql, name]) => `notEmpty(${sql}), ${sqlString(name as string)}`).join(', ')}, '') AS ${keyColumn(path)}`,
    `multiIf(${options.map(([sql]) => `notEmpty(${sql}), ${sql}`).join(', ')}, '') AS ${column === 'timestamp' ? 'timestamp_text' : column}`,
  ];
}

const isAliased = (field: LogField) => field.path in logAliases;

/** Nanoseconds in the unit of a Unix time of so many digits; 0 for a number that is no time since 1973. */
const unixUnit = 'transform(length(timestamp_text), [9, 10, 13, 16, 19], [1000000000, 1000000000, 1000000, 1000, 1], 0)';

/** The instant of a record: RFC 3339 and its relatives, or a Unix time whose unit its size tells. NULL when it is neither. */
const instant = `multiIf(
    unix AND ${unixUnit} > 0, fromUnixTimestamp64Nano(toInt64OrZero(timestamp_text) * ${unixUnit}, 'UTC'),
    unix, NULL,
    match(timestamp_text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}'), parseDateTime64BestEffortOrNull(timestamp_text, 9, 'UTC'),
    match(timestamp_text, '^[0-9]{9,10}[.][0-9]+$'), toDateTime64OrNull(timestamp_text, 9, 'UTC'), NULL)`;

/**
 * How `timestamp` was written, so that it can be written again from the column: fraction digits, +16 for `+00:00` and
 * +32 for no zone in place of `Z`; 100 plus the decimal places of seconds for a Unix time; 255 when the line is kept, and 254
 * when the record has no time of its own.
 */
const timestampForm = `toUInt8(multiIf(empty(timestamp_text), 254, NOT exact, 255, unix, if(length(timestamp_text) = 13, 103, 100),
    endsWith(timestamp_text, 'Z'), greatest(length(timestamp_text), 21) - 21,
    endsWith(timestamp_text, '+00:00'), greatest(length(timestamp_text), 26) - 26 + 16,
    greatest(length(timestamp_text), 20) - 20 + 32))`;

/** Columns that the inner SELECT has made already. */
const extracted = [...aliased.map(([path]) => keyColumn(path)), ...logFields.map((field) => logColumn(field.path))].join(', ');

export function loadLogsStatement(segment: SealedSegment): string {
  const ingested = `fromUnixTimestamp64Milli(${segment.openedAt}, 'UTC')`;
  return `INSERT INTO logs (_index, _id, _version, _segment, _row, _ingested, timestamp, timestamp_form, ${extracted}, rest, raw, doc)
SELECT index AS _index, substring(id, position(id, ':') + 1) AS _id, toUInt64OrZero(substring(id, 1, position(id, ':') - 1)) AS _version, ${segment.id} AS _segment, row AS _row, ${ingested} AS _ingested,
  ifNull(${instant}, ${ingested}) AS timestamp, ${timestampForm} AS timestamp_form, ${extracted},
  if(exact, substring(flat, 2), '') AS rest, if(exact, '', line) AS raw,
  CAST(multiIf(exact, concat('{', rest, '}'), notEmpty(flat), flat, line), 'JSON(max_dynamic_paths=512)') AS doc
FROM (
  SELECT index, id, row, flat, line, JSONExtract(line, ${sqlString(recordType)}) AS t, startsWith(flat, '=') AS exact,
    ${aliased.flatMap(aliasColumns).join(',\n    ')}, match(timestamp_text, '^[0-9]+$') AS unix,
    ${logFields
      .filter((field) => !isAliased(field))
      .map((field) => `${canonical(field.path)} AS ${logColumn(field.path)}`)
      .join(', ')}
  FROM file(${sqlString(segment.path)}, 'TSVRaw', ${sqlString(segmentColumns)})
  WHERE kind = '+'
)
SETTINGS ${onceSettings(`logs-${segment.id}`)}, ${segmentReadSettings}, type_json_skip_duplicated_paths = 1, input_format_try_infer_dates = 0, input_format_try_infer_datetimes = 0,
  input_format_json_max_depth = 1000, short_circuit_function_evaluation = 'disable'`;
}
