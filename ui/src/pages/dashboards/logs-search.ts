import type { Search } from '../../state/search-query.ts';
import { conditionText, withCondition } from '../../state/use-search.ts';
import type { Panel, TextQuery } from './model/panel.ts';
import type { PanelContext } from './model/panel-request.ts';

/** The page of logs with the records of a panel; undefined when its query cannot be said in the words of one search bar. */
export function logsSearch(panel: Panel, context: PanelContext): Readonly<Record<string, string>> | undefined {
  const { search, dashboard, variables } = context;
  const said = [search, dashboard.query, panel.query].filter(({ text }) => text.trim() !== '');
  const language = said[0]?.language ?? 'lucene';
  const isOne = said.every((query) => query.language === language);
  if (!isOne || panel.filters.length > 0 || dashboard.filters.length > 0) return undefined;
  const text = said.map(bracketed).join(' AND ');
  const all = dashboard.variables.reduce<Search>(
    (before, { field }) => {
      const value = variables[field] ?? '';
      return value === ''
        ? before
        : { language, text: before.text === '' ? conditionText(language, field, value, 'is') : withCondition(before, field, value, 'is') };
    },
    { text: said.length === 1 ? (said[0] as TextQuery).text.trim() : text, language },
  );
  return { q: all.text, lang: language === 'kql' ? 'kql' : '', index: panel.index };
}

const bracketed = ({ text }: TextQuery): string => (/\s/.test(text.trim()) ? `(${text.trim()})` : text.trim());
