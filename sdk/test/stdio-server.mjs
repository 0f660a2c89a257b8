// A server on stdio that is instrumented with the built package: `node stdio-server.mjs 1|2`.
import { z } from 'zod';
import { instrument } from '../dist/esm/index.js';

const numbers = { a: z.number(), b: z.number() };
const text = (value) => ({ content: [{ type: 'text', text: value }] });
const options = { flushMillis: 20 };

function withTools(server, schema) {
  server.registerTool('add', { inputSchema: schema }, ({ a, b }) => text(String(a + b)));
  server.registerTool('fail', {}, () => ({ ...text('the password=hunter2 was wrong'), isError: true }));
  server.registerTool('slow', {}, () => new Promise((resolve) => setTimeout(() => resolve(text('late')), 5000)));
  server.registerTool('throw', {}, () => {
    throw new Error('boom');
  });
  return instrument(server, options);
}

if (process.argv[2] === '1') {
  const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js');
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
  await withTools(new McpServer({ name: 'adder-one', version: '1.0.0' }), numbers).connect(new StdioServerTransport());
} else {
  const { McpServer } = await import('@modelcontextprotocol/server');
  const { serveStdio } = await import('@modelcontextprotocol/server/stdio');
  serveStdio(() => withTools(new McpServer({ name: 'adder-two', version: '2.0.0' }), z.strictObject(numbers)));
}
