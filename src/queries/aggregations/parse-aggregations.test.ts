import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAggregations } from './parse-aggregations.ts';
import { parseExpression } from './pipelines/expression.ts';
import { randomDocuments, TestTable } from './testing/documents.ts';
import { runOn } from './testing/run.ts';

const table = new TestTable(Session, randomDocuments(1, 20));
afterAll(() => table.close());

const max = { max: { field: 'retries' } };

describe('requests that are refused', () => {
  it.each([
    [[], 'parsing_exception', 'must be an object'],
    ['x', 'parsing_exception', 'must be an object'],
    [{ 'a[b]': max }, 'parsing_exception', 'Invalid aggregation name [a[b]]'],
    [{ 'a>b': max }, 'parsing_exception', 'Invalid aggregation name [a>b]'],
    [{ x: {} }, 'parsing_exception', 'Missing definition for aggregation [x]'],
    [{ x: 3 }, 'parsing_exception', 'starts with a [VALUE_NUMBER], expected a [START_OBJECT]'],
    [{ x: { foo: {} } }, 'parsing_exception', 'Unknown aggregation type [foo]'],
    [{ x: { term: { field: 'level' } } }, 'parsing_exception', 'Unknown aggregation type [term] did you mean [terms]?'],
    [{ x: { __proto__x: {} } }, 'parsing_exception', 'Unknown aggregation type [__proto__x]'],
    [{ x: { constructor: {} } }, 'parsing_exception', 'Unknown aggregation type [constructor]'],
    [{ x: { scripted_metric: {} } }, 'illegal_argument_exception', 'Aggregation type [scripted_metric] is not supported'],
    [{ x: { ip_range: { field: 'a' } } }, 'illegal_argument_exception', 'Aggregation type [ip_range] is not supported'],
    [
      { x: { max: { field: 'a' }, min: { field: 'a' } } },
      'parsing_exception',
      'Found two aggregation type definitions in [x]: [max] and [min]',
    ],
    [{ x: { max: [] } }, 'parsing_exception', 'Expected [START_OBJECT] under [max], but got a [START_ARRAY] in [x]'],
    [{ x: { max: {} } }, 'illegal_argument_exception', 'Required one of fields [field, script], but none were specified.'],
    [{ x: { max: { field: 'a', script: '1' } } }, 'illegal_argument_exception', 'uses a [script], which meshscope does not run'],
    [{ x: { max: { field: 'a', nonsense: 1 } } }, 'x_content_parse_exception', '[max] unknown field [nonsense]'],
    [{ x: { ...max, aggs: { y: max } } }, 'illegal_argument_exception', 'Aggregator [x] of type [max] cannot accept sub-aggregations'],
    [{ x: { terms: { field: 'a', size: 0 } } }, 'illegal_argument_exception', '[size] must be greater than 0. Found [0] in [x]'],
    [{ x: { terms: { field: 'a', order: { _count: 'up' } } } }, 'parsing_exception', 'Unknown order direction [up]'],
    [{ x: { terms: { field: 'a', include: '(' } } }, 'illegal_argument_exception', 'failed to parse regexp [(]'],
    [{ x: { terms: { field: 'a', include: 'a~b' } } }, 'illegal_argument_exception', 'operator [~] is not supported'],
    [{ x: { date_histogram: { field: 'a' } } }, 'illegal_argument_exception', 'Invalid interval specified'],
    [
      { x: { date_histogram: { field: 'a', calendar_interval: '2d' } } },
      'illegal_argument_exception',
      'The supplied interval [2d] could not be parsed as a calendar interval.',
    ],
    [{ x: { date_histogram: { field: 'a', fixed_interval: '1M' } } }, 'illegal_argument_exception', 'with value [1M] as a time value'],
    [
      { x: { date_histogram: { field: 'a', fixed_interval: '1h', time_zone: 'Mars/Base' } } },
      'illegal_argument_exception',
      'Unknown time-zone ID: Mars/Base',
    ],
    [{ x: { percentiles: { field: 'a', percents: [] } } }, 'illegal_argument_exception', '[percents] must not be empty'],
    [{ x: { percentiles: { field: 'a', percents: [101] } } }, 'illegal_argument_exception', 'percent must be in [0,100], got [101.0]'],
    [{ x: { rare_terms: { field: 'a', max_doc_count: 101 } } }, 'illegal_argument_exception', '[max_doc_count] must be smaller'],
    [{ x: { top_hits: { size: 101 } } }, 'illegal_argument_exception', 'Top hits result window is too large'],
    [
      { x: { derivative: { buckets_path: 'y' } }, y: max },
      'action_request_validation_exception',
      'must be declared inside of another aggregation',
    ],
    [{ x: { avg_bucket: { buckets_path: 'z>y' } } }, 'action_request_validation_exception', 'No aggregation found for path [z>y]'],
    [
      { t: { terms: { field: 'a' }, aggs: { x: { moving_fn: { buckets_path: '_count', window: 3, script: 'while(true){}' } } } } },
      'illegal_argument_exception',
      '[moving_fn] supports one call of',
    ],
    [
      { t: { terms: { field: 'a' }, aggs: { x: { bucket_script: { buckets_path: { n: '_count' }, script: 'n = 3' } } } } },
      'illegal_argument_exception',
      'cannot run [n = 3]',
    ],
    [{ x: { composite: { sources: [] } } }, 'illegal_argument_exception', 'Composite [sources] cannot be null or empty'],
    [
      { x: { terms: { field: 'a' }, aggs: { y: max }, aggregations: { z: max } } },
      'parsing_exception',
      'Found two sub aggregation definitions under [x]',
    ],
  ])('%j', (json, type, reason) => {
    expect(() => parseAggregations(json)).toThrow(expect.objectContaining({ type, status: 400, message: expect.stringContaining(reason) }));
  });

  it.each([
    [{ x: { terms: { field: 'msg' } } }, 'illegal_argument_exception', 'Fielddata is disabled on [msg]'],
    [{ x: { cardinality: { field: 'msg' } } }, 'illegal_argument_exception', 'Fielddata is disabled on [msg]'],
    [
      { x: { avg: { field: 'level' } } },
      'illegal_argument_exception',
      'Field [level] of type [keyword] is not supported for aggregation [avg]',
    ],
    [
      { x: { date_histogram: { field: 'level', fixed_interval: '1h' } } },
      'illegal_argument_exception',
      'is not supported for aggregation [date_histogram]',
    ],
    [{ x: { terms: { field: 'level', order: { y: 'asc' } } } }, 'illegal_argument_exception', 'Invalid aggregation order path [y]'],
    [
      { x: { terms: { field: 'level' }, aggs: { t: { terms: { field: 'ok' }, aggs: { g: { global: {} } } } } } },
      'aggregation_execution_exception',
      '[global]',
    ],
    [{ x: { terms: { field: 'msg.keyword', size: 20 } } }, 'too_many_buckets_exception', 'Must be less than or equal to: [10]'],
    [
      { x: { date_histogram: { field: 'timestamp', fixed_interval: '1h' } } },
      'too_many_buckets_exception',
      'Must be less than or equal to: [10]',
    ],
    [{ x: { rate: { unit: 'hour' } } }, 'illegal_argument_exception', 'can only be used inside a date histogram'],
    [{ x: { top_hits: { sort: 'nothing' } } }, 'illegal_argument_exception', 'No mapping found for [nothing] in order to sort on'],
  ])('%j when it runs', async (json, type, reason) => {
    await expect(runOn(table, json, '1', { maxBuckets: 10 })).rejects.toMatchObject({
      type,
      status: 400,
      message: expect.stringContaining(reason),
    });
  });

  it('does not overflow on deep or wide requests', () => {
    const deep = (depth: number): unknown => (depth === 0 ? max : { filter: {}, aggs: { x: deep(depth - 1) } });
    expect(() => parseAggregations({ x: deep(5000) })).toThrow('nested deeper than [20] levels');
    const wide = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`m${index}`, max]));
    expect(() => parseAggregations(wide)).toThrow('at most [500] aggregations');
    expect(() => parseExpression('('.repeat(900), new Set())).toThrow('cannot run');
    expect(() => parseExpression('1+'.repeat(100_000), new Set())).toThrow('cannot run');
  });
});

