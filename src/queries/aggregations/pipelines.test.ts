import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { type TestDocument, TestTable } from './testing/documents.ts';
import { runOn } from './testing/run.ts';

const none = { agent: undefined, method: undefined, status: undefined, ok: undefined, location: undefined, tags: [], sizes: [] };
const hour = 3_600_000;

/** Hours 0, 1, 2 and 4 hold 2, 4, 1 and 3 documents with durations that sum to 10, 40, 20 and 90; hour 3 is empty. */
const documents: readonly TestDocument[] = [
  [0, 4],
  [0, 6],
  [1, 10],
  [1, 10],
  [1, 10],
  [1, 10],
  [2, 20],
  [4, 30],
  [4, 30],
  [4, 30],
].map(([at = 0, duration], index) => ({
  id: String(index),
  timestamp: at * hour,
  level: at < 2 ? 'INFO' : 'WARN',
  msg: 'm',
  retries: at,
  duration,
  ...none,
}));

const table = new TestTable(Session, documents);
afterAll(() => table.close());

type Bucket = Record<string, unknown> & { key: number; p?: { value: unknown } };

async function inHours(pipeline: object): Promise<readonly Bucket[]> {
  const aggs = { s: { sum: { field: 'request.duration_ms' } }, a: { avg: { field: 'request.duration_ms' } }, p: pipeline };
  const answer = await runOn(table, { h: { date_histogram: { field: 'timestamp', fixed_interval: '1h' }, aggs } });
  return (answer.h as { buckets: Bucket[] }).buckets;
}

const moving = (script: string, more: object = {}) => ({ moving_fn: { buckets_path: 's', window: 2, script, ...more } });

describe('pipelines inside buckets', () => {
  it.each([
    [{ derivative: { buckets_path: '_count' } }, [undefined, 2, -3, -1, 3]],
    [{ derivative: { buckets_path: 's' } }, [undefined, 30, -20, null, null]],
    [{ derivative: { buckets_path: 's', gap_policy: 'insert_zeros' } }, [undefined, 30, -20, -20, 90]],
    [{ cumulative_sum: { buckets_path: 's' } }, [10, 50, 70, 70, 160]],
    [{ cumulative_sum: { buckets_path: '_count' } }, [2, 6, 7, 7, 10]],
    [{ serial_diff: { buckets_path: '_count', lag: 2 } }, [undefined, undefined, -1, -4, 2]],
    [moving('MovingFunctions.unweightedAvg(values)'), [null, 10, 25, undefined, 30]],
    [moving('MovingFunctions.sum(values)', { shift: 1 }), [10, 50, 60, undefined, 110]],
    [moving('MovingFunctions.max(values)', { gap_policy: 'insert_zeros' }), [null, 10, 40, 40, 20]],
    [moving('return MovingFunctions.min(values);', { window: 9 }), [null, 10, 10, undefined, 10]],
    [moving('MovingFunctions.stdDev(values, MovingFunctions.unweightedAvg(values))'), [null, 0, 15, undefined, 10]],
    [moving('MovingFunctions.linearWeightedAvg(values)'), [null, 5, 22.5, undefined, 20]],
    [moving('MovingFunctions.ewma(values, 0.5)'), [null, 10, 25, undefined, 30]],
    [moving('MovingFunctions.holt(values, 0.5, 0.5)'), [null, 10, 25, undefined, 30]],
    [{ moving_avg: { buckets_path: 's', window: 2 } }, [10, 25, 30, undefined, 55]],
    [{ bucket_script: { buckets_path: { total: 's', n: '_count' }, script: 'params.total / params.n' } }, [5, 10, 20, undefined, 30]],
    [
      { bucket_script: { buckets_path: { t: 's' }, script: { source: 't > params.big ? Math.max(t, 50) : -t', params: { big: 15 } } } },
      [-10, 50, 50, undefined, 90],
    ],
    [{ normalize: { buckets_path: 's', method: 'percent_of_sum' } }, [10 / 160, 40 / 160, 20 / 160, null, 90 / 160]],
    [{ normalize: { buckets_path: '_count', method: 'rescale_0_100' } }, [50, 100, 25, 0, 75]],
  ])('%j', async (pipeline, expected) => {
    expect((await inHours(pipeline)).map((bucket) => bucket.p?.value)).toEqual(expected);
  });

  it('derivative per unit, and of a derivative', async () => {
    const aggs = {
      s: { sum: { field: 'request.duration_ms' } },
      second: { derivative: { buckets_path: 'first' } },
      first: { derivative: { buckets_path: 's', unit: '1m' } },
    };
    const answer = await runOn(table, { h: { date_histogram: { field: 'timestamp', fixed_interval: '1h' }, aggs } });
    const { buckets } = answer.h as { buckets: { first?: unknown; second?: unknown }[] };
    expect(buckets[1]).toMatchObject({ first: { value: 30, normalized_value: 0.5 }, second: { value: null } });
    expect(buckets[2]).toMatchObject({ first: { value: -20 }, second: { value: -50 } });
  });

  it.each([
    [{ bucket_selector: { buckets_path: { n: '_count' }, script: 'params.n >= 2 && !(params.n == 4)' } }, [0, 4]],
    [{ bucket_selector: { buckets_path: { a: 'a' }, script: "params['a'] > 9 || a < 6" } }, [0, 1, 2, 4]],
    [{ bucket_sort: { sort: [{ s: { order: 'desc' } }], size: 2 } }, [4, 1]],
    [{ bucket_sort: { sort: ['_count', { _key: 'desc' }], from: 1, size: 2 } }, [2, 0]],
    [{ bucket_sort: { from: 3 } }, [3, 4]],
  ])('%j keeps hours %j', async (pipeline, hours) => {
    expect((await inHours(pipeline)).map((bucket) => bucket.key / hour)).toEqual(hours);
  });
});

