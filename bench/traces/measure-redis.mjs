// MCP Mesh's entries from Redis Streams: how fast a backlog is taken in, and how soon a span is visible while others are published.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, startServer, storedRecords, untilQuiet } from '../server-process.mjs';
import { quantile } from '../statistics.mjs';
import { createMeshCommands, spansAtOnce } from './mesh-commands.mjs';
import { spansPerTrace, traceIdAt } from './mesh-entries.mjs';
import { commandsOf, publish } from './publish.mjs';
import { startRedis } from './redis-server.mjs';

const seed = 7001;
const giveUpMillis = 300_000;

async function untilStored(server, spans) {
  const deadline = Date.now() + giveUpMillis;
  for (;;) {
    const stored = await storedRecords(server);
    if (stored >= spans) return stored;
    if (Date.now() > deadline) throw new Error(`${stored} of ${spans} spans are stored after ${giveUpMillis / 1000} s`);
    // The server's metrics cost it some milliseconds, which it has for spans until the end is near.
    await sleep(stored < spans * 0.9 ? 1000 : 100);
  }
}

async function untilVisible(server, traceId) {
  const started = performance.now();
  for (;;) {
    const answer = await fetch(`${server.url}/trace/${traceId}`);
    const body = await answer.json();
    if (answer.status === 200 && body.SpanCount === spansPerTrace) return performance.now() - started;
    if (performance.now() - started > giveUpMillis) throw new Error(`${traceId} is not visible`);
    await sleep(20);
  }
}

/** `backlog` spans that wait in Redis when the server starts; then `rates` spans per second for `seconds` each, published from here. */
export async function measureRedis(folder, { backlog, rates, seconds }, progress) {
  const redis = await startRedis(folder);
  const commands = createMeshCommands(seed);
  try {
    await publish({ port: redis.port, from: 0, to: backlog, commands, atOnce: spansAtOnce });
    const env = { MCP_MESH_DISTRIBUTED_TRACING_ENABLED: 'true', REDIS_URL: redis.url, TRACE_EXPORTER_TYPE: 'none' };
    const server = await startServer({ data: `${folder}/redis-data`, env });
    try {
      const started = performance.now();
      const redisCpu = cpuSeconds(redis.pid);
      const cpu = cpuSeconds(server.pid);
      await untilStored(server, backlog);
      const took = (performance.now() - started) / 1000;
      const drained = {
        spans: backlog,
        perSecond: backlog / took,
        serverCpuPerMillion: ((cpuSeconds(server.pid) - cpu) / backlog) * 1e6,
        redisCpuPerMillion: ((cpuSeconds(redis.pid) - redisCpu) / backlog) * 1e6,
      };
      progress(
        `redis: ${Math.round(drained.perSecond)} spans/s from a backlog of ${backlog}, CPU s/M server ${drained.serverCpuPerMillion.toFixed(1)} redis-server ${drained.redisCpuPerMillion.toFixed(1)}`,
      );
      const live = [];
      let from = backlog;
      for (const perSecond of rates) {
        // Merges that were put off belong to what came before.
        await untilQuiet(server);
        const to = from + Math.floor((perSecond * seconds) / spansAtOnce) * spansAtOnce;
        live.push(await publishAndWatch(server, redis, { from, to, perSecond, commands }));
        const { published, p50, p99, cpu: used } = live.at(-1);
        progress(
          `redis: ${Math.round(published)} spans/s published, visible after ${Math.round(p50)} ms (p50), ${Math.round(p99)} ms (p99); ` +
            `CPU s/M server ${used.server.toFixed(1)} redis-server ${used.redis.toFixed(1)} publisher ${used.publisher.toFixed(1)}`,
        );
        from = to;
      }
      return { drained, live };
    } finally {
      await server.stop();
    }
  } finally {
    redis.stop();
  }
}

/**
 * One trace at a time is published on a connection of its own, beside the load. CPU is counted from the first span published until the last is
 * stored, in seconds for a million spans; the publisher's has the probes in it.
 */
async function publishAndWatch(server, redis, { from, to, perSecond, commands }) {
  let done = false;
  const before = cpuOfAll(server, redis);
  const load = publish({ port: redis.port, from, to, perSecond, commands, atOnce: spansAtOnce }).then((took) => {
    done = true;
    return took;
  });
  const visible = [];
  const probeCommands = commandsOf(seed + 1);
  for (let probe = 0; !done; probe++) {
    const position = (10_000_000 + from + probe) * spansPerTrace;
    await publish({ port: redis.port, from: position, to: position + spansPerTrace, commands: probeCommands });
    visible.push(await untilVisible(server, traceIdAt(seed + 1, position / spansPerTrace)));
    await sleep(100);
  }
  const took = await load;
  await untilStored(server, to);
  const after = cpuOfAll(server, redis);
  const used = (name) => ((after[name] - before[name]) / (to - from)) * 1e6;
  return {
    asked: perSecond,
    published: (to - from) / took,
    probes: visible.length,
    p50: quantile(visible, 0.5),
    p99: quantile(visible, 0.99),
    cpu: { server: used('server'), redis: used('redis'), publisher: used('publisher') },
  };
}

const cpuOfAll = (server, redis) => ({ server: cpuSeconds(server.pid), redis: cpuSeconds(redis.pid), publisher: cpuSeconds(process.pid) });
