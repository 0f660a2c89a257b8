import { sqlIdentifier, sqlString, sqlStrings } from '../../lib/sql-text.ts';
import { type SealedSegment, segmentColumns } from '../../model/journal-line.ts';
import { type AliasedPath, type LogField, logAliases, logColumn, logFields, logGroups } from '../../model/log-fields.ts';

/**
 * The statement that turns one sealed journal segment into rows of `logs`, inside the engine, in one pass.
 *
 * Lossless by counting bytes. The journal holds documents without white space between tokens, and `JSONExtract` yields
 * only what a document contains. So when the bytes of the extracted known fields plus the bytes of the remainder add up
 * to the length of the line, nothing else was in it, and `_source` can be put together again from the columns. Where
 * they do not add up (a null, an empty string, another type, a number written in another way, a key twice), the line
 * itself is kept in `raw`, and `doc` holds the whole of it.
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

function aliasColumns([path, names]: [AliasedPath, readonly string[]]): string[] {
  const column = logColumn(path);
  const options = [[canonical(path), path], ...names.map((name) => [alternative(name), name])];
  return [
    `multiIf(${options.map(([sql, name]) => `notEmpty(${sql}), ${sqlString(name as string)}`).join(', ')}, '') AS ${keyColumn(path)}`,
    `multiIf(${options.map(([sql]) => `notEmpty(${sql}), ${sql}`).join(', ')}, '') AS ${column === 'timestamp' ? 'timestamp_text' : column}`,
  ];
}

const isAliased = (field: LogField) => field.path in logAliases;

/** Text that a number without quotes gives: of `timestamp` and `level`, where loggers such as pino send numbers. */
const isNumber = (sql: string) => `match(${sql}, '^[0-9]+$')`;

/** Bytes of `"key":value,` for a known field, 0 when the record lacks it. Escapes are counted once per line, not here. */
function memberBytes(field: LogField): string {
  const key = member(field).length + 4;
  const column = logColumn(field.path);
  if (field.kind === 'float' || field.kind === 'integer') return `ifNull(length(toString(${column})) + ${key}, 0)`;
  return `if(empty(${column}), 0, length(${column}) + ${field.kind === 'object' ? key : key + 2})`;
}

/** The same for a field that may come under another, top-level name. */
function aliasedBytes(path: AliasedPath, text: string): string {
  const quotes = path === 'timestamp' || path === 'level' ? `if(${isNumber(text)}, 0, 2)` : '2';
  return `if(empty(${text}), 0, length(${text}) + length(${keyColumn(path)}) + 4 + ${quotes})`;
}

/** Only a canonical name places `trace.trace_id` inside its group; every other name stands at the top level. */
function groupMemberBytes(field: LogField): string {
  return isAliased(field)
    ? `if(${keyColumn(field.path as AliasedPath)} = ${sqlString(field.path)}, ${memberBytes(field)}, 0)`
    : memberBytes(field);
}

const topAliasedBytes = ([path]: [AliasedPath, readonly string[]]) =>
  path.includes('.')
    ? `if(${keyColumn(path)} = ${sqlString(path)}, 0, ${aliasedBytes(path, logColumn(path))})`
    : aliasedBytes(path, path === 'timestamp' ? 'timestamp_text' : logColumn(path));

/** `"group":{…},` is its members with a comma each, plus its own key, quotes, colon, comma and one brace. */
const groupOverhead = (group: string) => group.length + 5;

/** What decoding takes from the length of a string: one byte for each two-byte escape. A `\u` escape never adds up. */
const escapeLoss = (text: string) => `(countSubstrings(${text}, '\\\\') - countSubstrings(${text}, '\\\\\\\\'))`;

const groupNames = sqlStrings(logGroups);
const nestedPaths = sqlStrings(logFields.filter((field) => field.path.includes('.')).map((field) => field.path));
const topNames = sqlStrings(['timestamp', ...topLevel.map((field) => field.path), ...logGroups, ...aliased.flatMap(([, names]) => names)]);
const presentGroups = `[${logGroups.map((group) => `if(bytes_${group} > 0, ${sqlString(group)}, '')`).join(', ')}]`;

/** `"key":value` of each member of the record that is neither a known field nor a group of known fields. */
const unknownTop = `arrayMap(kv -> concat('"', kv.1, '":', kv.2), arrayFilter(kv -> kv.1 NOT IN (${topNames}), members))`;

