import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../../src/sources/redis-streams/testing/redis-server.ts';
import { commandsIn, runShell } from '../harness/mission-page.ts';
import { eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

const original = resolve(import.meta.dirname, '../../../shared/mission/observability-and-tracing.txt');
const standIn = resolve(import.meta.dirname, '../fixtures/tracing-commands.txt');

/** Commands of the page that ask the registry; its script for the system's logger is below. */
const commandsOf = (path: string) => commandsIn(readFileSync(path, 'utf8'), /^curl (?!-s).*localhost:8000/);
const commands = commandsOf(existsSync(original) ? original : standIn);

let redis: RedisServer;
let server: ServerProcess;
const start = Date.now() / 1000 - 10;

const span = (n: number, millis: number, success: string) => ({
  trace_id: `page-${n}`,
  span_id: `s${n}`,
  parent_span: 'null',
  function_name: 'get_weather',
  start_time: start.toFixed(6),
  end_time: (start + millis / 1000).toFixed(6),
  duration_ms: millis.toFixed(2),
  success,
  error: 'null',
  agent_name: n % 2 === 0 ? 'weather-service' : 'other-service',
  runtime: 'python',
});

beforeAll(async () => {
  redis = await RedisServer.start();
  // As the page says, but for the addresses, so that several tests can run on one machine.
  server = await startServer({
    env: {
      MCP_MESH_DISTRIBUTED_TRACING_ENABLED: 'true',
      TRACE_EXPORTER_TYPE: 'console',
      TRACE_PRETTY_OUTPUT: 'true',
      TRACE_ENABLE_STATS: 'true',
      TRACE_BATCH_SIZE: '100',
      TRACE_TIMEOUT: '5m',
      REDIS_URL: `redis://localhost:${redis.port}`,
    },
  });
  await redis.add(
    'mcp-mesh:traces',
    Array.from({ length: 10 }, (_, n) => span(n, n < 4 ? 1500 : 20, n === 9 ? 'False' : 'True')),
  );
  await eventually('the traces', async () => ((await (await fetch(`${server.url}/trace/list`)).json()) as { total: number }).total === 10);
});
afterAll(async () => {
  expect(await server?.stop(), server?.stderr()).toBe(0);
  await redis?.remove();
});

const prelude = `curl() { command curl -sS --max-time 20 --fail-with-body "$@"; }\nHOUR_AGO=$(date -u -d '1 hour ago' +%Y-%m-%dT%H:%M:%SZ)`;
async function run(script: string): Promise<string> {
  const { code, stdout, stderr } = await runShell(script, { address: server.url.replace('http://', ''), cwd: '/tmp', prelude });
  expect(code, `${script}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** What each command of the page promises, by what it asks for. */
const promises: Readonly<Record<string, (answer: never) => void>> = {
  '/trace/status': ({ enabled, exporter_type }: { enabled: boolean; exporter_type: string }) =>
    expect([enabled, exporter_type]).toEqual([true, 'console']),
  '/trace/status .enabled': (enabled: boolean) => expect(enabled).toBe(true),
  '/trace/status .consumer': (consumer: object) =>
    expect(consumer).toMatchObject({ running: true, connection_state: 'connected', group_pending: 0 }),
  '/trace/status .correlator': (correlator: object) => expect(correlator).toMatchObject({ trace_timeout: '5m0s' }),
  '/trace/status .correlator.active_traces': (active: number) => expect(active).toBeTypeOf('number'),
  '/trace/list .': ({ traces, total }: { traces: unknown[]; total: number }) => expect([traces.length, total]).toEqual([10, 10]),
  '/trace/search?min_duration_ms=1000 .': ({ count }: { count: number }) => expect(count).toBe(4),
  '/trace/search?agent_name=weather-service .': ({ count }: { count: number }) => expect(count).toBe(5),
  '/trace/search?start_time=$HOUR_AGO .': ({ count }: { count: number }) => expect(count).toBe(10),
};

const keyOf = (command: string) => {
  const path = /localhost:8000([^\s"]*)/.exec(command)?.[1] ?? '';
  const filter = /\| jq (\S+)/.exec(command)?.[1];
  return filter === undefined ? path : `${path} ${filter}`;
};

describe("the tracing page's commands", () => {
  it('are the same on the page and in its stand-in', () => {
    expect([...new Set(commands.map(keyOf))].sort()).toEqual([...new Set(commandsOf(standIn).map(keyOf))].sort());
    expect(Object.keys(promises).sort()).toEqual([...new Set(commands.map(keyOf))].sort());
  });

  it.each([...new Set(commands)])('%s', async (command) => {
    promises[keyOf(command)]?.(JSON.parse(await run(command)) as never);
  });

  it('give its monitoring script numbers', async () => {
    const script = `STATS=$(curl -s http://localhost:8000/trace/stats)\necho $STATS | jq .total_traces\necho $STATS | jq '.success_traces / .total_traces * 100'`;
    expect((await run(script)).trim().split('\n').map(Number)).toEqual([10, 90]);
  });

  it('give its log integration one line per trace', async () => {
    const lines = (await run(`curl -s "http://localhost:8000/trace/list?limit=100" | jq -c '.traces[]'`)).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { TraceID: string }).TraceID).sort()).toEqual(
      Array.from({ length: 10 }, (_, n) => `page-${n}`),
    );
  });

  it('show each trace once on the console, as the page prints it', async () => {
    await eventually('the console', async () => (server.stdout().match(/🔗 TRACE /g) ?? []).length === 10);
    expect(server.stdout()).toMatch(
      /🔗 TRACE page-\S* \(1\.5s\) - SUCCESS \(1 spans? across 1 agents?\)\n\s*📍 Agent: \S+-service\n\s*✅ get_weather \[get_weather\] \(1\.5s\)/,
    );
  });
});
