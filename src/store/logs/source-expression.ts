import { sqlString, sqlStrings } from '../../lib/sql-text.ts';
import { type AliasedPath, type LogField, logAliases, logColumn, logFields, logGroups } from '../../model/log-fields.ts';
import { keyColumn } from './load-statement.ts';

/**
 * The document as it came in, as JSON text: the inverse of `load-statement.ts`. Only for rows that are returned, since it
 * reads every column. Needs the setting `output_format_json_escape_forward_slashes = 0`.
 *
 * Lists and lambdas instead of one expression per field: the engine analyses the text of a query anew each time, and at
 * 15 kB that took longer than finding the rows.
 */
const groupOf = (path: string) => (path.includes('.') ? path.slice(0, path.indexOf('.')) : '');
const nameOf = (path: string) => path.slice(path.lastIndexOf('.') + 1);
const isAliased = (path: string): path is AliasedPath => path in logAliases;
const isNumber = ({ kind }: LogField) => kind === 'float' || kind === 'integer';
const isQuoted = (field: LogField) => !isNumber(field) && field.kind !== 'object';

const list = (parts: readonly string[]) => `[${parts.join(', ')}]`;
const byGroup = logGroups.map((group) => logFields.filter(({ path }) => groupOf(path) === group));

/** Texts of numbers and objects are JSON already; an empty text is a field that the document lacks. */
function valueText(field: LogField): string {
  const column = logColumn(field.path);
  if (isNumber(field)) return `ifNull(toString(${column}), '')`;
  if (isAliased(field.path)) return `if(${keyColumn(field.path)} = ${sqlString(field.path)}, toString(${column}), '')`;
  return field.kind === 'object' ? column : `toString(${column})`;
}

/** `"key":value` of the fields of all groups, one behind the other, empty where the document lacks the field. */
const groupMembers = `arrayMap((n, v, q) -> if(v = '', '', concat('"', n, '":', if(q = 1, toJSONString(v), v))),
  ${list(byGroup.flat().map(({ path }) => sqlString(nameOf(path))))}, ${list(byGroup.flat().map(valueText))}, ${list(byGroup.flat().map((field) => (isQuoted(field) ? '1' : '0')))})`;

const sizes = byGroup.map((fields) => fields.length);
const starts = sizes.map((_, at) => 1 + sizes.slice(0, at).reduce((sum, size) => sum + size, 0));

/** Members of each group, with those of `rest` that no column holds. */
const groupTexts = `arrayMap((g, o, c) -> arrayStringConcat(arrayFilter(m -> m != '', arrayConcat(arraySlice(known, o, c),
  arrayMap(r -> substring(r.2, 2, length(r.2) - 2), arrayFilter(r -> r.1 = g AND startsWith(r.2, '{'), others)))), ','),
  ${list(logGroups.map(sqlString))}, ${list(starts.map(String))}, ${list(sizes.map(String))})`;

const unixText = `toString(intDiv(toUnixTimestamp64Nano(timestamp), transform(timestamp_form, [100, 103, 106, 109], [1000000000, 1000000, 1000, 1], 1)))`;
const digits = '(timestamp_form % 16)';
const clockText = `concat('"', substring(replaceOne(toString(timestamp), ' ', 'T'), 1, if(${digits} = 0, 19, 20 + ${digits})), transform(intDiv(timestamp_form, 16), [0, 1, 2], ['Z', '+00:00', ''], ''), '"')`;
const timestampText = `multiIf(timestamp_form >= 254, '', timestamp_form >= 100, ${unixText}, ${clockText})`;
const levelText = `multiIf(level = '', '', match(level, '^[0-9]+$'), toString(level), toJSONString(toString(level)))`;

const plainTop = logFields.filter((field) => groupOf(field.path) === '' && field.path !== 'level');
const renamed = byGroup.flat().filter(({ path }) => isAliased(path));
const keyText = (path: string) => (isAliased(path) ? `toString(${keyColumn(path)})` : sqlString(path));

/** Members at the top level, those included that came under another name than their group's. */
const topMembers = `arrayConcat(
  arrayMap((n, v) -> if(v = '', '', concat('"', n, '":', v)), [toString(timestamp_key), toString(level_key)], ${list([timestampText, levelText])}),
  arrayMap((n, v) -> if(v = '', '', concat('"', n, '":', toJSONString(v))), ${list([...plainTop, ...renamed].map(({ path }) => keyText(path)))},
    ${list([
      ...plainTop.map(({ path }) => `toString(${logColumn(path)})`),
      ...renamed.map(({ path }) => `if(${keyColumn(path as AliasedPath)} = ${sqlString(path)}, '', ${logColumn(path)})`),
    ])}))`;

const restOfRecord = `arrayMap(r -> concat('"', r.1, '":', r.2), arrayFilter(r -> NOT (r.1 IN (${sqlStrings(logGroups)}) AND startsWith(r.2, '{')), others))`;

/** The outer lambda names what is used twice. */
const memberTexts = `arrayMap((known, others) -> arrayStringConcat(arrayFilter(m -> m != '', arrayConcat(${topMembers},
  arrayMap((g, m) -> if(m = '', '', concat('"', g, '":{', m, '}')), ${list(logGroups.map(sqlString))}, ${groupTexts}), ${restOfRecord})), ','),
  [${groupMembers}], [JSONExtractKeysAndValuesRaw(if(rest = '', '', concat('{', rest, '}')))])[1]`;

export const sourceExpression = `if(raw != '', raw, concat('{', ${memberTexts}, '}'))`;

/** The last digits of a number in hexadecimal; `hex` itself prints whole bytes without leading zeros. */
const hexDigits = (sql: string, digits: number) => `right(leftPad(lower(hex(${sql})), 16, '0'), ${digits})`;

/** The id that `automaticId` gives to a row of a segment. */
export const automaticIdExpression = (segment: string, row: string) => `concat(${hexDigits(segment, 13)}, ${hexDigits(row, 7)})`;

/** `_id` of a row: the explicit one, or the automatic one made of where the row was in the journal. */
export const idExpression = `if(notEmpty(_id), _id, ${automaticIdExpression('_segment', '_row')})`;
