import { printableText } from '../lib/printable-text.ts';
import { version } from '../lib/version.ts';
import { type Ask, askerName } from '../surfaces/mcp/ask.ts';
import { type Command, type OptionSpec, parseOptions, wholeNumber } from './command.ts';
import { clientOptions, createServerClient } from './server-client.ts';
import { stopSignal } from './stop-signal.ts';

const options = {
  'max-tokens': {
    type: 'string',
    placeholder: 'N',
    help: 'Longest answer of a tool, in tokens, estimated as a quarter of its characters.',
    fallback: '4000',
  },
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

export const mcpCommand: Command = {
  summary: 'Let agents ask a running meshscope: an MCP server on stdio.',
  operands: '',
  description: [
    'For the configuration of an MCP client. Its tools search logs and traces, and tell what fails, what is slow and what changed; docs/mcp/ask.md has them.\nA server that is up answers the same at /mcp over HTTP.',
  ],
  options,
  outlivesOutput: true,
  examples: ['meshscope mcp', 'meshscope mcp --url http://127.0.0.1:8000', 'claude mcp add meshscope -- npx -y meshscope mcp'],
  run: async ({ args, terminal }) => {
    const { values } = parseOptions(options, args, 0);
    const maxTokens = wholeNumber('max-tokens', values['max-tokens'] ?? '4000', 1000, 200_000);
    const client = createServerClient(values, terminal.env);
    const baseUrl = client.url;
    const ask: Ask = async (method, path, body, signal) => {
      const response = await client.request({ method, path, body, userAgent: askerName, signal });
      return { status: response.status, text: response.body.toString('utf8') };
    };
    const [{ serveStdio, StdioServerTransport }, { createMcpServer }] = await Promise.all([
      import('@modelcontextprotocol/server/stdio'),
      import('../surfaces/mcp/mcp-server.ts'),
    ]);
    // Not the terminal's streams: the client is at the other end of the process's own.
    const ended = new AbortController();
    process.stdin.once('close', () => ended.abort());
    const served = serveStdio(() => createMcpServer({ ask, baseUrl, maxTokens, version: version() }), {
      transport: new StdioServerTransport(),
      onerror: (error) => terminal.stderr.write(`meshscope mcp: ${printableText(error.message)}\n`),
    });
    await stopSignal(terminal.signal === undefined ? ended.signal : AbortSignal.any([ended.signal, terminal.signal]));
    await served.close();
    client.close();
    process.stdin.destroy();
    return 0;
  },
};