/** (group, `"key":value,…`) of the members of known groups that no column holds. A group that is no object leaves the sums open, and the line is kept. */
const unknownInGroups = `arrayFilter(g -> notEmpty(g.2), arrayMap(kv -> (kv.1, if(startsWith(kv.2, '{'),
      arrayStringConcat(arrayMap(i -> concat('"', i.1, '":', i.2), arrayFilter(i -> concat(kv.1, '.', i.1) NOT IN (${nestedPaths}), JSONExtractKeysAndValuesRaw(kv.2))), ','), '')),
      arrayFilter(kv -> kv.1 IN (${groupNames}), if(known_bytes + top_bytes = length(line), [], members))))`;

/** Nanoseconds in the unit of a Unix time of so many digits; 0 for a number that is no time since 1973. */
const unixUnit = 'transform(length(timestamp_text), [9, 10, 13, 16, 19], [1000000000, 1000000000, 1000000, 1000, 1], 0)';

/**
 * What the two sums below cannot tell apart: an array where a group is due, a string where a number is due, a Unix time or
 * a numeric level in quotes, and `1.0` where a string is due (its text `1` in quotes is as long).
 */
const numericMembers = [...new Set(logFields.filter(({ kind }) => kind === 'float' || kind === 'integer').map(member))];
const ambiguous = sqlStrings(['.0,', '.0}', ...logGroups.map((group) => `"${group}":[`), ...numericMembers.map((name) => `"${name}":"`)]);
const quotedNumbers = sqlStrings(
  (['timestamp', 'level'] as const).flatMap((path) => [path, ...logAliases[path]].map((name) => `"${name}":"`)),
);
const isAmbiguous = `(multiSearchAny(line, [${ambiguous}]) OR multiSearchAny(if(unix OR level_is_number, line, ''), [${quotedNumbers}]))`;

const quotes = (text: string) => `countSubstrings(${text}, '"')`;

/**
 * Quotation marks of the known fields; the second sum that must add up. Each thing that extraction drops (`"level":null`)
 * has more bytes than marks, each thing that it adds (a number that becomes a string) as many, so both sums together are
 * right only when nothing was dropped and nothing added. Marks inside values are counted where prose stands.
 */
const knownQuotes = [
  '4 * notEmpty(timestamp_text) - 2 * unix - 2 * level_is_number',
  ...logFields.map((field) => {
    const column = logColumn(field.path);
    if (field.kind === 'float' || field.kind === 'integer') return `2 * isNotNull(${column})`;
    return field.kind === 'object'
      ? `2 * notEmpty(${column}) + ${quotes(column)}`
      : `4 * notEmpty(${column})${field.kind === 'text' ? ` + ${quotes(column)}` : ''}`;
  }),
  ...logGroups.map((group) => `2 * (bytes_${group} > 0)`),
].join(' + ');

/** The instant of a record: RFC 3339 and its relatives, or a Unix time whose unit its size tells. NULL when it is neither. */
const instant = `multiIf(
    unix AND ${unixUnit} > 0, fromUnixTimestamp64Nano(toInt64OrZero(timestamp_text) * ${unixUnit}, 'UTC'),
    unix, NULL,
    match(timestamp_text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}'), parseDateTime64BestEffortOrNull(timestamp_text, 9, 'UTC'),
    match(timestamp_text, '^[0-9]{9,10}[.][0-9]+$'), toDateTime64OrNull(timestamp_text, 9, 'UTC'), NULL)`;

/**
 * How `timestamp` was written, so that it can be written again from the column: fraction digits, +16 for `+00:00` and
 * +32 for no zone in place of `Z`; 100 plus the decimal places of seconds for a Unix time; 255 for any other way, and 254
 * when the record has no time of its own.
 */
const timestampText = `substring(replaceOne(toString(ifNull(instant, toDateTime64(0, 9, 'UTC'))), ' ', 'T'), 1, if(digits = 0, 19, 20 + digits))`;
const timestampForm = `multiIf(empty(timestamp_text), 254, isNull(instant), 255,
    unix, if(startsWith(timestamp_text, '0'), 255, transform(length(timestamp_text), [9, 10, 13, 16, 19], [100, 100, 103, 106, 109], 255)),
    digits > 9, 255,
    concat(${timestampText}, 'Z') = timestamp_text, digits,
    concat(${timestampText}, '+00:00') = timestamp_text, digits + 16,
    ${timestampText} = timestamp_text, digits + 32, 255)`;

