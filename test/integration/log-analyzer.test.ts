import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentLog, agentLogs } from '../harness/agent-logs.ts';
import {
  expectAnomalies,
  expectErrors,
  expectPatterns,
  expectPerformance,
  expectTrace,
  terms,
  timeline,
} from '../harness/analyzer-expectations.ts';
import { analyzerQueries } from '../harness/analyzer-queries.ts';
import { missionPage } from '../harness/mission-page.ts';
import { clientNames, connectClient, type Json, type PublishedClient } from '../harness/published-clients.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';

const index = 'mcp-mesh-logs-*';
const page = missionPage();

let server: ServerProcess;
let logs: AgentLog[];
/** When the records were made; ages are chosen so that `now-1h` finds the same ones minutes later. */
let now: number;

beforeAll(async () => {
  server = await startServer();
  now = Date.now();
  logs = agentLogs(20_261_120, 6000, now);
  await call('PUT', '/_index_template/mcp-mesh-logs', page.template.replaceAll('\n', ''));
  await call('PUT', '/mcp-mesh-logs-000001', { aliases: { 'mcp-mesh-logs': { is_write_index: true } } });
  await load(logs.slice(0, 2500));
  await call('POST', '/mcp-mesh-logs/_rollover');
  await load(logs.slice(2500));
});
afterAll(() => server.stop());

async function call(method: string, path: string, body: object | string = ''): Promise<Json> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === '' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return JSON.parse(text) as Json;
}

async function load(records: readonly AgentLog[]): Promise<void> {
  const lines = records.map((record) => `{"create":{}}\n${JSON.stringify(record)}\n`).join('');
  expect(await call('POST', '/mcp-mesh-logs/_bulk?refresh=true', lines)).toMatchObject({ errors: false });
}

/** Numbers that are not whole to ten digits: sums of doubles depend on their order. */
function rounded<T>(value: T): T {
  if (typeof value === 'number') return (Number.isInteger(value) ? value : Number(value.toPrecision(10))) as T;
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)])) as T;
}

const byTime = (records: readonly AgentLog[]) => records.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
const sourcesOf = (answer: Json) => answer.hits?.hits?.map((hit) => hit._source) as unknown as AgentLog[];

it('has records that put every number to the test', () => {
  const patterns = expectPatterns(logs, now);
  expect(patterns.requests_by_agent.sum_other_doc_count).toBeGreaterThan(0);
  expect(patterns.requests_by_agent.buckets[0]).toMatchObject({ key: 'weather-agent' });
  expect(expectErrors(logs, now, 'weather-agent').error_types.sum_other_doc_count).toBeGreaterThan(0);
  expect(expectErrors(logs, now, 'weather-agent').errors.length).toBeGreaterThan(100);
  expect(expectPerformance(logs, now, 'weather-agent').sum_other_doc_count).toBeGreaterThan(0);
  expect(expectAnomalies(logs, now, 'weather-agent').aggregations.rare_terms.buckets.length).toBeGreaterThan(10);
  expect(expectAnomalies(logs, now, 'agent-20').aggregations.log_rate.buckets.some(({ doc_count }) => doc_count === 0)).toBe(true);
  expect(logs.filter(({ msg }) => msg.length > 256).length).toBeGreaterThan(10);
});

