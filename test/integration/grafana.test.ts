import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentLog, agentLogs } from '../harness/agent-logs.ts';
import { percentile } from '../harness/analyzer-expectations.ts';
import type { Json } from '../harness/published-clients.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';

/** Grafana's Elasticsearch data source by the requests that it sends, over the same records in plain code. */
const index = 'mcp-mesh-logs-grafana';
const hour = 3_600_000;
/** A fixed end, so that buckets are the same in each run. */
const now = Date.UTC(2026, 10, 20, 12);

let server: ServerProcess;
let logs: AgentLog[];
let from: number;
let to: number;
beforeAll(async () => {
  server = await startServer();
  logs = agentLogs(7, 3000, now);
  from = now - 6 * hour;
  to = now;
  const keyword = { type: 'keyword' };
  const mappings = { properties: { level: keyword, agent: { properties: { name: keyword } } } };
  await fetch(`${server.url}/${index}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mappings }),
  });
  const body = logs.map((log) => `{"create":{}}\n${JSON.stringify(log)}\n`).join('');
  const response = await fetch(`${server.url}/${index}/_bulk?refresh=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body,
  });
  expect(await response.json()).toMatchObject({ errors: false });
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
});

const inRange = (log: AgentLog) => Date.parse(log.timestamp) >= from && Date.parse(log.timestamp) <= to;
const matching = (test: (log: AgentLog) => boolean = () => true) => logs.filter((log) => inRange(log) && test(log));

async function get(path: string): Promise<Json> {
  const response = await fetch(`${server.url}${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Json;
}

/** One panel: the header and body lines as the data source writes them. */
async function query(body: object): Promise<Json> {
  const header = { ignore_unavailable: true, index, search_type: 'query_then_fetch' };
  const response = await fetch(`${server.url}/_msearch?max_concurrent_shard_requests=5`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${JSON.stringify(header)}\n${JSON.stringify(body)}\n`,
  });
  expect(response.status).toBe(200);
  const { responses } = (await response.json()) as Json;
  expect(responses?.[0]).toMatchObject({ status: 200 });
  return responses?.[0] as Json;
}

const filter = (text: string) => ({
  bool: {
    filter: [
      { range: { timestamp: { gte: from, lte: to, format: 'epoch_millis' } } },
      ...(text === '' ? [] : [{ query_string: { analyze_wildcard: true, query: text } }]),
    ],
  },
});

const histogram = (interval: number, aggs: object = {}) => ({
  date_histogram: {
    field: 'timestamp',
    fixed_interval: `${interval}ms`,
    min_doc_count: 0,
    extended_bounds: { min: from, max: to },
    format: 'epoch_millis',
  },
  aggs,
});

/** Every slot of the range, empty ones too. */
function slots<T>(
  own: readonly AgentLog[],
  interval: number,
  inside: (logs: AgentLog[]) => T,
): ({ key: number; key_as_string: string; doc_count: number } & T)[] {
  const first = Math.floor(from / interval);
  return Array.from({ length: Math.floor(to / interval) - first + 1 }, (_, at) => {
    const key = (first + at) * interval;
    const members = own.filter((log) => Math.floor(Date.parse(log.timestamp) / interval) === first + at);
    return { key, key_as_string: String(key), doc_count: members.length, ...inside(members) };
  });
}

const durations = (own: readonly AgentLog[]) => own.flatMap((log) => log.request?.duration_ms ?? []);
const average = (values: readonly number[]) => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length);

