// What open traces cost the process: resident memory with so many `span_start` events that nothing has ended.
import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes, startServer, storedRecords } from '../server-process.mjs';
import { traceIdAt } from './mesh-entries.mjs';
import { commandsOf, publish } from './publish.mjs';
import { startRedis } from './redis-server.mjs';

const seed = 7003;

const started = (_, position, seconds) => [
  ['trace_id', traceIdAt(seed, position)],
  ['span_id', position.toString(16).padStart(16, '0')],
  ['agent_name', 'gateway-agent'],
  ['agent_id', 'gateway-agent-1a2b'],
  ['operation', 'tool:generate_report'],
  ['event_type', 'span_start'],
  ['timestamp', seconds.toFixed(6)],
  ['runtime', 'python'],
];

/** Returns the growth of resident memory, in bytes, after the load has settled. */
export async function measureOpenTraces(folder, traces, progress) {
  const redis = await startRedis(folder);
  const env = { MCP_MESH_DISTRIBUTED_TRACING_ENABLED: 'true', REDIS_URL: redis.url, TRACE_EXPORTER_TYPE: 'none' };
  const server = await startServer({ data: `${folder}/open-data`, env });
  try {
    // As many before, so that buffers and caches of the engine have the size of the load already.
    const commands = commandsOf(seed, started);
    await publish({ port: redis.port, from: 0, to: traces, commands });
    await settled(server, traces);
    const before = residentBytes(server.pid).now;
    await publish({ port: redis.port, from: traces, to: 2 * traces, commands });
    await settled(server, 2 * traces);
    const grown = residentBytes(server.pid).now - before;
    progress(`open traces: ${traces} more took ${(grown / 1024 ** 2).toFixed(1)} MiB`);
    return { traces, grownBytes: grown };
  } finally {
    await server.stop();
    redis.stop();
  }
}

async function settled(server, traces) {
  while ((await storedRecords(server)) < traces) await sleep(200);
  await sleep(5000);
}
