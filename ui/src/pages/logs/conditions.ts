import type { Search } from '../../state/search-query.ts';
import { conditionText } from '../../state/use-search.ts';

const parts = (text: string): readonly string[] => (text.trim() === '' ? [] : text.trim().split(' AND '));

/** Whether the search has this condition as a part of its own. */
export const hasCondition = (search: Search, condition: string): boolean => parts(search.text).includes(condition);

/** Adds a condition, or takes it away when it is there. */
export function toggledCondition(search: Search, condition: string): string {
  const before = parts(search.text);
  if (before.includes(condition)) return before.filter((part) => part !== condition).join(' AND ');
  const text = search.text.trim();
  if (text === '') return condition;
  return `${/\bOR\b/i.test(text) && !isEnclosed(text) ? `(${text})` : text} AND ${condition}`;
}

/** Every OR stands within parentheses or quotes. */
function isEnclosed(text: string): boolean {
  let depth = 0;
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"|\\.|[()]|\bor\b/gi)) {
    if (piece === '(') depth += 1;
    else if (piece === ')') depth -= 1;
    else if (depth === 0 && /^or$/i.test(piece)) return false;
  }
  return true;
}

/** One of several values of a field. */
export function anyOfText(search: Search, field: string, values: readonly string[]): string {
  const conditions = values.map((value) => conditionText(search.language, field, value, 'is'));
  return conditions.length === 1 ? (conditions[0] as string) : `(${conditions.join(' OR ')})`;
}

/** From `least` up to, but not including, `most`; an open end is undefined. */
export function rangeText({ language }: Search, field: string, least: number, most: number | undefined): string {
  if (language === 'kql') return `${field} >= ${least}${most === undefined ? '' : ` and ${field} < ${most}`}`;
  return `${field}:[${least} TO ${most ?? '*'}${most === undefined ? ']' : '}'}`;
}

/** Conditions of the search that are ranges of this field, as `rangeText` writes them. */
export const rangeConditions = (search: Search, field: string): readonly string[] =>
  parts(search.text).filter((part) => part.startsWith(search.language === 'kql' ? `${field} >= ` : `${field}:[`));
