import type { Search } from '../../state/search-query.ts';
import { conditionText } from '../../state/use-search.ts';

const placeholder = '<*>';
const mostPieces = 8;

/** What of a pattern is said in every message of it, in order; pieces without a letter say nothing. */
export const literalPieces = (pattern: string): readonly string[] =>
  pattern
    .split(placeholder)
    .map((piece) => piece.trim())
    .filter((piece) => /\p{L}/u.test(piece))
    .slice(0, mostPieces);

/** Finds messages of the pattern by the phrases in it. Undefined when there are none. */
export function patternCondition({ language }: Search, pattern: string, kind: 'is' | 'isNot'): string | undefined {
  const conditions = [...new Set(literalPieces(pattern))].map((piece) => conditionText(language, 'msg', piece, 'is'));
  if (conditions.length === 0) return undefined;
  const joined = conditions.join(' AND ');
  if (kind === 'is') return joined;
  return conditions.length === 1 ? `NOT ${joined}` : `NOT (${joined})`;
}

/** How often now against before, in few words. */
export function changeText(count: number, before: number): string {
  if (before === 0) return 'NEW';
  if (count === 0) return 'GONE';
  const factor = count / before;
  if (factor >= 1.5) return `× ${factor >= 10 ? Math.round(factor) : Number(factor.toFixed(1))}`;
  if (factor <= 1 / 1.5) return `÷ ${factor <= 0.1 ? Math.round(1 / factor) : Number((1 / factor).toFixed(1))}`;
  return 'as before';
}
