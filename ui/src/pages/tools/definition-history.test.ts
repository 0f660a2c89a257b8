import { expect, it } from 'vitest';
import { changedAt, type HistoryAnswer } from './definition-history.ts';

const answer = (firsts: readonly number[]): HistoryAnswer => ({
  aggregations: {
    marks: { buckets: firsts.map((value, at) => ({ key: `${at} t`, doc_count: 1, first: { value }, last: { value: value + 1 } })) },
  },
});

it.each([
  [[], []],
  [[5], []],
  [
    [30, 10, 20],
    [20, 30],
  ],
])('texts first seen at %j changed the definition at %j', (firsts, expected) => {
  expect(changedAt(answer(firsts))).toEqual(expected);
});

it('nothing changed where no list of tools was seen', () => {
  expect(changedAt({})).toEqual([]);
});
