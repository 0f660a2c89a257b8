import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toCondition } from './condition.ts';
import { parseQuery } from './parse-query.ts';
import { type Sample, SampleTable, sampleFields } from './testing/sample-table.ts';
import { tokensExpression } from './tokens-condition.ts';

const table = new SampleTable(new Session());
const now = Date.parse('2024-01-15T12:00:00Z');

const samples: readonly Sample[] = [
  {
    id: '1',
    timestamp: '2024-01-15T11:30:00Z',
    level: 'ERROR',
    msg: 'Connection refused by 10.0.0.1',
    count: 500n,
    tags: ['prod', 'eu west'],
    ok: true,
  },
  {
    id: '2',
    timestamp: '2024-01-15T10:00:00.123456789Z',
    level: 'INFO',
    msg: 'Request took 12 ms — größe',
    count: 9007199254740993n,
    ratio: 0.5,
  },
  { id: '3', timestamp: '2024-01-14T23:59:59.999Z', level: 'WARNING', msg: 'error_code=7 in foo.bar', note: 'Hello World', ok: false },
  { id: '4', timestamp: '2024-01-13T00:00:00Z', note: 42, counts: [1n, 2n], short: 'toolong', at: '2024-01-13T00:00:00Z' },
  { id: '5', timestamp: '2024-01-12T00:00:00Z', note: 4.5, short: 'abc', at: 'no date' },
];

beforeAll(() => table.fill(samples));
afterAll(() => table.close());

const condition = (json: unknown) => toCondition(parseQuery(json), sampleFields, { now });
const ids = (json: unknown) => table.ids(condition(json)).join('');

