import { resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { buildPackage } from '../../sdk/test/build-package.ts';
import { talk, temporaryFolder, wrapArgs } from '../harness/mcp-process.ts';
import { eventually, startServer } from '../harness/server-process.ts';

const program = resolve(import.meta.dirname, '../../sdk/test/stdio-server.mjs');

beforeAll(buildPackage);

it.each(['1', '2'])(
  'counts a call once that wrap and the SDK of generation %s have told, without a trace context',
  { timeout: 60_000 },
  async (generation) => {
    const server = await startServer();
    const get = async <Answer>(path: string) => (await (await fetch(`${server.url}${path}`)).json()) as Answer;
    const traces = `/api/traces?q=${encodeURIComponent('{ name = "tools/call add" }')}`;
    const client = talk(
      process.execPath,
      wrapArgs([process.execPath, program, generation], { url: server.url, spool: temporaryFolder() }, ['--name', 'wrapped']),
      { env: { MESHSCOPE_URL: server.url } },
    );
    const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'plain', version: '1' } };
    await client.ask({ id: 0, method: 'initialize', params: initialize });
    client.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    for (const id of [1, 2, 3]) await client.ask({ id, method: 'tools/call', params: { name: 'add', arguments: { a: id, b: 1 } } });
    client.child.stdin?.end();
    await client.closed;
    // Both have told all three, each in traces of its own.
    await eventually('six spans', async () => (await get<{ traces: unknown[] }>(traces)).traces.length === 6);
    const { tools } = await get<{ tools: { server: string; tool: string; calls: number }[] }>('/api/tools');
    expect(tools.map(({ server: name, tool, calls }) => [name, tool, calls])).toEqual([['wrapped', 'add', 3]]);
    await server.stop();
  },
);
