import { sqlString } from '../../../lib/sql-text.ts';
import type { Field, Reading } from '../../fields/field.ts';
import { lowerCase } from '../analyze.ts';
import { someText } from '../any-text.ts';
import type { Operator } from '../compile-scope.ts';
import { editsFor } from '../dsl/fuzziness.ts';
import type { Fuzziness, FuzzyQuery } from '../query.ts';
import { and, never, or, someReading, someValue } from '../sql-condition.ts';
import { someToken, tokensCondition } from '../tokens-condition.ts';
import { equals, fitsIgnoreAbove } from './value-equals.ts';

/** Longer strings are never compared letter by letter: the cost grows with the square of the length. */
const maxLength = 200;

/**
 * The string is at most so many edits away. As in Lucene, the edits must be fewer than the letters of the shorter string.
 * Two swapped letters count as one edit only within ASCII, because the engine's function counts bytes.
 */
function isNear(sql: string, text: string, fuzziness: Fuzziness, edits: number): string {
  const length = [...text].length;
  const word = sqlString(text);
  const size = `lengthUTF8(${sql})`;
  const inReach = `(${size} BETWEEN ${length - edits} AND ${length + edits})`;
  const candidate = `if(${inReach}, ${sql}, '')`;
  const letters = `editDistanceUTF8(${candidate}, ${word})`;
  const distance = fuzziness.transpositions ? `least(damerauLevenshteinDistance(${candidate}, ${word}), ${letters})` : letters;
  const start = [...text].slice(0, fuzziness.prefixLength).join('');
  const near = and([
    inReach,
    start === '' ? '1' : `startsWith(${sql}, ${sqlString(start)})`,
    `${distance} <= ${edits}`,
    `${distance} < least(${length}, ${size})`,
  ]);
  return or([`${sql} = ${word}`, near]);
}

/** A word of the text is near `word`. */
export function tokenIsNear(reading: Reading, word: string, fuzziness: Fuzziness): string {
  const length = [...word].length;
  const edits = editsFor(fuzziness.edits, length);
  if (edits === 0 || length > maxLength) return tokensCondition(reading, [word], 'all');
  const start = [...word].slice(0, fuzziness.prefixLength).join('');
  return someToken(reading, (sql) => isNear(sql, word, fuzziness, edits), start);
}

/** A whole value is near `text`. */
export function valueIsNear(field: Field, reading: Reading, text: string, fuzziness: Fuzziness): string {
  const length = [...text].length;
  const edits = editsFor(fuzziness.edits, length);
  if (!fitsIgnoreAbove(field, text)) return never;
  if (edits === 0 || length > maxLength) return equals(reading, sqlString(text));
  return someValue(reading, (sql) => isNear(sql, text, fuzziness, edits));
}

function fieldIsNear(field: Field, { value, fuzziness, normalized }: FuzzyQuery): string {
  if (value === '') return never;
  const texts = { ...field, readings: field.readings.filter(({ type }) => type === 'string') };
  const token = normalized ? lowerCase(value) : value;
  return or([
    field.terms === 'tokens' ? never : someReading(texts, (reading) => valueIsNear(field, reading, value, fuzziness)),
    field.terms === 'exact' ? never : someText(texts, '', (reading) => tokenIsNear(reading, token, fuzziness)),
  ]);
}

export const fuzzyCondition: Operator<'fuzzy'> = (query, scope) => or(scope.resolve(query.field).map((field) => fieldIsNear(field, query)));