describe('hostile values reach SQL as literals', () => {
  it.each(["'; DROP TABLE t.logs; --", '\\', '\n\n', "\\'"])('%j', async (text) => {
    const answer = await runOn(table, {
      a: { terms: { field: 'agent.name', missing: text, include: [text, 'agent-0'] } },
      b: { terms: { field: text } },
      c: { composite: { sources: [{ k: { terms: { field: 'level' } } }], after: { k: text } } },
    });
    expect(answer.b).toEqual({ doc_count_error_upper_bound: 0, sum_other_doc_count: 0, buckets: [] });
    expect(await table.select('SELECT toUInt32(count()) AS c FROM t.logs')).toEqual([{ c: 20 }]);
  });
});

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3 - -1', 10],
    ['10 % 4 / 2', 1],
    ['2 > 1 && 1 >= 1 || false', 1],
    ['!(a < b)', 0],
    ['a == 3 ? b : Math.pow(2, 3)', 4],
    ['params.a + params["b"] + _c', 12],
    ['return Math.round(2.5d) + 1e3;', 1003],
    ['1 / 0', Number.POSITIVE_INFINITY],
  ])('%s', (source, expected) => {
    const names = new Map([
      ['a', 3],
      ['b', 4],
      ['_c', 5],
    ]);
    expect(parseExpression(source, new Set(names.keys()))(names)).toBe(expected);
  });

  it.each([
    '',
    '1 +',
    'a.b',
    'params.x',
    'System.exit(0)',
    'a; b',
    'a = 1',
    '"text"',
    'Math.max(1)',
    'x -> 1',
    '[1]',
    '1 2',
    'constructor',
    'Math.constructor(1)',
  ])('refuses %j', (source) => {
    expect(() => parseExpression(source, new Set(['a']))).toThrow('cannot run');
  });
});
