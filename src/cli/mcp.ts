import { AppError } from '../lib/errors.ts';
import { printableText } from '../lib/printable-text.ts';
import { version } from '../lib/version.ts';
import { type Ask, askerName } from '../surfaces/mcp/ask.ts';
import { type Command, type OptionSpec, parseOptions, UsageError, wholeNumber } from './command.ts';
import { clientOptions } from './server-client.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';

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
    const { ask, baseUrl } = createAsk(values, terminal.env);
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
    process.stdin.destroy();
    return 0;
  },
};

type Flags = Readonly<{ url?: string | undefined; user?: string | undefined }>;

/** Longer than any query may take. */
const timeoutMillis = 120_000;

/** Asks a server over HTTP. A call that its client cancels is cancelled there too. */
function createAsk(flags: Flags, env: Terminal['env']): Readonly<{ ask: Ask; baseUrl: string }> {
  const given = flags.url ?? (env.MESHSCOPE_URL || 'http://127.0.0.1:8000');
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new UsageError(`The server's address must be a URL such as http://127.0.0.1:8000, not ${JSON.stringify(given)}.`);
  }
  const base = new URL(given);
  const baseUrl = `${base.origin}${base.pathname.replace(/\/+$/, '')}`;
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': askerName,
    ...authorization(base, flags, env),
  };
  const ask: Ask = async (method, path, body, signal) => {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMillis)]);
      const response = await fetch(`${baseUrl}${path}`, { method, headers, signal: limited, ...(body === undefined ? {} : { body }) });
      return { status: response.status, text: await response.text() };
    } catch (cause) {
      signal.throwIfAborted();
      throw new AppError(
        'no_server',
        `No meshscope answers at ${baseUrl}: start one with \`meshscope up\`, or name its address with --url.`,
        { cause },
      );
    }
  };
  return { ask, baseUrl };
}

function authorization(base: URL, flags: Flags, env: Terminal['env']): Readonly<{ authorization?: string }> {
  const fromUrl = base.username === '' ? undefined : `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  const fromEnv = env.MESHSCOPE_USERNAME ? `${env.MESHSCOPE_USERNAME}:${env.MESHSCOPE_PASSWORD ?? ''}` : undefined;
  const user = flags.user ?? fromUrl ?? fromEnv;
  if (user === undefined) return {};
  if (!user.includes(':')) throw new UsageError('--user must be NAME:PASSWORD.');
  return { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
}
