// A client that does what the client scenarios of @modelcontextprotocol/conformance wait for: `conformance client --command "node client.mjs"`,
// which adds the address of its server. With MESHSCOPE_PROXY=1 it goes through `meshscope proxy`.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { startProxy } from './proxy.mjs';

const { MESHSCOPE_PROXY, MCP_CONFORMANCE_SCENARIO } = process.env;
const direct = process.argv.at(-1);
const proxy = MESHSCOPE_PROXY === '1' ? await startProxy(direct) : undefined;

const client = new Client(
  { name: 'conformance-client', version: '1.0.0' },
  { capabilities: { elicitation: { form: { applyDefaults: true } } } },
);
client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: {} }));
await client.connect(new StreamableHTTPClientTransport(new URL(proxy?.url ?? direct)));
const { tools } = await client.listTools();
for (const { name, inputSchema } of tools) {
  const names = Object.entries(inputSchema.properties ?? {});
  await client.callTool({ name, arguments: Object.fromEntries(names.map(([key, { type }]) => [key, type === 'number' ? 5 : 'x'])) });
}
// The stream of this scenario is closed by the server, and asked for again after the time that it names.
if (MCP_CONFORMANCE_SCENARIO === 'sse-retry') await sleep(5000);
await client.close();
await proxy?.stop();
