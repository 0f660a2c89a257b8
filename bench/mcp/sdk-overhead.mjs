// What the SDK costs a tool call, a log line and a span published to Redis, in one process. Calls go without a network: the same calls, by turns, through a server and a client that
// are not instrumented, that are, and of which only the server is. Prints one JSON object; ratios are to the calls without it.
// There is no p99 of calls: on a busy machine it shows how often a longer loop is preempted, and little of the program.
// The collector is away (`url` is a port that refuses), so what is measured is what the program pays, not a collector.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { AgentLogger, instrument, MeshPublisher } from '../../sdk/dist/esm/index.js';
import { startRedis } from '../traces/redis-server.mjs';

const rounds = Number(process.argv[2] ?? 30);
const callsPerRound = 300;
const options = { url: 'http://127.0.0.1:1', service: 'bench' };

async function conversation(instrumented) {
  const server = new McpServer({ name: 'adder', version: '1.0.0' });
  server.registerTool('add', { inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({
    content: [{ type: 'text', text: String(a + b) }],
  }));
  const client = new Client({ name: 'bench', version: '1.0.0' });
  if (instrumented.includes('server')) instrument(server, options);
  if (instrumented.includes('client')) instrument(client, { ...options, service: 'bench-client' });
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  await client.connect(near);
  await client.listTools();
  return client;
}

const variants = { none: [], server: ['server'], both: ['server', 'client'] };
const micros = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
const clients = {};
for (const [name, instrumented] of Object.entries(variants)) clients[name] = await conversation(instrumented);

// By turns, so that whatever else the machine does meets all of them; the first rounds warm up.
for (let round = -5; round < rounds; round += 1) {
  for (const [name, client] of Object.entries(clients)) {
    for (let call = 0; call < callsPerRound; call += 1) {
      const begin = performance.now();
      await client.callTool({ name: 'add', arguments: { a: call, b: 1 } });
      if (round >= 0) micros[name].push((performance.now() - begin) * 1000);
    }
  }
}

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const rounded = (value) => Math.round(value * 100) / 100;
const direct = Float64Array.from(micros.none).sort();
const calls = Object.fromEntries(
  Object.entries(micros).map(([name, list]) => {
    const sorted = Float64Array.from(list).sort();
    const p50 = quantile(sorted, 0.5);
    return [
      name,
      {
        p50_us: rounded(p50),
        p90_us: rounded(quantile(sorted, 0.9)),
        ratio_p50: rounded(p50 / quantile(direct, 0.5)),
        added_p50_us: rounded(p50 - quantile(direct, 0.5)),
      },
    ];
  }),
);

function lines(source) {
  const log = new AgentLogger('bench', { ...options, stderr: false, source });
  const list = [];
  for (let count = 0; count < 25_000; count += 1) {
    const begin = performance.now();
    log.info('Getting forecast', { location: 'Paris', days: 7, cache_keys: ['a', 'b'] });
    if (count >= 5000) list.push((performance.now() - begin) * 1000);
  }
  return halfAndTail(list);
}

function halfAndTail(list) {
  const sorted = Float64Array.from(list).sort();
  return { p50_us: rounded(quantile(sorted, 0.5)), p99_us: rounded(quantile(sorted, 0.99)) };
}

/** The caller's time to publish one span to a real Redis, in bursts of 50; writing to the connection and reading its answers is between them. */
async function publishing() {
  const folder = mkdtempSync(join(tmpdir(), 'meshscope-sdk-redis-'));
  const redis = await startRedis(folder);
  const publisher = new MeshPublisher({ url: redis.url, stream: 'mesh:trace', maxLength: 10_000 });
  const list = [];
  for (let burst = 0; burst < 500; burst += 1) {
    for (let count = 0; count < 50; count += 1) {
      const span = spanOf(burst * 50 + count);
      const begin = performance.now();
      publisher.publish(span);
      if (burst >= 100) list.push((performance.now() - begin) * 1000);
    }
    await sleep(5);
  }
  await publisher.flush(5000);
  const { published, dropped, refused, waiting } = publisher.counts;
  publisher.close();
  redis.stop();
  rmSync(folder, { recursive: true });
  if (published !== 500 * 50)
    throw new Error(`of ${500 * 50} spans ${published} are in Redis (${dropped + refused} lost, ${waiting} wait)`);
  return halfAndTail(list);
}

/** As many fields as `instrument` publishes of a call. */
const spanOf = (number) => ({
  trace_id: number.toString(16).padStart(32, '0'),
  span_id: number.toString(16).padStart(16, '0'),
  parent_span: 'null',
  agent_id: 'bench-1',
  agent_name: 'bench',
  function_name: 'add',
  start_time: String(number),
  end_time: String(number + 1),
  duration_ms: '1',
  success: 'true',
  runtime: 'typescript',
});

const log_line = { with_source: lines(true), without_source: lines(false) };
const publish = await publishing();
console.log(JSON.stringify({ node: process.version, calls_each: micros.none.length, calls, log_line, publish }, null, 2));
