import type { Field, Reading } from '../fields/field.ts';
import { anyField } from './query.ts';
import { and, someReading } from './sql-condition.ts';
import { someSubstring } from './tokens-condition.ts';

/** Every text of a row as one array. Rows without a value in a reading have an empty text there, which has no words. */
function joined(readings: readonly Reading[]): Reading {
  const scalars = readings.filter(({ array }) => !array).map(({ sql, missing }) => (missing === 'null' ? `ifNull(${sql}, '')` : sql));
  const arrays = readings.filter(({ array }) => array).map(({ sql }) => sql);
  const list = `[${scalars.join(', ')}]`;
  const sql = arrays.length === 0 ? list : `arrayConcat(${[...(scalars.length === 0 ? [] : [list]), ...arrays].join(', ')})`;
  return { sql, type: 'string', array: true, missing: 'empty' };
}

/**
 * Some text of the field satisfies a condition on words. The condition MUST be one on single values, which the empty text
 * does not satisfy and which another value of the row cannot help to hold.
 *
 * Words are split by a regular expression that the engine compiles anew wherever it stands in a statement, at some 25 ms
 * each. A search without a field looks in dozens of readings, so there the condition stands once, over all texts, behind a
 * cheap look for `literal`: text that each satisfying value contains, in any case.
 */
export function someText(field: Field, literal: string, condition: (reading: Reading) => string): string {
  const isJoined = field.name === anyField && field.readings.length > 1 && field.readings.every(({ type }) => type === 'string');
  if (!isJoined) return someReading(field, condition);
  return and([someReading(field, (reading) => someSubstring(reading, literal)), condition(joined(field.readings))]);
}
