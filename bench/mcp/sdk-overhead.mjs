// What the SDK costs a tool call, in one process and without a network: the same calls, by turns, through a server and a client that
// are not instrumented, that are, and of which only the server is. Prints one JSON object; ratios are to the calls without it.
// There is no p99 of calls: on a busy machine it shows how often a longer loop is preempted, and little of the program.
// The collector is away (`url` is a port that refuses), so what is measured is what the program pays, not a collector.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { AgentLogger, instrument } from '../../sdk/dist/esm/index.js';

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
  const sorted = Float64Array.from(list).sort();
  return { p50_us: rounded(quantile(sorted, 0.5)), p99_us: rounded(quantile(sorted, 0.99)) };
}

const logLine = { with_source: lines(true), without_source: lines(false) };
console.log(JSON.stringify({ node: process.version, calls_each: micros.none.length, calls, log_line: logLine }, null, 2));
