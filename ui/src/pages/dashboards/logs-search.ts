import { anyOfText } from '../logs/conditions.ts';
import type { Panel, TextQuery } from './model/panel.ts';
import type { PanelContext } from './model/panel-request.ts';

/** The page of logs with the records of a panel; undefined when its query cannot be said in the words of one search bar. */
export function logsSearch(panel: Panel, context: PanelContext): Readonly<Record<string, string>> | undefined {
  const { search, dashboard, variables } = context;
  const said = [search, dashboard.query, panel.query].filter(({ text }) => text.trim() !== '');
  const language = said[0]?.language ?? 'lucene';
  const isOne = said.every((query) => query.language === language);
  if (!isOne || panel.filters.length > 0 || dashboard.filters.length > 0) return undefined;
  const chosen = dashboard.variables.flatMap(({ field }) => {
    const values = variables[field] ?? [];
    return values.length === 0 ? [] : [anyOfText({ text: '', language }, field, values)];
  });
  const parts = said.length + chosen.length === 1 ? said.map(({ text }) => text.trim()) : said.map(bracketed);
  return { q: [...parts, ...chosen].join(' AND '), lang: language === 'kql' ? 'kql' : '', index: panel.index };
}

const bracketed = ({ text }: TextQuery): string => (/\s/.test(text.trim()) ? `(${text.trim()})` : text.trim());