describe('pipelines beside buckets', () => {
  const levels = {
    terms: { field: 'level' },
    aggs: { s: { sum: { field: 'request.duration_ms' } }, p: { percentiles: { field: 'request.duration_ms', percents: [50] } } },
  };

  it.each([
    [{ avg_bucket: { buckets_path: 'l>s' } }, { value: 80 }],
    [{ sum_bucket: { buckets_path: 'l>_count' } }, { value: 10 }],
    [{ max_bucket: { buckets_path: 'l>s' } }, { value: 110, keys: ['WARN'] }],
    [{ min_bucket: { buckets_path: 'l>s.value' } }, { value: 50, keys: ['INFO'] }],
    [{ max_bucket: { buckets_path: 'l>p[50.0]' } }, { value: 30, keys: ['WARN'] }],
    [{ max_bucket: { buckets_path: 'l>p.50' } }, { value: 30, keys: ['WARN'] }],
    [{ stats_bucket: { buckets_path: 'l>s' } }, { count: 2, min: 50, max: 110, avg: 80, sum: 160 }],
    [{ percentiles_bucket: { buckets_path: 'l>s', percents: [10, 90] } }, { values: { '10.0': 50, '90.0': 110 } }],
  ])('%j', async (pipeline, expected) => {
    expect((await runOn(table, { x: pipeline, l: levels })).x).toEqual(expected);
  });

  it('extended_stats_bucket', async () => {
    const answer = await runOn(table, { x: { extended_stats_bucket: { buckets_path: 'l>s', sigma: 1 } }, l: levels });
    expect(answer.x).toMatchObject({ variance: 900, std_deviation: 30, std_deviation_bounds: { upper: 110, lower: 50 } });
  });

  it('reads through filters', async () => {
    const aggs = { f: { filter: { sql: "level = 'WARN'" }, aggs: { l: levels } }, x: { max_bucket: { buckets_path: 'f>l>s' } } };
    expect((await runOn(table, aggs)).x).toEqual({ value: 110, keys: ['WARN'] });
  });
});
