import { expect, it } from 'vitest';
import { referenceServer, talk, temporaryFolder, wrapArgs } from '../harness/mcp-process.ts';
import { eventually, startServer } from '../harness/server-process.ts';

it('shows a call that takes long while it runs, and counts it once when it is over', { timeout: 60_000 }, async () => {
  const server = await startServer();
  const get = async <Answer>(path: string) => (await (await fetch(`${server.url}${path}`)).json()) as Answer;
  const running = async () =>
    (await get<{ operations: { name: string; service: string; running_ms: number }[] }>('/api/traces/running')).operations;
  const client = talk(
    process.execPath,
    wrapArgs([process.execPath, referenceServer('everything'), 'stdio'], { url: server.url, spool: temporaryFolder() }, [
      '--name',
      'everything',
    ]),
  );
  const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'waiting', version: '1' } };
  await client.ask({ id: 0, method: 'initialize', params: initialize });
  client.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  const call = (id: number, name: string, args: object) => client.ask({ id, method: 'tools/call', params: { name, arguments: args } });
  await call(1, 'echo', { message: 'quick' });
  const slow = call(2, 'trigger-long-running-operation', { duration: 6, steps: 1 });
  const [shown] = await eventually('the call that runs', async () => {
    const found = await running();
    return found.length > 0 && found;
  });
  expect(shown).toMatchObject({ name: 'tools/call trigger-long-running-operation', service: 'everything' });
  expect(shown?.running_ms).toBeGreaterThan(900);
  await slow;
  await eventually('its end', async () => (await running()).length === 0);
  client.child.stdin?.end();
  await client.closed;
  type Tools = { tools: { tool: string; calls: number; avg_ms: number }[] };
  const tools = await eventually('both calls', async () => {
    const found = (await get<Tools>('/api/tools')).tools;
    return found.length === 2 && found;
  });
  expect(tools.map(({ tool, calls }) => [tool, calls])).toEqual(
    expect.arrayContaining([
      ['echo', 1],
      ['trigger-long-running-operation', 1],
    ]),
  );
  expect(tools.find(({ tool }) => tool !== 'echo')?.avg_ms).toBeGreaterThan(5900);
  await server.stop();
});