describe.each(clientNames)('%s', (name) => {
  let client: PublishedClient;
  beforeAll(() => {
    client = connectClient(name, server.url);
  });
  afterAll(() => client.close());

  it.each([0, 7, 123, 749])('finds the logs of trace-%i in order', async (number) => {
    const expected = expectTrace(logs, `trace-${number}`);
    expect(expected.length).toBeGreaterThan(0);
    const answer = await client.send('search', { index }, analyzerQueries.search_by_trace_id(`trace-${number}`));
    expect(sourcesOf(answer)).toEqual(expected);
    expect(answer.hits).toMatchObject({ total: { value: expected.length, relation: 'eq' }, max_score: null });
    expect(answer.hits?.hits?.map((hit) => hit.sort)).toEqual(expected.map(({ timestamp }) => [Date.parse(timestamp)]));
    expect(answer._shards).toEqual({ total: 2, successful: 2, skipped: 0, failed: 0 });
  });

  it.each(['weather-agent', 'agent-19', 'nobody'])('finds the errors of %s', async (agent) => {
    const { errors, ...aggregations } = expectErrors(logs, now, agent);
    const answer = await client.send('search', { index }, analyzerQueries.find_errors_by_agent(agent));
    expect(answer.aggregations).toEqual(aggregations);
    expect(answer.hits?.total).toEqual({ value: errors.length, relation: 'eq' });
    const found = sourcesOf(answer);
    expect(found).toHaveLength(Math.min(errors.length, 100));
    const known = new Map(errors.map((log) => [log.timestamp, log]));
    expect(found).toEqual(found.map((log) => known.get(log.timestamp)));
    expect(new Set(found.map(({ timestamp }) => timestamp)).size).toBe(found.length);
  });

  it('analyzes request patterns', async () => {
    const { total, requests_by_agent, slowest } = expectPatterns(logs, now);
    const answer = await client.send('search', { index }, analyzerQueries.analyze_request_patterns());
    expect(rounded(answer.aggregations?.requests_by_agent)).toEqual(rounded(requests_by_agent));
    const hits = answer.aggregations?.slow_requests?.hits;
    expect(hits).toMatchObject({ total: { value: total, relation: 'eq' }, max_score: null });
    expect(hits?.hits?.map(({ _source, sort, _score }) => ({ _source, sort, _score }))).toEqual(
      slowest.map((log) => ({ _source: log, sort: [log.request.duration_ms], _score: null })),
    );
    expect(answer.hits).toMatchObject({ total: { value: total, relation: 'eq' }, hits: [] });
  });

  it.each(['weather-agent', 'payment-agent', 'agent-20', 'nobody'])('detects anomalies of %s', async (agent) => {
    const answer = await client.send('search', { index }, analyzerQueries.detect_anomalies(agent));
    expect(answer.aggregations).toEqual(expectAnomalies(logs, now, agent).aggregations);
  });

  it('analyzes performance', async () => {
    const { percentiles, outliers, sum_other_doc_count } = expectPerformance(logs, now, 'weather-agent');
    const answer = await client.send('search', { index }, analyzerQueries.analyze_performance_logs('weather-agent'));
    const [p50, p95, p99] = percentiles;
    expect(rounded(answer.aggregations?.percentiles)).toEqual(rounded({ values: { '50.0': p50, '95.0': p95, '99.0': p99 } }));
    const found = answer.aggregations?.outliers;
    expect(found?.sum_other_doc_count).toBe(sum_other_doc_count);
    expect(
      found?.buckets?.map(({ key, doc_count, max_duration, sample_logs }) => ({
        key,
        doc_count,
        max: max_duration?.value,
        samples: sample_logs?.hits?.hits?.map((hit) => hit._source),
        total: sample_logs?.hits?.total?.value,
      })),
    ).toEqual(
      outliers.map(({ key, doc_count, slowest }) => ({
        key,
        doc_count,
        max: slowest.metrics?.duration_ms,
        samples: [slowest],
        total: doc_count,
      })),
    );
  });

  it('exports every record once', async () => {
    const found: AgentLog[] = [];
    const body = { query: { match_all: {} } };
    const wrapped = name === 'elasticsearch 7' || name === 'opensearch';
    const scroll = client.helpers.scrollDocuments({ index, size: 1000, ...(wrapped ? { body } : body) });
    for await (const document of scroll) found.push(document as AgentLog);
    expect(byTime(found)).toEqual(byTime(logs));
  });
});