/** Numbers to ten digits: sums of doubles depend on their order. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, inner: unknown) =>
    typeof inner === 'number' && !Number.isInteger(inner) ? Number(inner.toPrecision(10)) : inner,
  );

describe('the data source', () => {
  it('is saved and tested', async () => {
    expect(await get('/')).toMatchObject({ version: { number: expect.stringMatching(/^8\./) as string, build_flavor: 'default' } });
    expect(await get('/_cluster/health?wait_for_status=yellow')).toMatchObject({ status: 'green', timed_out: false });
    const mapping = await get(`/${index}/_mapping`);
    expect(mapping[index]?.mappings?.properties).toMatchObject({
      timestamp: { type: 'date' },
      level: {},
      request: { properties: { duration_ms: {}, method: {} } },
    });
  });

  it('lists the values of a variable', async () => {
    const answer = await query({
      size: 0,
      query: filter('agent.name:*'),
      aggs: { 1: { terms: { field: 'agent.name', size: 500, order: { _key: 'asc' } } } },
    });
    const names = [...new Set(matching().map(({ agent }) => agent.name))].sort();
    expect(answer.aggregations?.['1']?.buckets?.map(({ key }) => key)).toEqual(names);
  });
});

describe('a time series', () => {
  it('counts by level, with its empty buckets', async () => {
    const answer = await query({
      size: 0,
      query: filter('agent.name:weather-agent'),
      aggs: {
        3: {
          terms: { field: 'level', size: 500, order: { _key: 'desc' }, min_doc_count: 0 },
          aggs: { 2: histogram(600_000) },
        },
      },
    });
    const own = matching(({ agent }) => agent.name === 'weather-agent');
    const levels = [...new Set(own.map(({ level }) => level))].sort().reverse();
    expect(answer.aggregations?.['3']?.buckets).toEqual(
      levels.map((level) => {
        const members = own.filter((log) => log.level === level);
        return { key: level, doc_count: members.length, 2: { buckets: slots(members, 600_000, () => ({})) } };
      }),
    );
  });

  it('shows metrics of the agents with the slowest average', async () => {
    const answer = await query({
      size: 0,
      query: filter('request.status:(error OR timeout) AND NOT level:DEBUG'),
      aggs: {
        3: {
          terms: { field: 'agent.name', size: 500, order: { 1: 'desc' }, min_doc_count: 1 },
          aggs: {
            1: { avg: { field: 'request.duration_ms' } },
            2: histogram(hour, {
              1: { avg: { field: 'request.duration_ms' } },
              4: { max: { field: 'request.duration_ms' } },
              5: { percentiles: { field: 'request.duration_ms', percents: ['25', '50', '95'] } },
              6: { cardinality: { field: 'request.method' } },
            }),
          },
        },
      },
    });
    const own = matching(({ request, level }) => ['error', 'timeout'].includes(request?.status ?? '') && level !== 'DEBUG');
    const agents = [...new Set(own.map(({ agent }) => agent.name))].map((key) => {
      const members = own.filter(({ agent }) => agent.name === key);
      return { key, doc_count: members.length, members, mean: average(durations(members)) as number };
    });
    const expected = agents
      .sort((a, b) => b.mean - a.mean)
      .map(({ key, doc_count, members, mean }) => ({
        key,
        doc_count,
        1: { value: mean },
        2: {
          buckets: slots(members, hour, (inside) => {
            const values = durations(inside);
            const at = (percent: number) => (values.length === 0 ? null : percentile(values, percent));
            return {
              1: { value: average(values) },
              4: { value: values.length === 0 ? null : Math.max(...values) },
              5: { values: { '25.0': at(25), '50.0': at(50), '95.0': at(95) } },
              6: { value: new Set(inside.map((log) => log.request?.method)).size },
            };
          }),
        },
      }));
    expect(expected.length).toBeGreaterThan(10);
    expect(rounded(answer.aggregations?.['3']?.buckets)).toEqual(rounded(expected));
  });

  it('computes over its own buckets', async () => {
    const answer = await query({
      size: 0,
      query: filter('*'),
      aggs: {
        2: histogram(hour, {
          1: { sum: { field: 'request.duration_ms' } },
          7: { derivative: { buckets_path: '_count' } },
          8: { cumulative_sum: { buckets_path: '1' } },
          9: { bucket_script: { buckets_path: { all: '_count', sum: '1' }, script: 'params.sum / params.all' } },
          10: { moving_fn: { buckets_path: '_count', window: 3, script: 'MovingFunctions.max(values)' } },
          11: { serial_diff: { buckets_path: '_count', lag: 2 } },
        }),
      },
    });
    const plain = slots(matching(), hour, (own) => ({ sum: durations(own).reduce((sum, value) => sum + value, 0) }));
    const counts = plain.map(({ doc_count }) => doc_count);
    let running = 0;
    const expected = plain.map(({ sum, ...bucket }, at) => {
      running += sum;
      const window = counts.slice(Math.max(0, at - 3), at);
      return {
        ...bucket,
        1: { value: sum },
        ...(at > 0 && { 7: { value: (counts[at] as number) - (counts[at - 1] as number) } }),
        8: { value: running },
        // A script over an empty bucket is skipped.
        ...(bucket.doc_count > 0 && { 9: { value: sum / bucket.doc_count } }),
        10: { value: window.length === 0 ? null : Math.max(...window) },
        ...(at > 1 && { 11: { value: (counts[at] as number) - (counts[at - 2] as number) } }),
      };
    });
    expect(rounded(answer.aggregations?.['2']?.buckets)).toEqual(rounded(expected));
  });

  it('splits by filters and by histogram', async () => {
    const answer = await query({
      size: 0,
      query: filter('_exists_:request.method'),
      aggs: {
        3: {
          filters: {
            filters: {
              Errors: { query_string: { query: 'level:ERROR', analyze_wildcard: true } },
              'exception.type:Time*': { query_string: { query: 'exception.type:Time*', analyze_wildcard: true } },
            },
          },
          aggs: { 4: { histogram: { field: 'request.duration_ms', interval: 5000, min_doc_count: 1 } } },
        },
      },
    });
    const own = matching(({ request }) => request !== undefined);
    const bars = (members: readonly AgentLog[]) => {
      const keys = [...new Set(durations(members).map((value) => Math.floor(value / 5000) * 5000))].sort((a, b) => a - b);
      return {
        buckets: keys.map((key) => ({
          key,
          doc_count: durations(members).filter((value) => Math.floor(value / 5000) * 5000 === key).length,
        })),
      };
    };
    const bucket = (members: readonly AgentLog[]) => ({ doc_count: members.length, 4: bars(members) });
    expect(answer.aggregations?.['3']?.buckets).toEqual({
      Errors: bucket(own.filter(({ level }) => level === 'ERROR')),
      'exception.type:Time*': bucket(own.filter(({ exception }) => exception?.type.startsWith('Time') === true)),
    });
  });
});

describe('logs', () => {
  const body = (text: string, more: object = {}) => ({
    size: 100,
    query: filter(text),
    sort: { timestamp: { order: 'desc', unmapped_type: 'boolean' }, _doc: { order: 'desc' } },
    script_fields: {},
    docvalue_fields: [{ field: 'timestamp', format: 'strict_date_optional_time_nanos' }],
    highlight: { fields: { '*': {} }, pre_tags: ['@HIGHLIGHT@'], post_tags: ['@/HIGHLIGHT@'], fragment_size: 2147483647 },
    ...more,
  });
  const newestFirst = (own: readonly AgentLog[]) => own.toSorted((a, b) => (a.timestamp < b.timestamp ? 1 : -1));

  it('shows the newest lines with their marks', async () => {
    const expected = newestFirst(matching(({ msg }) => /\bprocessed\b/.test(msg)));
    expect(expected.length).toBeGreaterThan(200);
    const first = await query(body('msg:processed'));
    expect(first.hits?.hits?.map(({ _source }) => _source)).toEqual(expected.slice(0, 100));
    expect(first.hits?.hits?.[0]).toMatchObject({
      _id: expect.any(String) as string,
      fields: { timestamp: [expected[0]?.timestamp] },
      highlight: { msg: [expected[0]?.msg.replace('processed', '@HIGHLIGHT@processed@/HIGHLIGHT@')] },
      sort: [Date.parse(expected[0]?.timestamp as string), expect.anything() as number],
    });
    const second = await query(body('msg:processed', { search_after: first.hits?.hits?.at(-1)?.sort }));
    expect(second.hits?.hits?.map(({ _source }) => _source)).toEqual(expected.slice(100, 200));
  });

  it('counts lines by level above them', async () => {
    const answer = await query({
      ...body('level:(ERROR OR WARNING)', { size: 1 }),
      aggs: { 1: histogram(hour, { 2: { terms: { field: 'level', size: 10 } } }) },
    });
    const own = matching(({ level }) => level === 'ERROR' || level === 'WARNING');
    expect(answer.aggregations?.['1']?.buckets?.map(({ doc_count }) => doc_count)).toEqual(
      slots(own, hour, () => ({})).map(({ doc_count }) => doc_count),
    );
  });

  it('finds raw data of a missing index as nothing', async () => {
    const response = await fetch(`${server.url}/_msearch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `{"ignore_unavailable":true,"index":"none","search_type":"query_then_fetch"}\n${JSON.stringify(body('*'))}\n`,
    });
    expect(((await response.json()) as Json).responses?.[0]).toMatchObject({ status: 200, hits: { total: { value: 0 }, hits: [] } });
  });
});
