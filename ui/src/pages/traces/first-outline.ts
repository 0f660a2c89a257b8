import type { Question } from '../../api/early-answers.ts';

export const outlinePath = (id: string): string => `/api/traces/${encodeURIComponent(id)}/outline`;

/** What the page of one trace asks for first; `below` is its path behind `/traces`. Nothing for what is no page of one trace. */
export function firstOutline([id, ...further]: readonly string[]): readonly Question[] {
  if (id === undefined || !/^[\w-]+$/.test(id) || further.some((part) => part !== '')) return [];
  return [{ method: 'GET', path: outlinePath(id) }];
}
