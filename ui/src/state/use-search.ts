import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { type QueryLanguage, type Search, searchOf } from './search-query.ts';
import { useSetUrlState } from './use-url-state.ts';

export type FilterKind = 'is' | 'isNot' | 'only' | 'exists' | 'notExists';

const special = /[\\"]/g;
const quoted = (value: string) => `"${value.replace(special, '\\$&')}"`;
const fieldName = (field: string) => field.replace(/[\s:\\"()]/g, '\\$&');

/** One condition in the words of the search bar. `value` is matched as a phrase. */
export function conditionText(language: QueryLanguage, field: string, value: string, kind: FilterKind): string {
  const name = fieldName(field);
  const exists = language === 'kql' ? `${name}:*` : `_exists_:${name}`;
  if (kind === 'exists') return exists;
  if (kind === 'notExists') return `NOT ${exists}`;
  const condition = `${name}:${quoted(value)}`;
  return kind === 'isNot' ? `NOT ${condition}` : condition;
}

/** The search with one more condition; the same condition twice changes nothing. */
export function withCondition(search: Search, field: string, value: string, kind: FilterKind): string {
  const condition = conditionText(search.language, field, value, kind);
  const before = kind === 'only' ? '' : search.text.trim();
  if (before === '') return condition;
  const parts = before.split(' AND ');
  if (parts.includes(condition)) return before;
  return `${/\bOR\b/i.test(before) ? `(${before})` : before} AND ${condition}`;
}

/** The one search bar of the frame; it carries over from page to page. */
export function useSearch(): Readonly<{
  search: Search;
  setSearch: (search: Search) => void;
  addFilter: (field: string, value: string, kind: FilterKind) => void;
}> {
  const [parameters] = useSearchParams();
  const set = useSetUrlState();
  const { text, language } = searchOf(parameters);
  const search = useMemo(() => ({ text, language }), [text, language]);
  const setSearch = useCallback((wanted: Search) => set({ q: wanted.text, lang: wanted.language === 'kql' ? 'kql' : undefined }), [set]);
  const addFilter = useCallback(
    (field: string, value: string, kind: FilterKind) => set({ q: withCondition(search, field, value, kind) }),
    [set, search],
  );
  return { search, setSearch, addFilter };
}
