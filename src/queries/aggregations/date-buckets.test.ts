import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { timeZone } from '../../lib/dates/time-zone.ts';
import { calendarInterval, fixedInterval, parseDuration } from './buckets/date-interval.ts';
import { TestTable } from './testing/documents.ts';
import { at, smallDocuments } from './testing/small-documents.ts';
import { answerOf, bucketsOf, summary } from './testing/summary.ts';

const units = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
const fixedIntervalOf = (text: string) => (zone: string) => fixedInterval(parseDuration(text, 'x'), timeZone(zone), 0);
const calendarOf = (unit: (typeof units)[number]) => (zone: string) => calendarInterval(unit, timeZone(zone), 0);

const table = new TestTable(Session, smallDocuments);
afterAll(() => table.close());

const hour = 3_600_000;
const answer = (agg: unknown, where?: string) => answerOf(table, agg, where);
const buckets = (agg: unknown, where?: string) => bucketsOf(table, agg, where);

describe('date_histogram', () => {
  const dates = (more: object) => buckets({ date_histogram: { field: 'timestamp', ...more } }, "timestamp < '2024-04-02'");

  it('cuts days by the clocks of a zone', async () => {
    const expected = [
      ['2024-03-30T00:00:00.000+01:00', 1],
      ['2024-03-31T00:00:00.000+01:00', 2],
      ['2024-04-01T00:00:00.000+02:00', 1],
    ];
    expect(summary(await dates({ calendar_interval: 'day', time_zone: 'Europe/Berlin' }))).toEqual(expected);
    expect(summary(await dates({ fixed_interval: '1d', time_zone: 'Europe/Berlin' }))).toEqual(expected);
  });

  it.each([
    [
      { calendar_interval: 'day', time_zone: '+02:00', format: 'yyyy-MM-dd HH:mm' },
      [
        ['2024-03-31 00:00', 3],
        ['2024-04-01 00:00', 1],
      ],
    ],
    [{ calendar_interval: '1M', format: 'yyyy-MM' }, [['2024-03', 4]]],
    [{ calendar_interval: 'week', format: 'date' }, [['2024-03-25', 4]]],
    [{ calendar_interval: 'quarter', format: "yyyy-'Q'q" }, [['2024-Q1', 4]]],
    [{ interval: 'year', format: 'epoch_millis' }, [[String(Date.UTC(2024, 0)), 4]]],
    [
      { fixed_interval: '1d', offset: '6h', format: 'epoch_second' },
      [
        ['1711778400', 2],
        ['1711864800', 2],
      ],
    ],
    [
      { calendar_interval: 'day', offset: '+6h' },
      [
        ['2024-03-30T06:00:00.000Z', 2],
        ['2024-03-31T06:00:00.000Z', 2],
      ],
    ],
    [
      { fixed_interval: '12h', min_doc_count: 1 },
      [
        ['2024-03-30T12:00:00.000Z', 2],
        ['2024-03-31T12:00:00.000Z', 2],
      ],
    ],
    [
      { fixed_interval: '12h' },
      [
        ['2024-03-30T12:00:00.000Z', 2],
        ['2024-03-31T00:00:00.000Z', 0],
        ['2024-03-31T12:00:00.000Z', 2],
      ],
    ],
    [
      { calendar_interval: 'day', format: 'date', extended_bounds: { min: '2024-03-29', max: '2024-03-29||+3d' } },
      [
        ['2024-03-29', 0],
        ['2024-03-30', 2],
        ['2024-03-31', 2],
        ['2024-04-01', 0],
      ],
    ],
    [{ calendar_interval: 'day', format: 'date', hard_bounds: { min: '2024-03-31' } }, [['2024-03-31', 2]]],
    [
      { fixed_interval: '1d', order: { _count: 'desc', _key: 'desc' }, format: 'date' },
      [
        ['2024-03-31', 2],
        ['2024-03-30', 2],
      ],
    ],
    [
      { fixed_interval: '1d', order: { _key: 'desc' }, format: 'date' },
      [
        ['2024-03-31', 2],
        ['2024-03-30', 2],
      ],
    ],
  ])('%j', async (more, expected) => {
    expect(summary(await dates(more))).toEqual(expected);
  });

  it('can be keyed, and makes no more buckets than allowed', async () => {
    const keyed = await answer({ date_histogram: { field: 'timestamp', calendar_interval: 'month', format: 'yyyy-MM', keyed: true } });
    expect(Object.keys(keyed.buckets as object)).toEqual(['2024-03', '2024-04', '2024-05']);
    await expect(dates({ fixed_interval: '1ms', extended_bounds: { min: 0, max: '2024-01-01' } })).rejects.toMatchObject({
      type: 'too_many_buckets_exception',
    });
  });

  it('gives bounds their buckets without a document', async () => {
    const agg = { date_histogram: { field: 'timestamp', fixed_interval: '1h', extended_bounds: { min: 0, max: 2 * hour } } };
    expect((await buckets(agg, '0')).map((bucket) => bucket.key)).toEqual([0, hour, 2 * hour]);
    expect(await buckets({ date_histogram: { field: 'nothing', fixed_interval: '1h' } })).toEqual([]);
  });
});

describe('time before 1970 and over clock changes', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', '+05:30', '-03:00', 'Australia/Lord_Howe'];
  const intervals = [fixedIntervalOf('30m'), fixedIntervalOf('1h'), fixedIntervalOf('3h'), fixedIntervalOf('1d'), ...units.map(calendarOf)];

  it.each(zones)('SQL and the filling of gaps agree on the edges in %s', async (zone) => {
    const instants = Array.from({ length: 400 }, (_, index) => at('2024-03-01T00:10:00Z') + index * 50_000_000).concat([
      -1, 0, 1, -86_400_001, -100_000_000_123,
    ]);
    for (const make of intervals) {
      const interval = make(zone);
      const [row] = await table.select(
        `SELECT arrayMap(x -> toString(${interval.sql('x')}), [${instants.map((one) => `toInt64(${one})`).join(', ')}]) AS starts SETTINGS enable_extended_results_for_datetime_functions = 1`,
      );
      const starts = (row as { starts: string[] }).starts.map(Number);
      expect(starts).toEqual(instants.map(interval.start));
      // The next edge is after the instant, and a start is its own start.
      for (const [index, start] of starts.entries()) {
        expect(interval.start(start)).toBe(start);
        expect(interval.next(start)).toBeGreaterThan(instants[index] as number);
      }
    }
  });
});

describe('auto_date_histogram', () => {
  it.each([
    [3, '1M', ['2024-03-01', '2024-04-01', '2024-05-01']],
    [40, '1d', undefined],
    [1, '3M', ['2024-03-01']],
  ])('%i buckets', async (count, interval, expected) => {
    const found = await answer({ auto_date_histogram: { field: 'timestamp', buckets: count, format: 'date' } });
    expect(found.interval).toBe(interval);
    const all = found.buckets as { key_as_string: string; doc_count: number }[];
    if (expected !== undefined) expect(all.map((bucket) => bucket.key_as_string)).toEqual(expected);
    expect(all.reduce((sum, bucket) => sum + bucket.doc_count, 0)).toBe(5);
    expect(all.length).toBeLessThanOrEqual(count);
  });
});
