import { sqlString } from '../../lib/sql-text.ts';
import { logColumn, logFields } from '../../model/log-fields.ts';
import { mask } from './doc-reading.ts';
import type { Reading } from './field.ts';

/** Known fields that hold any JSON object: their columns are its text. */
export const objectFields: readonly string[] = logFields.filter((field) => field.kind === 'object').map((field) => field.path);

/** The object field above a path, and the path below it. */
export function splitMember(path: string): Readonly<{ object: string; member: string }> | undefined {
  const object = objectFields.find((name) => path.startsWith(`${name}.`));
  return object === undefined ? undefined : { object, member: path.slice(object.length + 1) };
}

/** Every way to cut a dotted name into keys costs one look into the text; longer names are cut at few places only. */
const maxCuts = 3;

/** Ways in which `a.b.c` may be keys: `a` `b` `c`, `a.b` `c`, `a` `b.c`, `a.b.c`. Labels of Kubernetes have dots in one key. */
function keyPaths(member: string): readonly (readonly string[])[] {
  const parts = member.split('.');
  const cuts = parts.length - 1;
  if (cuts > maxCuts)
    return [[member], parts, ...parts.slice(1).map((_, at) => [parts.slice(0, at + 1).join('.'), parts.slice(at + 1).join('.')])];
  return Array.from({ length: 2 ** cuts }, (_, cut) => {
    const keys = [parts[0] as string];
    for (let at = 1; at < parts.length; at++) {
      if (cut & (1 << (at - 1))) keys.push(parts[at] as string);
      else keys[keys.length - 1] += `.${parts[at]}`;
    }
    return keys;
  });
}

/**
 * Readings of a member of an object field, from the column's text. Rows whose document was kept whole have the member in
 * `doc` as well, and are left to that.
 */
export function memberReadings(object: string, member: string): readonly Reading[] {
  const column = logColumn(object);
  const texts = keyPaths(member).map((keys) => `JSONExtractRaw(${column}, ${keys.map(sqlString).join(', ')})`);
  const text = texts.length === 1 ? (texts[0] as string) : `arrayFirst(x -> x != '', [${texts.join(', ')}])`;
  const readings: Reading[] = [
    {
      sql: `if(startsWith(${text}, '"'), JSONExtractString(concat('[', ${text}, ']'), 1), '')`,
      type: 'string',
      array: false,
      missing: 'empty',
    },
    { sql: `toInt64OrNull(${text})`, type: 'integer', array: false, missing: 'null' },
    {
      sql: `if(isNull(toInt64OrNull(${text})) AND match(${text}, '^-?[0-9]'), toFloat64OrNull(${text}), NULL)`,
      type: 'float',
      array: false,
      missing: 'null',
    },
    { sql: `multiIf(${text} = 'true', true, ${text} = 'false', false, NULL)`, type: 'boolean', array: false, missing: 'null' },
    {
      sql: `arrayFilter(x -> x != '', JSONExtract(if(startsWith(${text}, '['), ${text}, '[]'), 'Array(String)'))`,
      type: 'string',
      array: true,
      missing: 'empty',
    },
  ];
  return readings.map((reading) => mask(reading, `${column} != '' AND raw = ''`));
}