describe('conditions on the engine', () => {
  it.each<[unknown, string]>([
    [{ match_all: {} }, '12345'],
    [{ match_none: {} }, ''],
    [{ term: { level: 'ERROR' } }, '1'],
    [{ term: { level: 'error' } }, ''],
    [{ term: { level: { value: 'error', case_insensitive: true } } }, '1'],
    [{ terms: { level: ['ERROR', 'INFO', ''] } }, '12'],
    [{ bool: { must_not: { term: { level: 'ERROR' } } } }, '2345'],
    [{ bool: { must_not: { term: { note: 42 } } } }, '1235'],
    [{ bool: { must_not: { term: { unknown: 'x' } } } }, '12345'],
    // A mapped text is compared word by word, in lower case.
    [{ term: { msg: 'refused' } }, '1'],
    [{ term: { msg: 'Refused' } }, ''],
    [{ term: { msg: 'connection refused' } }, ''],
    [{ match: { msg: 'Refused' } }, '1'],
    [{ match: { msg: 'error' } }, ''],
    [{ match: { msg: 'error_code' } }, '3'],
    [{ match: { msg: 'bar' } }, ''],
    [{ match: { msg: 'foo.bar' } }, '3'],
    [{ match: { msg: 'GRÖSSE größe' } }, '2'],
    [{ match: { msg: 'größ' } }, ''],
    [{ match: { msg: { query: 'refused took', operator: 'and' } } }, ''],
    [{ match: { msg: 'refused took' } }, '12'],
    [{ match: { msg: { query: 'refused took ms', minimum_should_match: 2 } } }, '2'],
    [{ match: { msg: { query: 'conection', fuzziness: 'AUTO' } } }, '1'],
    [{ match: { msg: '---' } }, ''],
    [{ match: { msg: { query: '---', zero_terms_query: 'all' } } }, '12345'],
    [{ match_phrase: { msg: 'connection refused' } }, '1'],
    [{ match_phrase: { msg: 'refused connection' } }, ''],
    [{ match_phrase: { msg: 'ms größe' } }, '2'],
    [{ match_phrase: { msg: { query: 'connection by', slop: 1 } } }, '1'],
    [{ match_phrase_prefix: { msg: 'connection ref' } }, '1'],
    [{ match_bool_prefix: { msg: 'xxx conn' } }, '1'],
    // An unmapped string is a whole value and its words.
    [{ term: { note: 'Hello World' } }, '3'],
    [{ term: { note: 'world' } }, '3'],
    [{ match: { tags: 'WEST' } }, '1'],
    [{ term: { tags: 'eu west' } }, '1'],
    [{ prefix: { note: 'Hel' } }, '3'],
    [{ wildcard: { note: '*o?W*' } }, '3'],
    [{ wildcard: { note: '*o?w*' } }, ''],
    [{ wildcard: { note: '*o W*' } }, '3'],
    [{ wildcard: { level: 'ERR*' } }, '1'],
    [{ regexp: { level: '(ERR|WARN).*' } }, '13'],
    [{ fuzzy: { level: { value: 'EROR', fuzziness: 1 } } }, '1'],
    // Numbers keep every digit.
    [{ term: { count: 9007199254740993n } }, '2'],
    [{ term: { count: '9007199254740993' } }, '2'],
    [{ term: { count: 9007199254740992n } }, ''],
    [{ term: { count: '5e2' } }, '1'],
    [{ term: { count: 500.5 } }, ''],
    [{ terms: { counts: [2, 9007199254740993n, 0] } }, '4'],
    [{ range: { count: { gt: 499.5, lte: 500 } } }, '1'],
    [{ range: { count: { gt: '9007199254740992' } } }, '2'],
    [{ range: { count: { lt: '1e30' } } }, '12'],
    [{ range: { ratio: { gte: 0.5 } } }, '2'],
    [{ range: { counts: { gte: 2 } } }, '4'],
    [{ term: { note: 42 } }, '4'],
    [{ term: { note: '42' } }, '4'],
    [{ term: { note: 4.5 } }, '5'],
    [{ term: { ok: 'true' } }, '1'],
    [{ query_string: { query: 'count:50*' } }, '1'],
    // Dates.
    [{ range: { timestamp: { gte: 'now-24h' } } }, '123'],
    [{ range: { timestamp: { gte: 'now-1h' } } }, '1'],
    [{ range: { timestamp: { gte: 'now/d' } } }, '12'],
    [{ range: { timestamp: { lt: '2024-01-14' } } }, '45'],
    [{ range: { timestamp: { gt: '2024-01-14' } } }, '12'],
    [{ range: { timestamp: { lte: '2024-01-14' } } }, '345'],
    [{ range: { timestamp: { gte: '2024-01-15', time_zone: '+02:00' } } }, '123'],
    [{ range: { timestamp: { lte: '2024-01-15T10:00:00.123Z', gte: '2024-01-15' } } }, '2'],
    [{ range: { timestamp: { gte: 1705312800000, lte: 1705317000000n } } }, '2'],
    [{ range: { timestamp: { gte: '0001', lte: '9999' } } }, '12345'],
    [{ term: { timestamp: '2024-01-13' } }, '4'],
    [{ range: { at: { lt: '2024-02' } } }, '4'],
    [{ term: { at: 'no date' } }, '5'],
    // Existence.
    [{ exists: { field: 'level' } }, '123'],
    [{ exists: { field: 'note' } }, '345'],
    [{ exists: { field: 'short' } }, '5'],
    [{ exists: { field: 'part' } }, '12'],
    [{ exists: { field: 'co*' } }, '124'],
    [{ exists: { field: 'unknown' } }, ''],
    [{ term: { short: 'toolong' } }, ''],
    // Languages, end to end.
    [{ query_string: { query: 'refused OR größe' } }, '12'],
    [{ query_string: { query: 'level:(ERROR OR INFO) AND NOT msg:refused' } }, '2'],
    [{ query_string: { query: '"connection refused" OR tags:prod' } }, '1'],
    [{ query_string: { query: 'Conn*' } }, '1'],
    [{ query_string: { query: 'msg:*FUSE*' } }, '1'],
    [{ query_string: { query: 'conection~' } }, '1'],
    [{ query_string: { query: 'timestamp:[2024-01-14 TO 2024-01-15} AND ok:false' } }, '3'],
    [{ query_string: { query: 'NOT _exists_:level' } }, '45'],
    [{ query_string: { query: '42 OR count:abc', fields: ['note', 'count'], lenient: true } }, '4'],
    [{ simple_query_string: { query: 'refused | größe -prod', default_operator: 'and' } }, '2'],
    [{ kql: { query: 'level: (ERROR or WARNING) and not ok: true' } }, '3'],
    [{ kql: { query: 'timestamp >= now-1h and "connection refused"' } }, '1'],
    [{ kql: { query: 'note: null' } }, '12'],
    [{ multi_match: { query: 'error refused', fields: ['level', 'msg'], type: 'cross_fields', operator: 'and' } }, ''],
    [{ multi_match: { query: 'Hello', fields: ['no*', 'level'] } }, '3'],
    [{ ids: { values: ['2', '9'] } }, '2'],
    [
      { bool: { should: [{ term: { level: 'ERROR' } }, { exists: { field: 'count' } }, { term: { ok: true } }], minimum_should_match: 2 } },
      '1',
    ],
    [{ bool: { filter: { exists: { field: 'count' } }, should: [{ term: { level: 'ERROR' } }] } }, '12'],
  ])('%o selects %s', (json, expected) => {
    expect(ids(json)).toBe(expected);
  });

  it.each<[unknown, string]>([
    [{ term: { count: 'abc' } }, 'failed to create query: For input string: "abc"'],
    [{ terms: { count: [1, 'abc'] } }, 'failed to create query: For input string: "abc"'],
    [{ range: { ratio: { gt: 'abc' } } }, 'failed to create query: For input string: "abc"'],
    [{ match: { count: 'abc' } }, 'failed to create query: For input string: "abc"'],
    [{ range: { timestamp: { gt: 'abc' } } }, 'failed to create query: failed to parse date field [abc]'],
    [{ term: { ok: 'maybe' } }, "failed to create query: Can't parse boolean value [maybe], expected [true] or [false]"],
  ])('refuses %o, which the field cannot hold', (json, message) => {
    expect(() => condition(json)).toThrow(
      expect.objectContaining({ type: 'query_shard_exception', message: expect.stringContaining(message) }),
    );
  });

  it('lets a lenient query ask a field for what it cannot hold', () => {
    expect(ids({ match: { count: { query: 'abc', lenient: true } } })).toBe('');
    expect(ids({ multi_match: { query: 'abc', fields: ['c*', 'msg'] } })).toBe('');
  });

  it('keeps quotes, backslashes and line ends inside literals', () => {
    const hostile = `x' OR 1=1 --\\'\n\0;`;
    for (const query of [
      { term: { level: hostile } },
      { match: { msg: hostile } },
      { prefix: { level: hostile } },
      { wildcard: { level: `${hostile}*` } },
      { regexp: { level: "'.*\\\\'" } },
      { range: { level: { gte: hostile, lt: hostile } } },
      { term: { [hostile]: 'x' } },
    ]) {
      expect(ids(query)).toBe('');
    }
  });
});