describe("the page's dashboards", () => {
  const search = (body: object) => call('POST', `/${index}/_search`, body);

  it('show the newest logs', async () => {
    const answer = await search({ query: { match_all: {} }, sort: [{ timestamp: 'desc' }], size: 50 });
    expect(sourcesOf(answer)).toEqual(byTime(logs).reverse().slice(0, 50));
    expect(answer.hits?.total).toEqual({ value: logs.length, relation: 'eq' });
  });

  it('show errors and warnings over time', async () => {
    const answer = await search({
      size: 0,
      aggs: {
        2: {
          date_histogram: { field: 'timestamp', fixed_interval: '1h', min_doc_count: 1 },
          aggs: {
            3: {
              filters: {
                filters: { Errors: { query_string: { query: 'level:ERROR' } }, Warnings: { query_string: { query: 'level:WARNING' } } },
              },
            },
          },
        },
      },
    });
    const count = (own: AgentLog[], level: string) => ({ doc_count: own.filter((log) => log.level === level).length });
    const expected = timeline(logs, 3_600_000, (own) => ({
      3: { buckets: { Errors: count(own, 'ERROR'), Warnings: count(own, 'WARNING') } },
    }));
    expect(answer.aggregations?.['2']?.buckets).toEqual(expected.filter(({ doc_count }) => doc_count > 0));
  });

  it('show levels by agent', async () => {
    const answer = await search({
      size: 0,
      aggs: {
        agent: {
          terms: { field: 'agent.name', size: 10 },
          aggs: { level: { terms: { field: 'level', size: 5, order: { _key: 'asc' } } } },
        },
      },
    });
    const levels = (own: AgentLog[]) => {
      const found = terms(own, 5, (log) => log.level);
      return { level: { ...found, buckets: found.buckets.toSorted((a, b) => (a.key < b.key ? -1 : 1)) } };
    };
    expect(answer.aggregations?.agent).toEqual(terms(logs, 10, (log) => log.agent.name, levels));
  });

  it.each<[string, object, (log: AgentLog) => boolean]>([
    [
      'authentication events',
      { query_string: { query: 'audit.action:(login OR logout OR auth_failure)' } },
      ({ audit }) => audit !== undefined && audit.action !== 'forecast_retrieved',
    ],
    [
      'access by user',
      { bool: { must: [{ exists: { field: 'audit.user_id' } }, { term: { 'audit.result': 'success' } }] } },
      ({ audit }) => audit?.result === 'success',
    ],
    [
      'failed access',
      { bool: { must: [{ term: { 'audit.result': 'failure' } }, { range: { timestamp: { gte: 'now-1h' } } }] } },
      (log) => log.audit?.result === 'failure' && Date.parse(log.timestamp) >= now - 3_600_000,
    ],
  ])('count %s', async (_name, query, matches) => {
    const expected = logs.filter(matches);
    expect(expected.length).toBeGreaterThan(5);
    const answer = await search({ query, size: 1000, sort: ['timestamp'] });
    expect(sourcesOf(answer)).toEqual(byTime(expected));
  });
});

const python = '/usr/bin/python3';
const hasClient = await promisify(execFile)(python, ['-c', 'import elasticsearch']).then(
  () => true,
  () => false,
);
if (!hasClient) console.warn("skipped: the page's Python needs Debian's python3-elasticsearch (apt-get install python3-elasticsearch)");

