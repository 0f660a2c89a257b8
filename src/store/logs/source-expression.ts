import { sqlString, sqlStrings } from '../../lib/sql-text.ts';
import { type AliasedPath, logAliases, logColumn, logFields, logGroups } from '../../model/log-fields.ts';
import { keyColumn } from './load-statement.ts';

/**
 * The document as it came in, as JSON text: the inverse of `load-statement.ts`. Only for rows that are returned, since it
 * reads every column. Needs the setting `output_format_json_escape_forward_slashes = 0`.
 */
const groupOf = (path: string) => (path.includes('.') ? path.slice(0, path.indexOf('.')) : '');
const isAliased = (path: string): path is AliasedPath => path in logAliases;

function valueText(path: string, kind: string): string {
  const column = logColumn(path);
  if (kind === 'object') return column;
  if (kind === 'float' || kind === 'integer') return `toString(${column})`;
  const text = `toJSONString(toString(${column}))`;
  return path === 'level' ? `if(match(level, '^[0-9]+$'), toString(level), ${text})` : text;
}

/** `"key":value` or the empty string. */
function memberText(path: string, kind: string): string {
  const column = logColumn(path);
  const present = kind === 'float' || kind === 'integer' ? `isNotNull(${column})` : `notEmpty(${column})`;
  const name = sqlString(`"${path.slice(path.lastIndexOf('.') + 1)}":`);
  const text = valueText(path, kind);
  if (!isAliased(path))
    return `if(${present}, concat(${name}, ${kind === 'float' || kind === 'integer' ? `assumeNotNull(${text})` : text}), '')`;
  return `if(${keyColumn(path)} = ${sqlString(path)}, concat(${name}, ${text}), '')`;
}

/** A field that came under another name stands at the top level under that name. */
const renamed = (path: AliasedPath, kind: string) =>
  `if(${keyColumn(path)} NOT IN ('', ${sqlString(path)}), concat('"', ${keyColumn(path)}, '":', ${valueText(path, kind)}), '')`;

const unixText = `toString(intDiv(toUnixTimestamp64Nano(timestamp), transform(timestamp_form, [100, 103, 106, 109], [1000000000, 1000000, 1000, 1], 1)))`;
const digits = '(timestamp_form % 16)';
const clockText = `concat(substring(replaceOne(toString(timestamp), ' ', 'T'), 1, if(${digits} = 0, 19, 20 + ${digits})), transform(intDiv(timestamp_form, 16), [0, 1, 2], ['Z', '+00:00', ''], ''))`;
const timestampMember = `multiIf(timestamp_form >= 254, '', timestamp_form >= 100, concat('"', timestamp_key, '":', ${unixText}), concat('"', timestamp_key, '":"', ${clockText}, '"'))`;

const top = logFields.filter((field) => groupOf(field.path) === '');
const inGroup = (group: string) => logFields.filter((field) => groupOf(field.path) === group);

const joined = (parts: readonly string[]) => `arrayStringConcat(arrayFilter(part -> notEmpty(part), [${parts.join(', ')}]), ',')`;

const restMembers = `JSONExtractKeysAndValuesRaw(if(empty(rest), '', concat('{', rest, '}')))`;

/** Members of a known group that no column holds. */
const restOfGroup = (group: string) =>
  `substring(arrayFirst(member -> member.1 = ${sqlString(group)} AND startsWith(member.2, '{'), ${restMembers}).2, 2, greatest(length(arrayFirst(member -> member.1 = ${sqlString(group)} AND startsWith(member.2, '{'), ${restMembers}).2), 2) - 2)`;

function groupMember(group: string): string {
  const members = joined([...inGroup(group).map(({ path, kind }) => memberText(path, kind)), restOfGroup(group)]);
  return `if(empty(${members}), '', concat(${sqlString(`"${group}":{`)}, ${members}, '}'))`;
}

const restOfRecord = `arrayMap(member -> concat('"', member.1, '":', member.2), arrayFilter(member -> NOT (member.1 IN (${sqlStrings(logGroups)}) AND startsWith(member.2, '{')), ${restMembers}))`;

const aliasedFields = logFields.filter((field) => isAliased(field.path));

export const sourceExpression = `if(notEmpty(raw), raw, concat('{', arrayStringConcat(arrayFilter(part -> notEmpty(part), arrayConcat([${[
  timestampMember,
  ...top.map(({ path, kind }) => memberText(path, kind)),
  ...aliasedFields.map(({ path, kind }) => renamed(path as AliasedPath, kind)),
  ...logGroups.map(groupMember),
].join(', ')}], ${restOfRecord})), ','), '}'))`;

/** The last digits of a number in hexadecimal; `hex` itself prints whole bytes without leading zeros. */
const hexDigits = (sql: string, digits: number) => `right(leftPad(lower(hex(${sql})), 16, '0'), ${digits})`;

/** The id that `automaticId` gives to a row of a segment. */
export const automaticIdExpression = (segment: string, row: string) => `concat(${hexDigits(segment, 13)}, ${hexDigits(row, 7)})`;

/** `_id` of a row: the explicit one, or the automatic one made of where the row was in the journal. */
export const idExpression = `if(notEmpty(_id), _id, ${automaticIdExpression('_segment', '_row')})`;