describe('SQL of the page', () => {
  const agentErrors = { must: [{ term: { level: 'ERROR' } }, { range: { timestamp: { gte: 'now-24h' } } }] };

  it.each<[string, unknown]>([
    ['search_by_trace_id', { term: { level: 'abc123def456' } }],
    ['find_errors_by_agent', { bool: agentErrors }],
    ['analyze_request_patterns', { bool: { must: [{ exists: { field: 'level' } }, { range: { timestamp: { gte: 'now-1h' } } }] } }],
    ['analyze_performance_logs', { bool: { must: [{ term: { level: 'x' } }, { exists: { field: 'ratio' } }] } }],
    ['authentication events', { query_string: { query: 'level:(login OR logout OR auth_failure)' } }],
    ['dashboard filter', { query_string: { query: 'level:ERROR' } }],
    ['words', { match: { msg: 'connection refused' } }],
  ])('%s', (_name, json) => {
    expect(condition(json)).toMatchSnapshot();
  });
});

describe('indexes', () => {
  it('are used for time, words and plain terms', () => {
    table.query('CREATE TABLE sample.many AS sample.rows');
    table.query('ALTER TABLE sample.many ADD INDEX short short TYPE bloom_filter(0.001) GRANULARITY 1');
    table.query(`INSERT INTO sample.many (_id, level, msg, short, timestamp)
      SELECT toString(number), 'INFO', concat('Request user-', toString(number), if(number = 77, ' RareWord größe', '')), toString(number),
        toDateTime64('2024-01-01 00:00:00', 9, 'UTC') + number FROM numbers(100000)`);
    const granules = (json: unknown) => {
      const plan = table.query(`EXPLAIN indexes = 1 SELECT count() FROM sample.many WHERE ${condition(json)}`);
      return [...plan.matchAll(/Granules: (\d+)\/(\d+)/g)].map(([, left, all]) => Number(left) / Number(all));
    };
    const least = (json: unknown) => Math.min(...granules(json));
    const lastTenth = { range: { timestamp: { gte: '2024-01-02T00:00:00Z' } } };
    expect(least(lastTenth)).toBeLessThan(0.5);
    expect(least({ bool: { must: [lastTenth, { exists: { field: 'level' } }] } })).toBeLessThan(0.5);
    expect(least({ term: { short: '77' } })).toBeLessThan(0.3);
    const words = [
      { match: { msg: 'RAREWORD' } },
      { match_phrase: { msg: 'rareword größe' } },
      { match: { msg: 'größe' } },
      { match: { msg: { query: 'request rareword', operator: 'and' } } },
    ];
    for (const query of words) {
      expect(least(query)).toBeLessThan(0.3);
      expect(table.query(`SELECT count() FROM sample.many WHERE ${condition(query)}`).trim()).toBe('1');
    }
    expect(condition({ match: { msg: 'rareword' } })).toContain(tokensExpression('msg'));
  });
});
