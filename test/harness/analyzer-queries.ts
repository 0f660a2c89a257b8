/** The questions of the logging page's LogAnalyzer, as request bodies. A test compares them with what the page's own code sends. */

const range = (from: string) => ({ range: { timestamp: { gte: from } } });

export const analyzerQueries = {
  search_by_trace_id: (trace: string) => ({ query: { term: { 'trace.trace_id': trace } }, sort: [{ timestamp: 'asc' }], size: 1000 }),

  find_errors_by_agent: (agent: string) => ({
    query: { bool: { must: [{ term: { 'agent.name': agent } }, { term: { level: 'ERROR' } }, range('now-24h')] } },
    aggs: {
      error_types: { terms: { field: 'exception.type', size: 10 } },
      error_timeline: { date_histogram: { field: 'timestamp', fixed_interval: '1h' } },
    },
    size: 100,
  }),

  analyze_request_patterns: () => ({
    query: { bool: { must: [{ exists: { field: 'request.method' } }, range('now-1h')] } },
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
  }),

  detect_anomalies: (agent: string) => ({
    query: { bool: { must: [{ term: { 'agent.name': agent } }, range('now-1h')] } },
    aggs: {
      log_rate: {
        date_histogram: { field: 'timestamp', fixed_interval: '1m' },
        aggs: { level_breakdown: { terms: { field: 'level' } } },
      },
      unique_errors: { cardinality: { field: 'exception.message.keyword' } },
      rare_terms: { rare_terms: { field: 'msg.keyword', max_doc_count: 2 } },
    },
  }),

  analyze_performance_logs: (agent: string) => ({
    query: { bool: { must: [{ term: { 'agent.name': agent } }, { exists: { field: 'metrics.duration_ms' } }, range('now-1h')] } },
    aggs: {
      percentiles: { percentiles: { field: 'metrics.duration_ms', percents: [50, 95, 99] } },
      outliers: {
        terms: { field: 'request.method', size: 10, order: { max_duration: 'desc' } },
        aggs: {
          max_duration: { max: { field: 'metrics.duration_ms' } },
          sample_logs: { top_hits: { size: 1, sort: [{ 'metrics.duration_ms': 'desc' }] } },
        },
      },
    },
  }),
};
