import { Session } from 'chdb';
import { afterAll, describe, expect, it } from 'vitest';
import { randomDocuments, sourceOf, type TestDocument, TestTable } from './testing/documents.ts';
import { type ReferenceAgg, reference } from './testing/reference.ts';
import { runOn } from './testing/run.ts';

const documents = randomDocuments(7, 2000);
const table = new TestTable(Session, documents);
afterAll(() => table.close());

/** Numbers of the answer that do not depend on the order in which sums are taken. */
const close = (json: unknown): unknown =>
  JSON.parse(JSON.stringify(json), (_, value) => (typeof value === 'number' ? Number(value.toPrecision(9)) : value));

const bySlowest = (left: TestDocument, right: TestDocument) => (right.duration ?? -1) - (left.duration ?? -1);

function hit(doc: TestDocument, source: Record<string, unknown>) {
  return { _index: 'logs-1', _id: doc.id, _score: null, _source: source, sort: [doc.duration] };
}

/** One SELECT for a tree; documents of `top_hits` are one more, read by rank or by id instead of in the scan. */
describe('aggregations of the logging page', () => {
  it('find_errors_by_agent', async () => {
    const aggs: Record<string, ReferenceAgg> = {
      error_types: { terms: { field: 'request.status', size: 10 } },
      error_timeline: { date_histogram: { field: 'timestamp', fixed_interval: '1h' } },
    };
    const answer = await runOn(table, aggs, "agent_name = 'agent-0' AND level = 'ERROR'");
    expect(answer).toEqual(
      reference(
        aggs,
        documents.filter((doc) => doc.agent === 'agent-0' && doc.level === 'ERROR'),
      ),
    );
    expect(table.statements).toHaveLength(1);
    await expect(table.statements[0]).toMatchFileSnapshot('testing/snapshots/find-errors-by-agent.sql');
  });

  it('analyze_request_patterns', async () => {
    const requests: ReferenceAgg = {
      terms: { field: 'agent.name', size: 20 },
      aggs: {
        methods: { terms: { field: 'request.method', size: 10 } },
        avg_duration: { avg: { field: 'request.duration_ms' } },
        error_rate: { terms: { field: 'request.status', size: 2 } },
      },
    };
    const _source = ['timestamp', 'agent.name', 'request.method', 'request.duration_ms'];
    const slow = { top_hits: { sort: [{ 'request.duration_ms': 'desc' }], size: 10, _source } };
    const answer = await runOn(table, { requests_by_agent: requests, slow_requests: slow }, "request_method != ''");
    const some = documents.filter((doc) => doc.method !== undefined);
    expect(close(answer.requests_by_agent)).toEqual(close(reference({ requests }, some).requests));
    const slowest = [...some].sort(bySlowest).slice(0, 10);
    expect(answer.slow_requests).toMatchObject({ hits: { total: { value: some.length, relation: 'eq' }, max_score: null } });
    const hits = (answer.slow_requests as { hits: { hits: { sort: unknown; _source: unknown }[] } }).hits.hits;
    expect(hits.map((one) => one.sort)).toEqual(slowest.map((doc) => [doc.duration]));
    const first = documents.find((doc) => doc.id === (hits[0] as unknown as { _id: string })._id) as TestDocument;
    const { timestamp, agent } = sourceOf(first);
    const expected = {
      timestamp,
      ...(agent === undefined ? {} : { agent }),
      request: { method: first.method, duration_ms: first.duration },
    };
    expect(hits[0]).toEqual(hit(first, expected));
    expect(table.statements).toHaveLength(2);
    await expect(table.statements.join('\n')).toMatchFileSnapshot('testing/snapshots/analyze-request-patterns.sql');
  });

  it('detect_anomalies', async () => {
    const aggs: Record<string, ReferenceAgg> = {
      log_rate: { date_histogram: { field: 'timestamp', fixed_interval: '1h' }, aggs: { level_breakdown: { terms: { field: 'level' } } } },
      unique_errors: { cardinality: { field: 'exception.message.keyword' } },
      rare_terms: { rare_terms: { field: 'msg.keyword', max_doc_count: 2 } },
    };
    expect(await runOn(table, aggs, "agent_name = 'agent-0'")).toEqual(
      reference(
        aggs,
        documents.filter((doc) => doc.agent === 'agent-0'),
      ),
    );
    expect(table.statements).toHaveLength(1);
    await expect(table.statements[0]).toMatchFileSnapshot('testing/snapshots/detect-anomalies.sql');
  });

  it('analyze_performance_logs', async () => {
    const outliers: ReferenceAgg = {
      terms: { field: 'request.method', size: 10, order: { max_duration: 'desc' } },
      aggs: { max_duration: { max: { field: 'metrics.duration_ms' } } },
    };
    const sample = { top_hits: { size: 1, sort: [{ 'metrics.duration_ms': 'desc' }] } };
    const percentiles = { percentiles: { field: 'metrics.duration_ms', percents: [25, 50, 99] } };
    const answer = await runOn(
      table,
      { percentiles, outliers: { ...outliers, aggs: { ...outliers.aggs, sample_logs: sample } } },
      "agent_name = 'agent-0' AND duration IS NOT NULL",
    );
    const some = documents.filter((doc) => doc.agent === 'agent-0' && doc.duration !== undefined);
    const expected = reference({ percentiles, outliers }, some) as { outliers: { buckets: { key: string; doc_count: number }[] } };
    const buckets = expected.outliers.buckets.map((bucket) => {
      const [slowest] = some.filter((doc) => doc.method === bucket.key).sort(bySlowest) as [TestDocument];
      const hits = { total: { value: bucket.doc_count, relation: 'eq' }, max_score: null, hits: [hit(slowest, sourceOf(slowest))] };
      return { ...bucket, sample_logs: { hits } };
    });
    expect(close(answer)).toEqual(close({ ...expected, outliers: { ...expected.outliers, buckets } }));
    expect(table.statements).toHaveLength(2);
    await expect(table.statements.join('\n')).toMatchFileSnapshot('testing/snapshots/analyze-performance-logs.sql');
  });
});
