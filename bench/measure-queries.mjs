import { loadavg } from 'node:os';
import { benchQueries } from './queries.mjs';
import { call } from './server-process.mjs';
import { quantile } from './statistics.mjs';

const runs = 40;

/** Latencies of each query, one after the other on an otherwise idle server, as the client sees them. */
export async function measureQueries(server, plan, progress) {
  const results = [];
  for (const { name, page = false, body } of benchQueries(plan)) {
    const path = `/${plan.index}/_search`;
    const millis = [];
    let hits;
    try {
      // One run to read from the disk what the others find in memory.
      await call(server, 'POST', path, body(0, runs + 1));
      for (let run = 1; run <= runs; run++) {
        const request = body(run, runs + 1);
        const started = performance.now();
        const answer = await call(server, 'POST', path, request);
        millis.push(performance.now() - started);
        hits = answer.hits.total?.value;
      }
      results.push({ name, page, hits, p50: quantile(millis, 0.5), p95: quantile(millis, 0.95) });
      progress(`${name}: ${quantile(millis, 0.5).toFixed(0)} ms p50, ${quantile(millis, 0.95).toFixed(0)} ms p95, ${hits} hits`);
    } catch (error) {
      results.push({ name, page, error: error.message });
      progress(`${name}: ${error.message}`);
    }
  }
  return { runs, loadAverage: loadavg()[0], results };
}
