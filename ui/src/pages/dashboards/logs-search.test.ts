import { expect, it } from 'vitest';
import { logsSearch } from './logs-search.ts';
import { everything, type Panel, type TextQuery } from './model/panel.ts';

const panel: Panel = {
  id: '1',
  title: '',
  place: { x: 0, y: 0, w: 1, h: 1 },
  index: 'logs-*',
  timeField: 'timestamp',
  query: everything,
  filters: [],
  content: { kind: 'logs', columns: [], sort: [] },
};
const lucene = (text: string): TextQuery => ({ language: 'lucene', text });
const said = (search: TextQuery, own: TextQuery, variables: Readonly<Record<string, readonly string[]>>, filters: Panel['filters'] = []) =>
  logsSearch(
    { ...panel, query: own, filters },
    {
      interval: { startMillis: 0, endMillis: 1 },
      search,
      dashboard: {
        query: everything,
        filters: [],
        variables: [
          { field: 'agent.name', label: 'Agent' },
          { field: 'level', label: 'Level' },
        ],
      },
      variables,
      steps: {},
    },
  )?.q;

it.each([
  [everything, everything, {}, ''],
  [lucene('a OR b'), everything, {}, 'a OR b'],
  [lucene('a OR b'), lucene('c'), {}, '(a OR b) AND c'],
  [everything, everything, { 'agent.name': ['x y'] }, 'agent.name:"x y"'],
  [lucene('a OR b'), everything, { 'agent.name': ['x', 'y'], level: [] }, '(a OR b) AND (agent.name:"x" OR agent.name:"y")'],
  [everything, everything, { 'agent.name': ['x'], level: ['ERROR', 'WARN'] }, 'agent.name:"x" AND (level:"ERROR" OR level:"WARN")'],
])('%j, a panel with %j and the variables %j are the search %s', (search, own, variables, expected) => {
  expect(said(search, own, variables)).toBe(expected);
});

it('is nothing where two languages or filters would have to be one text', () => {
  expect(said({ language: 'kql', text: 'a: 1' }, lucene('b'), {})).toBeUndefined();
  expect(said(everything, everything, {}, [{ term: { a: 1 } }])).toBeUndefined();
});
