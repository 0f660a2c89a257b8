// The queries of the logging page's `LogAnalyzer` and `analyze_performance_logs`, and those behind the log views. Times are given as the
// page gives them, relative to now: the records run through the 24 hours before the start of the benchmark.
import { rareWord, traceIdAt } from './page-records.mjs';

const term = (field, value) => ({ term: { [field]: value } });
const since = (from) => ({ range: { timestamp: { gte: from } } });
const must = (...clauses) => ({ bool: { must: clauses } });
const newestFirst = [{ timestamp: 'desc' }];

const patterns = {
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
};

const anomalies = {
  log_rate: {
    date_histogram: { field: 'timestamp', fixed_interval: '1m' },
    aggs: { level_breakdown: { terms: { field: 'level' } } },
  },
  unique_errors: { cardinality: { field: 'exception.message.keyword' } },
  rare_terms: { rare_terms: { field: 'msg.keyword', max_doc_count: 2 } },
};

const performance = {
  percentiles: { percentiles: { field: 'metrics.duration_ms', percents: [50, 95, 99] } },
  outliers: {
    terms: { field: 'request.method', size: 10, order: { max_duration: 'desc' } },
    aggs: {
      max_duration: { max: { field: 'metrics.duration_ms' } },
      sample_logs: { top_hits: { size: 1, sort: [{ 'metrics.duration_ms': 'desc' }] } },
    },
  },
};

const errorAggregations = {
  error_types: { terms: { field: 'exception.type', size: 10 } },
  error_timeline: { date_histogram: { field: 'timestamp', fixed_interval: '1h' } },
};

/** `body` gets the number of the run, so that no two runs ask for the same trace. `page`: a query of the page, which has a target. */
export function benchQueries({ seed, total }) {
  const everywhere = (run, of) => Math.floor((total / of) * run + total / (2 * of));
  return [
    {
      name: 'search_by_trace_id',
      page: true,
      body: (run, of) => ({
        query: term('trace.trace_id', traceIdAt(seed, everywhere(run, of))),
        sort: [{ timestamp: 'asc' }],
        size: 1000,
      }),
    },
    {
      name: 'find_errors_by_agent',
      page: true,
      body: () => ({
        query: must(term('agent.name', 'weather-agent'), term('level', 'ERROR'), since('now-24h')),
        aggs: errorAggregations,
        size: 100,
      }),
    },
    {
      name: 'analyze_request_patterns',
      page: true,
      body: () => ({ query: must({ exists: { field: 'request.method' } }, since('now-1h')), aggs: patterns, size: 0 }),
    },
    {
      name: 'detect_anomalies',
      page: true,
      body: () => ({ query: must(term('agent.name', 'payment-agent'), since('now-1h')), aggs: anomalies }),
    },
    {
      name: 'analyze_performance_logs',
      page: true,
      body: () => ({
        query: must(term('agent.name', 'weather-agent'), { exists: { field: 'metrics.duration_ms' } }, since('now-1h')),
        aggs: performance,
      }),
    },
    { name: 'latest 100', body: () => ({ sort: newestFirst, size: 100 }) },
    {
      name: "latest 100 of an agent's errors",
      body: () => ({ query: must(term('agent.name', 'payment-agent'), term('level', 'ERROR')), sort: newestFirst, size: 100 }),
    },
    {
      name: 'hourly histogram by level over all',
      body: () => ({
        size: 0,
        aggs: {
          hours: { date_histogram: { field: 'timestamp', fixed_interval: '1h' }, aggs: { levels: { terms: { field: 'level' } } } },
        },
      }),
    },
    { name: 'full text, common word, count', body: () => ({ query: { match: { msg: 'processed' } }, size: 0, track_total_hits: true }) },
    { name: 'full text, common word, latest 100', body: () => ({ query: { match: { msg: 'processed' } }, sort: newestFirst, size: 100 }) },
    { name: 'full text, rare word', body: () => ({ query: { match: { msg: rareWord } }, sort: newestFirst, size: 100 }) },
    { name: 'exists, count', body: () => ({ query: { exists: { field: 'exception.type' } }, size: 0, track_total_hits: true }) },
    {
      name: 'wildcard, latest 100',
      body: () => ({ query: { wildcard: { 'kubernetes.pod_name': 'pay*-m3n7b' } }, sort: newestFirst, size: 100 }),
    },
    { name: 'a field without a column, latest 100', body: () => ({ query: term('location', 'Nairobi'), sort: newestFirst, size: 100 }) },
  ];
}
