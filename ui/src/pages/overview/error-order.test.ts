import { expect, it } from 'vitest';
import type { ChangedError } from '../../api/changes.ts';
import { newestFirst } from './error-order.ts';

const error = (message: string, change: ChangedError['change'], count: number, firstMillis: number | null): ChangedError => ({
  message,
  pattern: message,
  count,
  count_before: 0,
  change,
  agent: '',
  exception: '',
  trace_id: '',
  first: firstMillis === null ? null : new Date(firstMillis).toISOString(),
  last: null,
});

it('puts kinds of errors that began lately first, then new and frequent ones', () => {
  const sorted = newestFirst(
    [
      error('known', 'known', 900, 950),
      error('new long ago', 'new', 60, 10),
      error('more', 'more', 70, 0),
      error('new of unknown time', 'new', 61, null),
      error('just now', 'new', 2, 900),
      error('lately', 'new', 25, 700),
    ],
    { startMillis: 0, endMillis: 1000 },
  );
  expect(sorted.map(({ message }) => message)).toEqual(['lately', 'just now', 'new of unknown time', 'new long ago', 'more', 'known']);
});
