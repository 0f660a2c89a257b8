// What `meshscope wrap` adds to a conversation on stdio: `npm run build && node bench/mcp/overhead.mjs [--rounds N] [--calls N]`.
// Direct and wrapped rounds take turns, against the published server-everything; no collector is running, unless MESHSCOPE_URL names one.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' }, calls: { type: 'string', default: '1000' } } });
const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = process.env.BUILT_CLI ?? join(root, 'dist/cli/meshscope.cjs');
const server = [process.execPath, join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'), 'stdio'];
const spool = mkdtempSync(join(tmpdir(), 'meshscope-overhead-'));
const collector = process.env.MESHSCOPE_URL ?? 'http://127.0.0.1:9';
const ways = {
  direct: server,
  wrapped: [process.execPath, cli, 'wrap', '--spool', spool, '--url', collector, '--', ...server],
};
const sizes = { '50 B': 50, '20 KB': 20_000 };

/** A client that does nothing but wait for the answer to its id. */
function connect([command, ...args]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  let rest = '';
  let waiting;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    rest += text;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      if (waiting && !line.includes('"method"')) waiting(line);
    }
  });
  let id = 0;
  const ask = (method, params) =>
    new Promise((resolve) => {
      waiting = resolve;
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: id++, method, params })}\n`);
    });
  const notify = (method) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method })}\n`);
  const close = () =>
    new Promise((resolve) => {
      child.once('close', resolve);
      child.stdin.end();
    });
  return { ask, notify, close };
}

async function round(command) {
  const began = performance.now();
  const client = connect(command);
  await client.ask('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'overhead', version: '1' } });
  const start = performance.now() - began;
  client.notify('notifications/initialized');
  const calls = {};
  for (const [name, bytes] of Object.entries(sizes)) {
    const times = [];
    for (let at = 0; at < Number(values.calls); at++) {
      const asked = performance.now();
      await client.ask('tools/call', { name: 'echo', arguments: { message: 'x'.repeat(bytes) } });
      times.push(performance.now() - asked);
    }
    calls[name] = times.sort((left, right) => left - right);
  }
  const ending = performance.now();
  await client.close();
  return { start, calls, end: performance.now() - ending };
}

const results = { direct: [], wrapped: [] };
for (let at = 0; at < Number(values.rounds); at++)
  for (const [way, command] of Object.entries(ways)) results[way].push(await round(command));
rmSync(spool, { recursive: true, force: true });

const median = (numbers) => numbers.toSorted((left, right) => left - right)[numbers.length >> 1];
const print = (what, read, digits) => {
  const [direct, wrapped] = ['direct', 'wrapped'].map((way) => median(results[way].map(read)));
  const cells = [direct, wrapped, wrapped - direct].map((value) => value.toFixed(digits).padStart(9));
  process.stdout.write(`${what.padEnd(16)}${cells.join('')}${(wrapped / direct).toFixed(2).padStart(8)}\n`);
};
process.stdout.write(`load average ${loadavg()[0].toFixed(1)}; medians of ${values.rounds} rounds, in ms\n`);
process.stdout.write(`${''.padEnd(16)}   direct  wrapped    added   ratio\n`);
print('start', ({ start }) => start, 0);
for (const size of Object.keys(sizes)) {
  print(`call ${size} p50`, ({ calls }) => calls[size][calls[size].length >> 1], 3);
  print(`call ${size} p99`, ({ calls }) => calls[size][Math.floor(calls[size].length * 0.99)], 3);
}
print('end', ({ end }) => end, 0);
