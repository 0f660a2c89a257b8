import type { Field, Reading } from '../../fields/field.ts';
import type { CompileScope, Operator } from '../compile-scope.ts';
import { anyField } from '../query.ts';
import { always, and, or, present, someValue } from '../sql-condition.ts';

/** A whole value longer than `ignore_above` is not indexed, and so counts as missing. */
function readingExists(field: Field, reading: Reading): string {
  if (field.terms !== 'exact' || field.ignoreAbove === 0 || reading.type !== 'string') return present(reading);
  return and([present(reading), someValue(reading, (sql) => `lengthUTF8(${sql}) <= ${field.ignoreAbove}`)]);
}

function fieldsWithChildren(name: string, scope: CompileScope): readonly Field[] {
  const fields = scope.resolve(name);
  if (name.includes('*') || fields.some(({ readings }) => readings.length > 0)) return fields;
  // An object exists when any of its fields does.
  return scope.resolve(`${name}.*`);
}

export const existsCondition: Operator<'exists'> = ({ field }, scope) =>
  field === anyField
    ? always
    : or(fieldsWithChildren(field, scope).flatMap((found) => found.readings.map((reading) => readingExists(found, reading))));
