import { describe, expect, it } from 'vitest';
import { testFields } from '../aggregations/testing/documents.ts';
import { allOf, anyOf, boolQuery, matchAll, type Query, rangeQuery, termQuery } from './query.ts';
import { splitRecordTime } from './split-record-time.ts';

const error = termQuery('level', 'ERROR');
const from = (iso: string) => rangeQuery('timestamp', { gte: iso });
const until = (iso: string) => rangeQuery('timestamp', { lt: iso });
const nanos = (iso: string) => BigInt(Date.parse(iso)) * 1_000_000n;
const one = '2024-03-30T00:00:00.500Z';
const two = '2024-03-31T00:00:00Z';

describe('what a query asks of the time', () => {
  it.each<[string, Query, bigint | undefined, bigint | undefined, Query]>([
    ['a range alone', from(one), nanos(one), undefined, matchAll],
    ['both ends', allOf([from(one), until(two)]), nanos(one), nanos(two) - 1n, allOf([matchAll, matchAll])],
    ['the tighter of two', allOf([from(one), from(two), error]), nanos(two), undefined, allOf([matchAll, matchAll, error])],
    [
      'in must and in filter',
      boolQuery({ must: [from(one)], filter: [until(two)], should: [error] }),
      nanos(one),
      nanos(two) - 1n,
      boolQuery({ must: [matchAll], filter: [matchAll], should: [error] }),
    ],
    ['deeper down', allOf([error, allOf([from(one)])]), nanos(one), undefined, allOf([error, matchAll])],
    ['nothing below should', anyOf([from(one), error]), undefined, undefined, anyOf([from(one), error])],
    ['nothing below must_not', boolQuery({ mustNot: [from(one)] }), undefined, undefined, boolQuery({ mustNot: [from(one)] })],
    ['another field', rangeQuery('retries', { gte: 1 }), undefined, undefined, rangeQuery('retries', { gte: 1 })],
    ['a pattern', rangeQuery('time*', { gte: one }), undefined, undefined, rangeQuery('time*', { gte: one })],
    ['without bounds', rangeQuery('timestamp', {}), undefined, undefined, matchAll],
  ])('%s', (_, query, start, end, rest) => {
    expect(splitRecordTime(query, testFields, { now: 0 })).toEqual({ time: { from: start, to: end }, rest });
  });
});
