import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { referenceServer, talk, temporaryFolder, wrapArgs } from '../harness/mcp-process.ts';
import { builtCli, eventually, startServer } from '../harness/server-process.ts';

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

it('gives the average by tool that jq computes from the log lines, and that a clock around the client shows', async () => {
  const server = await startServer();
  const client = talk(
    process.execPath,
    wrapArgs([process.execPath, referenceServer('everything'), 'stdio'], { url: server.url, spool: temporaryFolder() }, [
      '--name',
      'everything',
    ]),
  );
  const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'lesson', version: '1' } };
  await client.ask({ id: 0, method: 'initialize', params: initialize });
  client.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
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
      await client.ask({ id: id++, method: 'tools/call', params: { name, arguments: args } });
      clock.set(name, (clock.get(name) ?? 0) + (performance.now() - started) / 10);
    }
  }
  client.child.stdin?.end();
  await client.closed;
  await eventually('all calls', async () => {
    const answer = (await (await fetch(`${server.url}/api/tools`)).json()) as { tools: { calls: number }[] };
    return answer.tools.length === 4 && answer.tools.every(({ calls }) => calls === 10);
  });

  const fromLogs = run(commands[1], server.url);
  const fromTable = run(commands[2], server.url);
  expect(fromTable.map((row) => row.slice(0, 3))).toEqual(tools.map(([name]) => ['everything', name, '10']).sort());
  expect(fromLogs.map((row) => row.slice(0, 3))).toEqual(fromTable.map((row) => row.slice(0, 3)));
  for (const [at, [, tool, , average]] of fromTable.entries()) {
    // Times of spans and of log lines are rounded to a microsecond each.
    expect(Math.abs(Number(average) - Number(fromLogs[at]?.[3]))).toBeLessThan(0.002);
    // The clock sees the way to the server and back too, and looks every 5 ms.
    const around = clock.get(tool as string) as number;
    expect(Number(average)).toBeLessThanOrEqual(around);
    expect(around - Number(average)).toBeLessThan(25);
  }

  const table = execFileSync(process.execPath, [builtCli, 'tools', '--url', server.url], { encoding: 'utf8' });
  expect(table.split('\n')[0]).toMatch(/^SERVER +TOOL +CALLS +ERRORS/);
  expect(table.split('\n')[1]).toMatch(/^everything +no-such-tool +10 +10 .*10 (rpc_error -32602|tool_error)$/);
  await server.stop();
}, 60_000);
