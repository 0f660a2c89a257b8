import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import type { Reading } from '../fields/field.ts';
import { toCondition } from './condition.ts';
import { anyField, matchQuery, patternQuery, phraseQuery, type Query, termQuery } from './query.ts';
import { type Sample, SampleTable, sampleFields } from './testing/sample-table.ts';

const table = new SampleTable(new Session());
afterAll(() => table.close());

const timestamp = '2024-01-15T10:00:00.000Z';
const samples = [
  { id: 'd0', timestamp, msg: 'Connection to db-primary refused', level: 'ERROR' },
  { id: 'd1', timestamp, msg: 'reconnected', note: 'connection pool of Größe 5', tags: ['db', 'primary'] },
  { id: 'd2', timestamp, tags: ['größe', 'db-primary 日本', ''] },
  { id: 'd3', timestamp, msg: 'größe', note: '', level: 'größe' },
  { id: 'd4', timestamp, note: 'primary db', level: 'INFO' },
  { id: 'd5', timestamp, level: 'Connected' },
  { id: 'd6', timestamp, note: 7 },
] as unknown as Sample[];

const fuzziness = { edits: 1, prefixLength: 0, transpositions: true };
const near = { edits: 1, prefixLength: 2, transpositions: true };

const queries: readonly (readonly [string, Query, readonly string[]])[] = [
  ['a prefix', patternQuery('prefix', anyField, 'conn'), ['d0', 'd1', 'd5']],
  ['a prefix in any case', patternQuery('wildcard', anyField, 'Conn*', { normalized: true }), ['d0', 'd1', 'd5']],
  ['a prefix beyond ASCII', patternQuery('wildcard', anyField, 'grö*', { normalized: true }), ['d1', 'd2', 'd3']],
  ['a piece of a word', patternQuery('wildcard', anyField, '*onnect*'), ['d0', 'd1', 'd5']],
  ['a character', patternQuery('wildcard', anyField, 'd?'), ['d0', 'd1', 'd2', 'd4']],
  ['a regular expression', patternQuery('regexp', anyField, 'conn.*n'), ['d0', 'd1']],
  ['a regular expression of nothing', patternQuery('regexp', anyField, 'x?'), ['d2', 'd3']],
  ['a fuzzy word', { kind: 'fuzzy', field: anyField, value: 'conection', fuzziness, normalized: true }, ['d0', 'd1']],
  ['a fuzzy start', { kind: 'fuzzy', field: anyField, value: 'größ', fuzziness: near, normalized: true }, ['d1', 'd2', 'd3']],
  ['a fuzzy match', matchQuery(anyField, 'primery', { fuzziness }), ['d0', 'd1', 'd2', 'd4']],
  ['a word', matchQuery(anyField, 'db'), ['d0', 'd1', 'd2', 'd4']],
  ['a word beyond ASCII', matchQuery(anyField, 'GRÖSSE Größe', {}), ['d1', 'd2', 'd3']],
  ['one word beyond ASCII', matchQuery(anyField, 'Größe'), ['d1', 'd2', 'd3']],
  ['a term beyond ASCII', termQuery(anyField, 'größe'), ['d1', 'd2', 'd3']],
  ['the start of a last word', matchQuery(anyField, 'prim', { prefixLast: true }), ['d0', 'd1', 'd2', 'd4']],
  ['a phrase within one value', phraseQuery(anyField, 'db-primary'), ['d0', 'd2']],
  ['a phrase beyond ASCII', phraseQuery(anyField, 'of Größe'), ['d1']],
  ['a phrase of other letters', phraseQuery(anyField, '日本'), ['d2']],
  ['a sloppy phrase', phraseQuery(anyField, 'db primary', { slop: 2 }), ['d0', 'd2', 'd4']],
  ['a phrase with an open end', phraseQuery(anyField, 'db prim', { prefix: true }), ['d0', 'd2']],
];

describe('a search in every text', () => {
  it.each(queries)('finds %s in exactly the rows in which one of the readings has it', (_, query, expected) => {
    table.fill(samples);
    const ids = (searchable: readonly Reading[]) => table.ids(toCondition(query, { ...sampleFields, searchable }, { now: 0 }));
    expect(ids(sampleFields.searchable)).toEqual(expected);
    const one = sampleFields.searchable.flatMap((reading) => ids([reading]));
    expect([...new Set(one)].sort()).toEqual(expected);
  });

  // Terms and several words beyond ASCII are still looked up reading by reading.
  const once = queries.filter(([name]) => !['a word beyond ASCII', 'a term beyond ASCII'].includes(name));
  it.each(once)('splits words by the regular expression once for %s, however many readings there are', (_, query) => {
    const [msg, ...others] = sampleFields.searchable;
    const many = Array.from({ length: 50 }, (_, at): Reading => ({ sql: `column_${at}`, type: 'string', array: false, missing: 'null' }));
    const condition = toCondition(query, { ...sampleFields, searchable: [msg as Reading, ...others, ...many] }, { now: 0 });
    expect(condition.split('extractAll(').length - 1).toBeLessThanOrEqual(1);
  });
});