/** Columns that the innermost SELECT has made already. */
const extracted = [...aliased.map(([path]) => keyColumn(path)), ...logFields.map((field) => logColumn(field.path))].join(', ');

export function loadLogsStatement(segment: SealedSegment): string {
  const ingested = `fromUnixTimestamp64Milli(${segment.openedAt}, 'UTC')`;
  return `INSERT INTO logs (_index, _id, _version, _segment, _row, _ingested, timestamp, timestamp_form, ${extracted}, rest, raw, doc)
SELECT index AS _index, substring(id, position(id, ':') + 1) AS _id, toUInt32OrZero(substring(id, 1, position(id, ':') - 1)) AS _version, ${segment.id} AS _segment, row AS _row, ${ingested} AS _ingested,
  ifNull(instant, ${ingested}) AS timestamp, timestamp_form, ${extracted},
  if(exact, rest_text, '') AS rest, if(exact, '', line) AS raw,
  CAST(multiIf(notEmpty(flat), flat, NOT exact, line, empty(rest_text), '{}', concat('{', rest_text, '}')), 'JSON(max_dynamic_paths=512)') AS doc
FROM (
  SELECT *, arrayStringConcat(arrayConcat(top, arrayMap(g -> concat('"', g.1, '":{', g.2, '}'), nested)), ',') AS rest_text,
    arrayFilter(g -> has(${presentGroups}, g.1), nested) AS shared,
    timestamp_form != 255 AND empty(flat) AND NOT ${isAmbiguous}
      AND known_bytes + if(empty(rest_text), 0, 1 + length(rest_text) - ${escapeLoss('rest_text')}) - arraySum(g -> length(g.1) + 5, shared) = length(line)
      AND known_quotes + ${quotes('rest_text')} - 2 * length(shared) = ${quotes('line')} AS exact
  FROM (
    SELECT *, arraySum(m -> length(m) + 1 - ${escapeLoss('m')}, top) AS top_bytes, ${unknownInGroups} AS nested
    FROM (
    SELECT *, JSONExtractKeysAndValuesRaw(if(known_bytes = length(line) OR notEmpty(flat), '', line)) AS members, ${unknownTop} AS top
    FROM (
      SELECT *, ${knownQuotes} AS known_quotes, ${timestampForm} AS timestamp_form, 1 + ${aliased.map(topAliasedBytes).join(' + ')} + ${topLevel
        .filter((field) => !isAliased(field))
        .map(memberBytes)
        .join(' + ')}
        + ${logGroups.map((group) => `if(bytes_${group} = 0, 0, bytes_${group} + ${groupOverhead(group)})`).join(' + ')} + ${escapeLoss('line')} AS known_bytes
      FROM (
        SELECT *, ${isNumber('timestamp_text')} AS unix, ${isNumber('level')} AS level_is_number, ${instant} AS instant, if(length(timestamp_text) < 20 OR substring(timestamp_text, 20, 1) != '.', 0, length(extract(substring(timestamp_text, 21), '^[0-9]+'))) AS digits,
          ${logGroups.map((group) => `${membersOf(group).map(groupMemberBytes).join(' + ')} AS bytes_${group}`).join(',\n          ')}
        FROM (
          SELECT index, id, row, flat, line, JSONExtract(line, ${sqlString(recordType)}) AS t,
            ${aliased.flatMap(aliasColumns).join(',\n            ')},
            ${logFields
              .filter((field) => !isAliased(field))
              .map((field) => `${canonical(field.path)} AS ${logColumn(field.path)}`)
              .join(', ')}
          FROM file(${sqlString(segment.path)}, 'TSVRaw', ${sqlString(segmentColumns)})
          WHERE kind = '+'
        )
      )
    )
    )
  )
)
SETTINGS insert_deduplication_token = 'logs-${segment.id}', type_json_skip_duplicated_paths = 1, input_format_try_infer_dates = 0, input_format_try_infer_datetimes = 0,
  input_format_json_max_depth = 1000, max_insert_threads = 1, short_circuit_function_evaluation = 'disable'`;
}
