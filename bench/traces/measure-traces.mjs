// The trace part of `npm run bench`.
import { machine } from '../machine.mjs';
import { residentBytes, startServer, untilQuiet } from '../server-process.mjs';
import { measureOpenTraces } from './measure-open-traces.mjs';
import { measureOtlp } from './measure-otlp.mjs';
import { measureRedis } from './measure-redis.mjs';
import { measureTraceQueries } from './measure-trace-queries.mjs';

const seed = 7002;

/** `spans` are stored for the queries; `backlog` wait in Redis. */
export async function measureTraces(folder, { spans, backlog, rates, seconds, openTraces }, progress) {
  const redis = await measureRedis(folder, { backlog, rates, seconds }, progress);
  const open = await measureOpenTraces(folder, openTraces, progress);
  const server = await startServer({ data: `${folder}/otlp-data`, env: { TRACE_EXPORTER_TYPE: 'none' } });
  try {
    const otlp = await measureOtlp(server, { seed, first: 0, spans, connections: 3 }, progress);
    const peakBytes = residentBytes(server.pid).peak;
    const settledSeconds = await untilQuiet(server);
    progress(`traces: merged after ${settledSeconds.toFixed(0)} s`);
    const queries = await measureTraceQueries(server, { seed, spans }, progress);
    return { machine: machine(), spans, redis, open, otlp, peakBytes, settledSeconds, queries };
  } finally {
    await server.stop();
  }
}
