import { describe, expect, it } from 'vitest';
import { columnTimes, gapsOf, histogramOf, levelName } from './histogram-columns.ts';

describe('columnTimes', () => {
  it.each([
    [{ startMillis: 1005, endMillis: 1030 }, 10, [1000, 1010, 1020]],
    [{ startMillis: 1000, endMillis: 1031 }, 10, [1000, 1010, 1020, 1030]],
    [{ startMillis: 1000, endMillis: 1001 }, 10, [1000]],
  ])('covers %j', (interval, step, times) => {
    expect(columnTimes(interval, step)).toEqual(times);
  });
});

describe('histogramOf', () => {
  it('puts spellings of a level together and counts records without one', () => {
    const bucket = {
      key: 10,
      doc_count: 9,
      levels: {
        buckets: [
          { key: 'ERROR', doc_count: 2 },
          { key: 'err', doc_count: 3 },
        ],
      },
    };
    const { levels, totals } = histogramOf([bucket, { key: 999, doc_count: 5 }], { startMillis: 0, endMillis: 30 }, 10);
    expect(totals).toEqual([0, 9, 0]);
    expect(levels).toEqual([
      { name: 'Error', values: [0, 5, 0], total: 5, spellings: ['ERROR', 'err'] },
      { name: 'No level', values: [0, 4, 0], total: 4, spellings: [] },
    ]);
  });

  it.each([
    ['', 'No level'],
    ['Warning', 'Warning'],
    ['critical', 'Fatal'],
    ['notice', 'Info'],
    ['__proto__', 'Info'],
  ])('calls %j %s', (level, name) => {
    expect(levelName(level)).toBe(name);
  });
});

describe('gapsOf', () => {
  const times = [0, 10, 20, 30, 40];
  const interval = { startMillis: 0, endMillis: 50 };
  it.each([
    ['a hole', [50, 0, 0, 50, 50], 100, [{ startMillis: 10, endMillis: 30, why: 'nothing stored' }]],
    ['rare records', [1, 0, 0, 1, 1], 100, []],
    ['the time ahead', [50, 50, 50, 0, 0], 33, [{ startMillis: 33, endMillis: 50, why: 'ahead' }]],
    ['nothing at all', [0, 0, 0, 0, 0], 100, [{ startMillis: 0, endMillis: 50, why: 'nothing stored' }]],
  ])('finds %s', (_name, totals, now, gaps) => {
    expect(gapsOf(totals, times, 10, interval, now)).toEqual(gaps);
  });
});
