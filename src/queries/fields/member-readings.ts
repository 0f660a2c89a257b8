import { sqlString } from '../../lib/sql-text.ts';
import { logColumn, logFields } from '../../model/log-fields.ts';
import { mask } from './doc-reading.ts';
import type { Reading, ValueType } from './field.ts';

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

/** Types of values as the engine finds them in a text. Numbers that Int64 cannot hold come as Float64. */
const scalarTypes: readonly (readonly [string, ValueType])[] = [
  ['String', 'string'],
  ['Int64', 'integer'],
  ['Float64', 'float'],
  ['Bool', 'boolean'],
];

/**
 * Readings of a member of an object field, from the column's text. Rows whose document was kept whole have the member in
 * `doc` as well, and are left to that.
 *
 * `sampled` are the types that recent documents have there; undefined when none has the member. They choose the form that is
 * read fastest: where all are strings, any other value is read as its text, as Elasticsearch does in a keyword field; arrays
 * beside numbers are read only where the sample has arrays.
 */
export function memberReadings(object: string, member: string, sampled: readonly string[] | undefined): readonly Reading[] {
  const column = logColumn(object);
  const paths = keyPaths(member).map((keys) => `${column}, ${keys.map(sqlString).join(', ')}`);
  const where = `${column} != '' AND raw = ''`;
  if (sampled?.every((type) => type === 'String')) {
    const texts = paths.map((path) => `JSONExtract(${path}, 'Nullable(String)')`);
    const sql = texts.length === 1 ? (texts[0] as string) : `coalesce(${texts.join(', ')})`;
    return [mask({ sql, type: 'string', array: false, missing: 'null' }, where)];
  }
  const found = paths.flatMap((path) => [`JSONHas(${path})`, `JSONExtract(${path}, 'Dynamic')`]);
  const value = paths.length === 1 ? (found[1] as string) : `multiIf(${[...found.slice(0, -2), found.at(-1)].join(', ')})`;
  const element = (type: string) => `dynamicElement(${value}, ${sqlString(type)})`;
  const scalars = scalarTypes.map(([type, valueType]): Reading => ({ sql: element(type), type: valueType, array: false, missing: 'null' }));
  const withArrays = sampled === undefined || sampled.some((type) => type.startsWith('Array('));
  const arrays = scalarTypes.map(([type, valueType]): Reading => {
    const sql = `arrayMap(x -> assumeNotNull(x), arrayFilter(x -> isNotNull(x), ${element(`Array(Nullable(${type}))`)}))`;
    return { sql, type: valueType, array: true, missing: 'empty' };
  });
  return (withArrays ? [...scalars, ...arrays] : scalars).map((reading) => mask(reading, where));
}
