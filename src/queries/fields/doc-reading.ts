import { sqlIdentifier } from '../../lib/sql-text.ts';
import type { Reading, ValueType } from './field.ts';

/**
 * Readings of the JSON column `doc`. The engine addresses a path by its whole text in one quoted identifier: keys that hold
 * dots, quotes or brackets need no other form. Types are those that `distinctJSONPathsAndTypes` reports.
 */
const scalars: ReadonlyMap<string, ValueType> = new Map([
  ['Int64', 'integer'],
  ['UInt64', 'float'],
  ['Float64', 'float'],
  ['String', 'string'],
  ['Bool', 'boolean'],
]);

/** Whether the engine can address the path: not the empty one, and not one that looks like its own notation for types. */
export const isReadablePath = (path: string) => path !== '' && !path.includes('.:`') && !path.startsWith(':`');

const arrayType = /^Array\(Nullable\((\w+)\)\)$/;

/** The reading of one type of a path; undefined for a type that documents do not have. Rows count only `where` it holds. */
export function docReading(path: string, type: string, where?: string): Reading | undefined {
  const column = `doc.${sqlIdentifier(path)}.:${sqlIdentifier(type)}`;
  const element = arrayType.exec(type)?.[1];
  const valueType = scalars.get(element ?? type);
  if (valueType === undefined) return undefined;
  const wide = (element ?? type) === 'UInt64';
  if (element !== undefined) {
    const convert = wide ? 'toFloat64(assumeNotNull(x))' : 'assumeNotNull(x)';
    const plain = `arrayMap(x -> ${convert}, arrayFilter(x -> isNotNull(x), ${column}))`;
    return mask({ sql: plain, type: valueType, array: true, missing: 'empty' }, where);
  }
  return mask({ sql: wide ? `toFloat64(${column})` : column, type: valueType, array: false, missing: 'null' }, where);
}

/** The same reading in the rows where `where` holds. */
export function mask(reading: Reading, where: string | undefined): Reading {
  if (where === undefined) return reading;
  const nothing = reading.missing === 'empty' ? (reading.array ? '[]' : "''") : 'NULL';
  const missing = reading.missing === 'never' ? 'null' : reading.missing;
  return { ...reading, missing, sql: `if(${where}, ${reading.sql}, ${nothing})`, masked: { plain: reading.sql, where } };
}

/** SQL that is true in rows where `doc` has the path with the type. */
export function hasDocValue(path: string, type: string): string {
  const column = `doc.${sqlIdentifier(path)}.:${sqlIdentifier(type)}`;
  // Also for arrays that have no reading: no array is ever NULL.
  return type.startsWith('Array(') ? `notEmpty(${column})` : `isNotNull(${column})`;
}