describe.skipIf(!hasClient)("the page's own Python, with Debian's python3-elasticsearch", () => {
  let cwd: string;
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'meshscope-python-'));
  });
  afterAll(() => rmSync(cwd, { recursive: true }));

  /** Runs the page's code and then `program`, and reads the JSON on the last line of its output. */
  async function run(program: string, analyzer = page.analyzer) {
    const options = { cwd, maxBuffer: 64 * 1024 ** 2, env: { PATH: process.env.PATH, PYTHONWARNINGS: 'ignore' } };
    const { stdout } = await promisify(execFile)(python, ['-c', `${analyzer}\n${program}`], options);
    const lines = stdout.trimEnd().split('\n');
    return { lines, json: JSON.parse(lines.at(-1) as string) as Json };
  }

  const address = () => server.url.replace('http://', '');
  const connected = () => `analyzer = LogAnalyzer(${JSON.stringify(address())})`;

  it('asks what the tests above ask', async () => {
    const { json } = await run(`
class Recorder:
    def __init__(self): self.sent = {}
    def search(self, index, body):
        self.sent[self.name] = body
        raise KeyError(self.name)
analyzer = LogAnalyzer('localhost:1')
analyzer.es = Recorder()
def ask(name, function, *arguments):
    analyzer.es.name = name
    try: function(*arguments)
    except KeyError: pass
ask('search_by_trace_id', analyzer.search_by_trace_id, 't')
ask('find_errors_by_agent', analyzer.find_errors_by_agent, 'a')
ask('analyze_request_patterns', analyzer.analyze_request_patterns)
ask('detect_anomalies', analyzer.detect_anomalies, 'a')
ask('analyze_performance_logs', analyze_performance_logs, analyzer.es, 'a')
print(json.dumps(analyzer.es.sent))`);
    expect(json).toEqual({
      search_by_trace_id: analyzerQueries.search_by_trace_id('t'),
      find_errors_by_agent: analyzerQueries.find_errors_by_agent('a'),
      analyze_request_patterns: analyzerQueries.analyze_request_patterns(),
      detect_anomalies: analyzerQueries.detect_anomalies('a'),
      analyze_performance_logs: analyzerQueries.analyze_performance_logs('a'),
    });
  });

  it('finds traces, errors and anomalies, from the address without a scheme that the page has', async () => {
    const { json } = await run(`${connected()}
print(json.dumps({
    'trace': analyzer.search_by_trace_id('trace-7'),
    'errors': analyzer.find_errors_by_agent('weather-agent'),
    'patterns': analyzer.analyze_request_patterns(),
    'anomalies': analyzer.detect_anomalies('weather-agent'),
}))`);
    expect(json.trace).toEqual(expectTrace(logs, 'trace-7'));
    const { errors, error_types, error_timeline } = expectErrors(logs, now, 'weather-agent');
    expect(json.errors?.errors).toHaveLength(Math.min(errors.length, 100));
    expect(json.errors).toMatchObject({ error_types: error_types.buckets, timeline: error_timeline.buckets });
    expect(rounded(json.patterns?.requests_by_agent)).toEqual(rounded(expectPatterns(logs, now).requests_by_agent));
    const { anomalies } = expectAnomalies(logs, now, 'weather-agent');
    expect(anomalies.map(({ type }) => type)).toContain('high_error_variety');
    expect(json.anomalies).toEqual(anomalies);
  });

  it('exports with scan', async () => {
    const { json } = await run(`${connected()}
analyzer.export_logs({'query': {'term': {'level': 'ERROR'}}}, 'out.ndjson')
print(1)`);
    expect(json).toBe(1);
    const exported = readFileSync(join(cwd, 'out.ndjson'), 'utf8').trimEnd().split('\n');
    const expected = logs.filter(({ level }) => level === 'ERROR');
    expect(expected.length).toBeGreaterThan(1000);
    expect(byTime(exported.map((line) => JSON.parse(line) as AgentLog))).toEqual(byTime(expected));
  });

  it('prints the performance of an agent', async () => {
    const { lines } = await run(`analyze_performance_logs(Elasticsearch(${JSON.stringify(server.url)}), 'weather-agent')\nprint(1)`);
    const { percentiles, outliers } = expectPerformance(logs, now, 'weather-agent');
    const numbers = lines.flatMap((line) => /^ ?\S+: (\d[\d.]*)ms$/.exec(line)?.[1] ?? []).map(Number);
    expect(rounded(numbers)).toEqual(rounded([...percentiles, ...outliers.map(({ slowest }) => slowest.metrics?.duration_ms)]));
    expect(lines.slice(-1 - outliers.length, -1).map((line) => line.trim().split(':')[0])).toEqual(outliers.map(({ key }) => key));
  });

  it('passes credentials as http_auth, which the page must say for this version', async () => {
    const secured = await startServer({ flags: ['--http.username', 'elastic', '--http.password', 'changeme'] });
    const program = `
from elasticsearch.exceptions import AuthenticationException
analyzer = LogAnalyzer(${JSON.stringify(secured.url)})
try: print(json.dumps(analyzer.search_by_trace_id('t')))
except AuthenticationException as error: print(json.dumps([error.status_code, error.error]))`;
    expect((await run(program)).json).toEqual([401, 'security_exception']);
    expect((await run(program, page.analyzer.replace('basic_auth', 'http_auth'))).json).toEqual([]);
    expect(await secured.stop()).toBe(0);
  });
});
