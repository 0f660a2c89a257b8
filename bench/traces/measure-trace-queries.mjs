// Latencies of the trace API over all that is stored, one request after the other, as the client sees them.
import { call } from '../server-process.mjs';
import { quantile } from '../statistics.mjs';
import { spansPerTrace, traceIdAt } from './mesh-entries.mjs';

const runs = 40;
/** Of what reads all spans. */
const fewRuns = 3;

function requests({ seed, spans }) {
  const traces = spans / spansPerTrace;
  const path = (params) => `/trace/search?${new URLSearchParams(params)}`;
  return [
    ['/trace/{id} (target < 30 ms p95)', (run) => `/trace/${traceIdAt(seed, Math.floor(((run + 0.5) * traces) / (runs + 1)))}`],
    ['/trace/list', (run) => `/trace/list?limit=20&offset=${run}`],
    ['/trace/search by agent (target < 100 ms p95)', () => path({ agent_name: 'payment-agent' })],
    ['/trace/search by operation (target < 100 ms p95)', () => path({ operation: 'charge_card' })],
    ['/trace/search failures of an agent (target < 100 ms p95)', () => path({ agent_name: 'payment-agent', success: 'false' })],
    ['/trace/search by duration (target < 100 ms p95)', () => path({ min_duration_ms: '400' })],
    [
      '/trace/search in a time range (target < 100 ms p95)',
      (run) =>
        path({
          start_time: new Date(Date.now() - 60_000 - run * 1000).toISOString(),
          end_time: new Date(Date.now() - 30_000).toISOString(),
        }),
    ],
    ['/trace/search that finds nothing (target < 100 ms p95)', () => path({ agent_name: 'no-such-agent' })],
    ['/trace/stats', () => '/trace/stats'],
    [
      '/api/traces: a failing call within a call',
      () => `/api/traces?${new URLSearchParams({ q: '{ name = "tools/call get_weather" } >> { status = error }', limit: '20' })}`,
    ],
    [
      '/api/traces: a frequent attribute value',
      () => `/api/traces?${new URLSearchParams({ q: '{ span.mcp.session.id = "session-7" && status = error }', limit: '20' })}`,
    ],
    ['/api/traces/map of an hour', () => '/api/traces/map', fewRuns],
  ];
}

export async function measureTraceQueries(server, plan, progress) {
  const results = [];
  for (const [name, pathOf, times = runs] of requests(plan)) {
    const millis = [];
    try {
      await call(server, 'GET', pathOf(0));
      for (let run = 1; run <= times; run++) {
        const started = performance.now();
        await call(server, 'GET', pathOf(run));
        millis.push(performance.now() - started);
      }
      results.push({ name, p50: quantile(millis, 0.5), p95: quantile(millis, 0.95) });
      progress(`${name}: ${quantile(millis, 0.5).toFixed(0)} ms p50, ${quantile(millis, 0.95).toFixed(0)} ms p95`);
    } catch (error) {
      results.push({ name, error: error.message });
      progress(`${name}: ${error.message}`);
    }
  }
  return { runs, results };
}
