import { expect, it } from 'vitest';
import { nearestName } from './nearest-name.ts';

const names = ['search', 'tail', 'export', 'store.memoryBytes', 'store.maxDiskBytes'];

it.each([
  ['serach', 'search'],
  ['EXPORT', 'export'],
  ['tial', 'tail'],
  ['store.memoryByte', 'store.memoryBytes'],
  ['memoryBytes', 'store.memoryBytes'],
  ['zzzzzz', undefined],
  ['', undefined],
  ['constructor', undefined],
  ['s'.repeat(100_000), undefined],
])('takes %.40j for %j', (name, expected) => {
  expect(nearestName(name, names)).toBe(expected);
});
