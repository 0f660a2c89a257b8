import type { Field, Reading } from '../fields/field.ts';

/**
 * Building blocks of conditions. A condition is an SQL expression that is 0 or 1 and never NULL, and that can stand
 * anywhere without further brackets.
 */
export const always = '1';
export const never = '0';

export function and(parts: readonly string[]): string {
  const open = parts.filter((part) => part !== always);
  if (open.includes(never)) return never;
  if (open.length < 2) return open[0] ?? always;
  return `(${open.join(' AND ')})`;
}

export function or(parts: readonly string[]): string {
  const open = [...new Set(parts)].filter((part) => part !== never);
  if (open.includes(always)) return always;
  if (open.length < 2) return open[0] ?? never;
  return `(${open.join(' OR ')})`;
}

export function not(part: string): string {
  if (part === always) return never;
  return part === never ? always : `(NOT ${part})`;
}

/** At least `count` of the parts hold. */
export function atLeast(count: number, parts: readonly string[]): string {
  if (count <= 0) return always;
  if (count > parts.length) return never;
  if (count === 1) return or(parts);
  if (count === parts.length) return and(parts);
  return `((${parts.map((part) => `toUInt16(${part})`).join(' + ')}) >= ${count})`;
}

/**
 * Some reading of the field satisfies a condition. A reading that counts only in some rows is asked for as `where AND …`,
 * so that an index of the column in `where` still skips rows.
 */
export function someReading(field: Pick<Field, 'readings'>, condition: (reading: Reading) => string): string {
  return or(
    field.readings.map((reading) => {
      const { masked, ...rest } = reading;
      return masked ? and([masked.where, condition({ ...rest, sql: masked.plain })]) : condition(reading);
    }),
  );
}

/** The row has a value in the reading. */
export function present(reading: Reading): string {
  if (reading.missing === 'never') return always;
  return reading.missing === 'null' ? `isNotNull(${reading.sql})` : `notEmpty(${reading.sql})`;
}

/**
 * Some value of the reading satisfies a predicate, which gets SQL of one value. A predicate that could hold for the empty
 * string sets `acceptsEmpty`, because in some columns the empty string stands for a missing value.
 */
export function someValue(reading: Reading, predicate: (value: string) => string, acceptsEmpty = false): string {
  const condition = predicate(reading.array ? 'v' : reading.sql);
  if (condition === never) return never;
  if (condition === always) return present(reading);
  const nullSafe = (text: string) => (reading.missing === 'null' ? `ifNull(${text}, 0)` : text);
  if (reading.array) return nullSafe(`arrayExists(v -> ${condition}, ${reading.sql})`);
  return and([acceptsEmpty && reading.missing === 'empty' ? present(reading) : always, nullSafe(condition)]);
}
