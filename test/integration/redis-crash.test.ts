import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { RedisServer } from '../../src/sources/redis-streams/testing/redis-server.ts';
import { openEmbeddedEngine } from '../../src/store/engine/embedded.ts';
import { eventually, startServer, temporaryData } from '../harness/server-process.ts';

const kills = 30;
const stream = 'mesh:trace';

/** Publishes until told to stop, as agents do: what fails while Redis is away is dropped. */
async function publish(redis: RedisServer, signal: AbortSignal, first: number): Promise<number> {
  let number = first;
  while (!signal.aborted) {
    const now = (Date.now() / 1000).toFixed(6);
    const batch = Array.from({ length: 50 }, () => ({
      trace_id: `t${Math.floor(number / 5)}`,
      span_id: `s${number++}`,
      function_name: 'work',
      start_time: now,
      end_time: now,
      duration_ms: '1.5',
      success: 'True',
      agent_name: 'agent',
    }));
    await redis.add(stream, batch).catch(() => sleep(20));
    await sleep(1);
  }
  return number;
}

it(`finds every entry that Redis kept, once, after ${kills} kills -9 of meshscope and of Redis`, { timeout: 420_000 }, async () => {
  const redis = await RedisServer.start();
  const data = temporaryData();
  const options = {
    data,
    env: { MCP_MESH_DISTRIBUTED_TRACING_ENABLED: 'true', REDIS_URL: `redis://127.0.0.1:${redis.port}`, TRACE_EXPORTER_TYPE: 'none' },
    // Small and young segments, so that a kill finds some of them in every state; what a dead process was given is taken over soon.
    flags: ['--journal.segmentMillis', '60', '--journal.segmentBytes', '64KiB', '--redis.reclaimMillis', '1s'],
  };
  let published = 0;
  try {
    for (let kill = 0; kill < kills; kill++) {
      const server = await startServer(options);
      const abort = new AbortController();
      const publishing = publish(redis, abort.signal, published);
      await sleep(50 + Math.random() * 500);
      const first = kill % 3 === 0 ? redis : server;
      await first.kill();
      if (first === redis) {
        await sleep(Math.random() * 200);
        await redis.start();
        await sleep(Math.random() * 600);
        await server.kill();
      }
      abort.abort();
      published = await publishing;
    }

    const last = await startServer(options);
    const entries = (await redis.send('XRANGE', stream, '-', '+')) as [string, string[]][];
    await eventually(
      'everything is acknowledged',
      async () => {
        const { consumer } = (await (await fetch(`${last.url}/trace/status`)).json()) as {
          consumer: { group_pending?: number; group_lag?: number };
        };
        return consumer.group_pending === 0 && consumer.group_lag === 0;
      },
      180_000,
    );
    expect(await last.stop(), last.stderr()).toBe(0);

    const engine = await openEmbeddedEngine({ folder: data, memoryBytes: 1024 ** 3, loaders: 1, readers: 1 });
    const rows = await engine.select('SELECT origin, count() AS copies FROM spans GROUP BY origin');
    await engine.close();
    const stored = new Map(rows.map(({ origin, copies }) => [String(origin), Number(copies)]));
    const kept = entries.map(([id]) => `${stream} ${id}`);
    const lost = kept.filter((origin) => !stored.has(origin));
    const doubled = [...stored].filter(([, copies]) => copies > 1);
    process.stdout.write(
      `${kills} kills: ${published} entries published, ${kept.length} kept by Redis, ${stored.size} stored, ${lost.length} lost, ${doubled.length} doubled\n`,
    );
    expect(kept.length).toBeGreaterThan(1000);
    expect(lost).toEqual([]);
    expect(doubled).toEqual([]);
  } finally {
    await redis.remove();
  }
});
