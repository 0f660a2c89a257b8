import { Client } from 'es8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SearchServer } from './testing/search-server.ts';

/** The queries of MCP Mesh's logging page, by the published client, over documents as its formatter writes them. */
let server: SearchServer;
let es: Client;
const now = Date.parse('2026-11-20T12:00:00Z');
const index = 'mcp-mesh-logs-*';

const template = {
  index_patterns: ['mcp-mesh-logs-*'],
  template: {
    mappings: {
      properties: {
        timestamp: { type: 'date', format: 'strict_date_time' },
        level: { type: 'keyword' },
        msg: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
        agent: { properties: { name: { type: 'keyword' }, type: { type: 'keyword' } } },
        trace: { properties: { trace_id: { type: 'keyword' }, span_id: { type: 'keyword' } } },
        request: { properties: { method: { type: 'keyword' }, duration_ms: { type: 'float' }, status: { type: 'keyword' } } },
        exception: { properties: { type: { type: 'keyword' }, message: { type: 'text' }, traceback: { type: 'text' } } },
      },
    },
  },
};

const documents = Array.from({ length: 40 }, (_, n) => ({
  timestamp: new Date(now - n * 60_000).toISOString(),
  level: n % 4 === 0 ? 'ERROR' : 'INFO',
  msg: `Request ${n} took a while`,
  agent: { name: n % 2 ? 'weather-agent' : 'payment-agent', type: 'mcp-mesh' },
  trace: { trace_id: `trace-${n % 5}`, span_id: `s${n}` },
  request: { method: `tool_${n % 3}`, duration_ms: n * 1.5, status: n % 4 === 0 ? 'error' : 'success' },
  ...(n % 4 === 0 ? { exception: { type: 'TimeoutError', message: `No answer ${n}` } } : {}),
  ...(n === 3 ? { audit: { action: 'login', result: 'success', user_id: 'u-1' } } : {}),
}));

beforeAll(async () => {
  server = await SearchServer.open();
  server.now = now;
  await server.template('mcp-mesh-logs', template);
  await server.index('mcp-mesh-logs-000001', documents.slice(0, 20));
  await server.index('mcp-mesh-logs-000002', documents.slice(20));
  es = new Client({ node: server.url });
});
afterAll(() => server.close());

describe('the page', () => {
  it('finds the logs of a trace in order', async () => {
    const answer = await es.search({ index, query: { term: { 'trace.trace_id': 'trace-3' } }, sort: [{ timestamp: 'asc' }], size: 1000 });
    const expected = documents.filter((document) => document.trace.trace_id === 'trace-3').reverse();
    expect(answer.hits.hits.map((hit) => hit._source)).toEqual(expected);
    expect(answer.hits.hits[0]?.sort).toEqual([Date.parse(expected[0]?.timestamp as string)]);
    expect(answer.hits.hits[0]?._score).toBeNull();
    expect(answer.hits.total).toEqual({ value: 8, relation: 'eq' });
    expect(answer._shards).toEqual({ total: 2, successful: 2, skipped: 0, failed: 0 });
  });

  it('finds the errors of an agent', async () => {
    const answer = await es.search({
      index,
      query: {
        bool: {
          must: [{ term: { 'agent.name': 'payment-agent' } }, { term: { level: 'ERROR' } }, { range: { timestamp: { gte: 'now-24h' } } }],
        },
      },
      aggs: {
        error_types: { terms: { field: 'exception.type', size: 10 } },
        error_timeline: { date_histogram: { field: 'timestamp', fixed_interval: '1h' } },
      },
      size: 100,
    });
    expect(answer.hits.hits).toHaveLength(10);
    expect(answer.hits.max_score).toBe(1);
    expect(answer.aggregations).toMatchObject({
      error_types: { buckets: [{ key: 'TimeoutError', doc_count: 10 }], sum_other_doc_count: 0 },
      error_timeline: {
        buckets: [
          { key_as_string: '2026-11-20T11:00:00.000Z', doc_count: 9 },
          { key_as_string: '2026-11-20T12:00:00.000Z', doc_count: 1 },
        ],
      },
    });
  });

  it('analyses request patterns', async () => {
    const answer = await es.search({
      index,
      query: { bool: { must: [{ exists: { field: 'request.method' } }, { range: { timestamp: { gte: 'now-1h' } } }] } },
      aggs: {
        requests_by_agent: {
          terms: { field: 'agent.name', size: 20 },
          aggs: {
            methods: { terms: { field: 'request.method', size: 10 } },
            avg_duration: { avg: { field: 'request.duration_ms' } },
            error_rate: { terms: { field: 'request.status', size: 2 } },
          },
        },
        slow_requests: {
          top_hits: {
            sort: [{ 'request.duration_ms': 'desc' }],
            size: 10,
            _source: ['timestamp', 'agent.name', 'request.method', 'request.duration_ms'],
          },
        },
      },
      size: 0,
    });
    expect(answer.hits.hits).toEqual([]);
    const { requests_by_agent: agents, slow_requests: slow } = answer.aggregations as unknown as {
      requests_by_agent: { buckets: unknown };
      slow_requests: { hits: { hits: { _source: unknown }[] } };
    };
    expect(agents.buckets).toMatchObject([
      { key: 'payment-agent', doc_count: 20, avg_duration: { value: 28.5 } },
      { key: 'weather-agent', doc_count: 20, avg_duration: { value: 30 } },
    ]);
    const { hits } = slow.hits;
    expect(hits).toHaveLength(10);
    expect(hits[0]?._source).toEqual({
      timestamp: documents[39]?.timestamp,
      agent: { name: 'weather-agent' },
      request: { method: 'tool_0', duration_ms: 58.5 },
    });
  });

  it('looks for anomalies', async () => {
    const answer = await es.search({
      index,
      query: { bool: { must: [{ term: { 'agent.name': 'payment-agent' } }, { range: { timestamp: { gte: 'now-1h' } } }] } },
      aggs: {
        log_rate: {
          date_histogram: { field: 'timestamp', fixed_interval: '1m' },
          aggs: { level_breakdown: { terms: { field: 'level' } } },
        },
        unique_errors: { cardinality: { field: 'exception.message.keyword' } },
        rare_terms: { rare_terms: { field: 'msg.keyword', max_doc_count: 2 } },
      },
    });
    const aggregations = answer.aggregations as Record<string, { buckets?: unknown[]; value?: number }>;
    expect(aggregations.log_rate?.buckets).toHaveLength(39);
    expect(aggregations.unique_errors?.value).toBe(10);
    expect(aggregations.rare_terms?.buckets).toHaveLength(20);
  });

  it('answers the audit queries', async () => {
    const find = async (query: object) => (await es.search({ index, query })).hits.hits.length;
    expect(await find({ query_string: { query: 'audit.action:(login OR logout OR auth_failure)' } })).toBe(1);
    expect(await find({ bool: { must: [{ exists: { field: 'audit.user_id' } }, { term: { 'audit.result': 'success' } }] } })).toBe(1);
    expect(await find({ bool: { must: [{ term: { 'audit.result': 'failure' } }, { range: { timestamp: { gte: 'now-1h' } } }] } })).toBe(0);
  });
});
