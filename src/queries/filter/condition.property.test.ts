import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { toCondition } from './condition.ts';
import { boolQuery, matchQuery, patternQuery, phraseQuery, type Query, rangeQuery, termQuery } from './query.ts';
import { evaluate } from './testing/evaluate-query.ts';
import { type Sample, SampleTable, sampleFields } from './testing/sample-table.ts';

const table = new SampleTable(new Session());
afterAll(() => table.close());

const word = fc.constantFrom(
  'error',
  'errors',
  'Error',
  'timeout',
  'weather-agent',
  'foo.bar',
  'foo',
  'error_code',
  '10.0.0.1',
  "don't",
  'größe',
  'GRÖSSE',
  'naïve',
  '日本',
  'a:b',
  'x',
  '500',
  '0.5',
  'true',
  'TIMEOUT',
  'eror',
  'tiemout',
);
const separator = fc.constantFrom(' ', ' ', ', ', '—', ' (', ') ', '\n', '…', ' = ');
const text = fc.array(fc.tuple(word, separator), { minLength: 1, maxLength: 5 }).map((parts) => parts.flat().slice(0, -1).join(''));
const scalar = fc.oneof(text, fc.integer({ min: -3, max: 3 }), fc.constantFrom(0.5, -1.25, 1.5), fc.boolean());
const big = fc.constantFrom(0n, 1n, -1n, 500n, 9007199254740993n, 9007199254740992n, 9223372036854775807n);
const time = fc.constantFrom(
  '2024-01-15T10:00:00.000Z',
  '2024-01-15T10:00:00.001Z',
  '2024-01-15T23:59:59.999Z',
  '2024-02-29T00:00:00.000Z',
);

const sample = fc.record(
  {
    level: fc.constantFrom('ERROR', 'INFO', 'WARNING'),
    msg: text,
    note: scalar,
    tags: fc.array(text, { maxLength: 3 }),
    count: big,
    counts: fc.array(big, { maxLength: 3 }),
    ratio: fc.constantFrom(0, 0.5, -1.25, 1e20),
    ok: fc.boolean(),
    short: fc.constantFrom('abc', 'abcde', 'abcdef', '10.0.0.1'),
    timestamp: time,
    at: time,
  },
  { requiredKeys: ['timestamp'] },
);
const samples = fc
  .array(sample, { minLength: 1, maxLength: 8 })
  .map((list) => list.map((item, index) => ({ ...item, id: `d${index}` }) as Sample));

const textField = fc.constantFrom('msg', 'note', 'tags', 'level', 'short', '*', 'unknown');
const fuzziness = fc.constantFrom(
  { edits: 1, prefixLength: 0, transpositions: true },
  { edits: { low: 3, high: 6 }, prefixLength: 0, transpositions: true },
);
const wildcard = fc.constantFrom('*', 'e*', '*rror*', 'e?ror', '*o*', 'gr?ße', '10.*', '*.bar', 'foo', '*日*', 'a*e', '?');
const regexp = fc.constantFrom('err.*', '[a-z]+', 'e(r|rr)or', '.*o.?', 'gr.{2}e', '[0-9]{3}', 'x?', 'error_.+');
const number = fc.constantFrom(0, 1, -1, 500, 2, 3, 9007199254740993n);
const bounds = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof(fc.record({ gte: value, lt: value }), fc.record({ gt: value }), fc.record({ lte: value }), fc.record({ gt: value, lte: value }));

