import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPackage } from '../../sdk/test/build-package.ts';
import { referenceServer, talk, temporaryFolder, wrapArgs } from '../harness/mcp-process.ts';
import { builtCli, eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

const commands = [
  ...readFileSync(resolve(import.meta.dirname, '../../docs/mcp/tools.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm),
].map((match) => match[1] as string);

/** Runs a command of the page as it stands there; its lines, in columns. */
function run(command: string | undefined, url: string): readonly (readonly string[])[] {
  const script = `meshscope() { "${process.execPath}" "${builtCli}" "$@"; }\nset -o pipefail\n${command}`;
  const text = execFileSync('bash', ['-c', script], { env: { PATH: process.env.PATH, MESHSCOPE_URL: url }, encoding: 'utf8' });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
    .sort();
}

let server: ServerProcess;
beforeAll(async () => {
  [server] = await Promise.all([startServer(), buildPackage()]);
});
afterAll(() => server?.stop());

const get = async <Answer>(path: string) => (await (await fetch(`${server.url}${path}`)).json()) as Answer;

/** What one test asks for: the calls since it began. */
const sinceNow = () => `start=${new Date().toISOString()}`;

/** A wrapped server under a name, with which the conversation has begun. */
async function converse(name: string, command: readonly string[], env: Record<string, string> = {}) {
  const args = wrapArgs([process.execPath, ...command], { url: server.url, spool: temporaryFolder() }, ['--name', name]);
  const client = talk(process.execPath, args, { env });
  const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'lesson', version: '1' } };
  await client.ask({ id: 0, method: 'initialize', params: initialize });
  client.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  const call = (id: number, tool: string, args: object) =>
    client.ask({ id, method: 'tools/call', params: { name: tool, arguments: args } });
  const end = () => {
    client.child.stdin?.end();
    return client.closed;
  };
  return { call, end };
}

it('gives the average by tool that jq computes from the log lines, and that a clock around the client shows', async () => {
  const { call, end } = await converse('everything', [referenceServer('everything'), 'stdio']);
  const tools = [
    ['echo', { message: 'hello' }],
    ['get-sum', { a: 1, b: 2 }],
    ['trigger-long-running-operation', { duration: 0.1, steps: 2 }],
    ['no-such-tool', {}],
  ] as const;
  const clock = new Map<string, number>();
  let id = 1;
  for (let turn = 0; turn < 10; turn++) {
    for (const [name, args] of tools) {
      const started = performance.now();
      await call(id++, name, args);
      clock.set(name, (clock.get(name) ?? 0) + (performance.now() - started) / 10);
    }
  }
  await end();
  await eventually('all calls', async () => {
    const answer = await get<{ tools: { calls: number }[] }>('/api/tools');
    return answer.tools.length === 4 && answer.tools.every(({ calls }) => calls === 10);
  });

  const fromLogs = run(commands[1], server.url);
  const fromTable = run(commands[2], server.url);
  expect(fromTable.map((row) => row.slice(0, 3))).toEqual(tools.map(([name]) => ['everything', name, '10']).sort());
  expect(fromLogs.map((row) => row.slice(0, 3))).toEqual(fromTable.map((row) => row.slice(0, 3)));
  for (const [at, [, tool, , average]] of fromTable.entries()) {
    // Times of spans and of log lines are rounded to a microsecond each.
    expect(Math.abs(Number(average) - Number(fromLogs[at]?.[3]))).toBeLessThan(0.002);
    // The clock sees the way to the server and back too, on a machine that does other things as well.
    const around = clock.get(tool as string) as number;
    expect(Number(average)).toBeLessThanOrEqual(around);
    expect(around - Number(average)).toBeLessThan(250);
  }

  const table = execFileSync(process.execPath, [builtCli, 'tools', '--url', server.url], { encoding: 'utf8' });
  expect(table.split('\n')[0]).toMatch(/^SERVER +TOOL +CALLS +ERRORS/);
  expect(table.split('\n')[1]).toMatch(/^everything +no-such-tool +10 +10 .*10 (rpc_error -32602|tool_error)$/);
});

it('shows a call that takes long while it runs, and counts it once when it is over', async () => {
  const since = sinceNow();
  const running = async () =>
    (await get<{ operations: { name: string; service: string; running_ms: number }[] }>('/api/traces/running')).operations;
  const { call, end } = await converse('waiting', [referenceServer('everything'), 'stdio']);
  await call(1, 'echo', { message: 'quick' });
  const slow = call(2, 'trigger-long-running-operation', { duration: 6, steps: 1 });
  const [shown] = await eventually('the call that runs', async () => {
    const found = await running();
    return found.length > 0 && found;
  });
  expect(shown).toMatchObject({ name: 'tools/call trigger-long-running-operation', service: 'waiting' });
  expect(shown?.running_ms).toBeGreaterThan(900);
  await slow;
  await eventually('its end', async () => (await running()).length === 0);
  await end();
  type Tools = { tools: { tool: string; calls: number; avg_ms: number }[] };
  const tools = await eventually('both calls', async () => {
    const found = (await get<Tools>(`/api/tools?${since}`)).tools;
    return found.length === 2 && found;
  });
  expect(tools.map(({ tool, calls }) => [tool, calls])).toEqual(
    expect.arrayContaining([
      ['echo', 1],
      ['trigger-long-running-operation', 1],
    ]),
  );
  expect(tools.find(({ tool }) => tool !== 'echo')?.avg_ms).toBeGreaterThan(5900);
});

it.each(['1', '2'])('counts a call once that wrap and the SDK of generation %s have told, without a trace context', async (generation) => {
  const since = sinceNow();
  const traces = `/api/traces?${since}&q=${encodeURIComponent('{ name = "tools/call add" }')}`;
  const program = resolve(import.meta.dirname, '../../sdk/test/stdio-server.mjs');
  const { call, end } = await converse('wrapped', [program, generation], { MESHSCOPE_URL: server.url });
  for (const id of [1, 2, 3]) await call(id, 'add', { a: id, b: 1 });
  await end();
  // Both have told all three, each in traces of its own.
  await eventually('six spans', async () => (await get<{ traces: unknown[] }>(traces)).traces.length === 6);
  const { tools } = await get<{ tools: { server: string; tool: string; calls: number }[] }>(`/api/tools?${since}`);
  expect(tools.map(({ server: name, tool, calls }) => [name, tool, calls])).toEqual([['wrapped', 'add', 3]]);
});
