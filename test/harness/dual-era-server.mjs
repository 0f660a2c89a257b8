// A server of the published SDK that speaks both eras of MCP, by stdio or, given a port, by HTTP: `node dual-era-server.mjs [PORT]`.
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const text = (said) => ({ content: [{ type: 'text', text: said }] });

function create() {
  const server = new McpServer({ name: 'dual-era', version: '1.0.0' }, { capabilities: { logging: {} } });
  server.registerTool('echo', { inputSchema: z.object({ message: z.string() }) }, ({ message }) => text(message));
  server.registerTool('fail', {}, () => ({ ...text('it did not work'), isError: true }));
  server.registerTool('work', {}, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [1, 2, 3]) {
      if (progressToken !== undefined)
        await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 3 } });
      await mcpReq.log('warning', `step ${progress}`, 'worker');
    }
    return text('done');
  });
  return server;
}

const port = process.argv[2];
if (port === undefined) serveStdio(create);
else {
  const limit = { maxRequestBodySize: 16 * 1024 ** 2 };
  createServer(toNodeHandler(createMcpHandler(create, limit), limit)).listen(Number(port), '127.0.0.1', () =>
    process.stdout.write('listening\n'),
  );
}