const leaf: fc.Arbitrary<Query> = fc.oneof(
  fc.tuple(textField, fc.oneof(word, text, fc.constantFrom('ERROR', 'abcdef', 'abc'))).map(([field, value]) => termQuery(field, value)),
  fc.tuple(textField, fc.array(word, { maxLength: 3 })).map(([field, values]) => ({ kind: 'terms', field, values }) as const),
  fc.tuple(fc.constantFrom('count', 'counts', 'note'), number).map(([field, value]) => termQuery(field, value)),
  fc
    .tuple(fc.constantFrom('count', 'counts'), fc.array(number, { maxLength: 3 }))
    .map(([field, values]) => ({ kind: 'terms', field, values }) as const),
  fc.tuple(fc.constantFrom('ratio', 'note'), fc.constantFrom(0.5, -1.25, 1e20)).map(([field, value]) => termQuery(field, value)),
  fc.tuple(fc.constantFrom('ok', 'note'), fc.boolean()).map(([field, value]) => termQuery(field, value)),
  fc.tuple(fc.constantFrom('count', 'counts'), bounds(number)).map(([field, range]) => rangeQuery(field, range)),
  bounds(fc.constantFrom(0, 0.25, -2, 1e19)).map((range) => rangeQuery('ratio', range)),
  fc.tuple(fc.constantFrom('level', 'tags', 'short'), bounds(word)).map(([field, range]) => rangeQuery(field, range)),
  fc.tuple(fc.constantFrom('timestamp', 'at'), bounds(time)).map(([field, range]) => rangeQuery(field, range)),
  fc
    .tuple(textField, text, fc.constantFrom('or', 'and'))
    .map(([field, value, operator]) => matchQuery(field, value, { operator: operator as 'or' | 'and' })),
  fc.tuple(fc.constantFrom('msg', '*'), word, fuzziness).map(([field, value, near]) => matchQuery(field, value, { fuzziness: near })),
  fc.tuple(fc.constantFrom('msg', 'tags', '*'), text).map(([field, value]) => phraseQuery(field, value)),
  fc
    .tuple(fc.constantFrom('msg', 'tags'), fc.uniqueArray(word, { minLength: 2, maxLength: 3 }), fc.nat(3), fc.boolean())
    .map(([field, words, slop, prefix]) => phraseQuery(field, words.join(' '), { slop, prefix })),
  fc
    .tuple(textField, fc.constantFrom('e', 'err', 'grö', 'foo.', '10', 'E', '日', ''))
    .map(([field, value]) => patternQuery('prefix', field, value)),
  fc.tuple(textField, wildcard).map(([field, value]) => patternQuery('wildcard', field, value)),
  fc.tuple(textField, regexp).map(([field, value]) => patternQuery('regexp', field, value)),
  fc
    .tuple(fc.constantFrom('msg', 'level', 'tags'), word, fuzziness)
    .map(([field, value, near]) => ({ kind: 'fuzzy', field, value, fuzziness: near, normalized: false }) as const),
  fc
    .constantFrom('level', 'msg', 'note', 'tags', 'count', 'counts', 'ok', 'short', 'at', 'timestamp', 'unknown')
    .map((field) => ({ kind: 'exists', field }) as const),
  fc.array(fc.constantFrom('d0', 'd1', 'd9'), { maxLength: 2 }).map((values) => ({ kind: 'ids', values }) as const),
);

const { query } = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: leaf, weight: 4 },
    {
      arbitrary: fc
        .tuple(...[0, 1, 2, 3].map(() => fc.array(tie('query'), { maxLength: 2 })), fc.constantFrom(undefined, '0', '1', '2'))
        .map(([must, filter, should, mustNot, minimumShouldMatch]) =>
          boolQuery({ must, filter, should, mustNot, minimumShouldMatch } as Parameters<typeof boolQuery>[0]),
        ),
      weight: 2,
    },
  ),
}));

it('selects the same documents as the definition, with and without the index', { timeout: 240_000 }, () => {
  fc.assert(
    fc.property(samples, fc.array(query, { minLength: 12, maxLength: 12 }), (documents, queries) => {
      table.fill(documents);
      const conditions = queries.map((item) => toCondition(item, sampleFields, { now: 0 }));
      // Outside WHERE no index takes part; a condition is never NULL, so its negation is the rest.
      const columns = conditions.flatMap((condition) => [`arraySort(groupArrayIf(_id, ${condition}))`, `countIf(NOT ${condition})`]);
      const cells = JSON.parse(table.query(`SELECT ${columns.join(', ')} FROM sample.rows FORMAT JSONCompactEachRow`)) as unknown[];
      queries.forEach((item, index) => {
        const expected = documents.filter((document) => evaluate(item, document)).map(({ id }) => id);
        const label = JSON.stringify(item, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
        expect(cells[2 * index], label).toEqual(expected);
        expect(Number(cells[2 * index + 1]), label).toBe(documents.length - expected.length);
        expect(table.ids(conditions[index] as string), label).toEqual(expected);
      });
    }),
    randomCases(5),
  );
});

it('finds words that stand in different values of an array', () => {
  table.fill([{ id: 'd0', timestamp: '2024-01-15T10:00:00.000Z', tags: ['naïve', 'error_code'] }] as unknown as Sample[]);
  for (const value of ['error_code naïve', 'naïve error_code', 'error_code', 'naïve'])
    for (const field of ['tags', '*'])
      expect(table.ids(toCondition(matchQuery(field, value, { operator: 'and' }), sampleFields, { now: 0 })), `${field}: ${value}`).toEqual(
        ['d0'],
      );
});
