// What recording costs: `meshscope wrap` before the published server-everything, against the same server without it, and the SDK in a process
// against no instrumentation. Both ways take turns in short blocks, and what is added is the median of the differences of neighbours, so
// that what else the machine does meets both. No collector is there, unless MESHSCOPE_URL names one.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median, quantile } from '../statistics.mjs';
import { connect, cpuMillis } from './stdio-client.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = process.env.BUILT_CLI ?? join(root, 'dist/cli/meshscope.cjs');
const server = [process.execPath, join(root, 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'), 'stdio'];
const sizes = { '50 B': 50, '20 kB': 20_000 };

/** The recorder's thread reads a block after it was forwarded; the next block must not pay for that. */
const settleMillis = 150;

export async function measureMcp(folder, { starts, blocks, calls }, progress) {
  const spool = mkdtempSync(join(folder, 'spool-'));
  const collector = process.env.MESHSCOPE_URL ?? 'http://127.0.0.1:9';
  const ways = { direct: server, wrapped: [process.execPath, cli, 'wrap', '--spool', spool, '--url', collector, '--', ...server] };
  progress('mcp: starts');
  const began = await takeTurns(starts, ways, startOnce);
  const at = (what) => Object.fromEntries(Object.entries(began).map(([way, list]) => [way, list.map((one) => one[what])]));
  const start = compare(at('millis'));
  const startCpuMillis = began.wrapped.some(({ cpu }) => cpu === undefined) ? undefined : median(at('cpu').wrapped);
  progress('mcp: calls');
  const calling = await measureCalls(ways, blocks, calls);
  progress('mcp: SDK');
  const sdk = measureSdk();
  rmSync(spool, { recursive: true, force: true });
  return { starts, blocks, calls, start, startCpuMillis, ...calling, sdk };
}

/** By way, what was measured in each turn. */
async function takeTurns(turns, ways, measure) {
  const found = { direct: [], wrapped: [] };
  for (let turn = 0; turn < turns; turn++)
    for (const way of turn % 2 === 0 ? ['direct', 'wrapped'] : ['wrapped', 'direct']) found[way].push(await measure(ways[way]));
  return found;
}

/** `added`: median of the differences of neighbours. */
const compare = ({ direct, wrapped }) => ({
  direct: median(direct),
  wrapped: median(wrapped),
  added: median(wrapped.map((value, turn) => value - direct[turn])),
  ratio: median(wrapped.map((value, turn) => value / direct[turn])),
});

/** Milliseconds until the answer to `initialize`, and CPU of the process that was started until then: of the wrapper, without its server. */
async function startOnce(command) {
  const began = performance.now();
  const client = connect(command);
  await client.greet();
  const millis = performance.now() - began;
  const cpu = cpuMillis(client.pid);
  await client.close();
  return { millis, cpu };
}

async function measureCalls(ways, blocks, calls) {
  const clients = Object.fromEntries(Object.entries(ways).map(([way, command]) => [way, connect(command)]));
  for (const client of Object.values(clients)) await client.greet();
  const echo = (client, bytes) => client.ask('tools/call', { name: 'echo', arguments: { message: 'x'.repeat(bytes) } });
  const block = (bytes) => async (client) => {
    await sleep(settleMillis);
    const times = [];
    for (let call = 0; call < calls; call++) {
      const asked = performance.now();
      await echo(client, bytes);
      times.push(performance.now() - asked);
    }
    return times;
  };
  for (const client of Object.values(clients)) for (let call = 0; call < 300; call++) await echo(client, 50);
  const bySize = {};
  const before = cpuMillis(clients.wrapped.pid);
  for (const [size, bytes] of Object.entries(sizes)) {
    const found = await takeTurns(blocks, clients, block(bytes));
    const at = (part) => Object.fromEntries(Object.entries(found).map(([way, list]) => [way, list.map((times) => quantile(times, part))]));
    bySize[size] = { p50: compare(at(0.5)), p99: compare(at(0.99)) };
  }
  await sleep(1000);
  const after = cpuMillis(clients.wrapped.pid);
  const all = blocks * calls * Object.keys(sizes).length;
  const cpuMicrosPerCall = before === undefined || after === undefined ? undefined : ((after - before) * 1000) / all;
  for (const client of Object.values(clients)) await client.close();
  return { bySize, cpuMicrosPerCall };
}

/** In a process of its own, with the package as it is published. */
function measureSdk() {
  execFileSync(process.execPath, [join(root, 'sdk/build.mjs')], { stdio: 'ignore' });
  return JSON.parse(execFileSync(process.execPath, [join(root, 'bench/mcp/sdk-overhead.mjs')], { encoding: 'utf8' }));
}
