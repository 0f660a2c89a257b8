import { expect, it } from 'vitest';
import { termsOf } from './highlight-terms.ts';
import { parseQuery } from './parse-query.ts';

it('collects what a query looks for, by field', () => {
  const query = parseQuery({
    bool: {
      must: [{ match: { msg: 'Connection refused' } }, { match_phrase: { msg: 'by Peer' } }, { term: { level: 'ERROR' } }],
      filter: [{ range: { timestamp: { gte: 'now-1h' } } }],
      should: [{ query_string: { query: 'time* OR x?z OR wrod~1' } }, { match_bool_prefix: { msg: 'foo ba' } }],
      must_not: [{ match: { msg: 'debug' } }],
    },
  });
  const terms = Object.fromEntries(termsOf(query));
  expect(terms.msg).toMatchObject({ tokens: ['connection', 'refused', 'foo'], phrases: [['by', 'peer']], prefixes: ['ba'] });
  expect(terms.level).toMatchObject({ values: ['ERROR'], tokens: ['error'] });
  expect(terms['*']).toMatchObject({ prefixes: ['time'], patterns: [{ kind: 'wildcard', value: 'x?z' }], fuzzy: [{ token: 'wrod' }] });
  expect(Object.keys(terms)).toEqual(['msg', 'level', '*']);
});
