import { startProxy } from '../recorder/proxy.ts';
import { startRecording } from '../recorder/recorder.ts';
import { createSession } from '../recorder/session.ts';
import { type Command, parseOptions, UsageError, wholeNumber } from './command.ts';
import { auditFlag, recorderFlags, recordingOptions, sayLost, withAuditValue } from './recorder-flags.ts';
import { stopSignal } from './stop-signal.ts';

const flags = {
  to: { type: 'string', placeholder: 'URL', help: 'The MCP server: https://example.com/mcp' },
  port: { type: 'string', placeholder: 'N', help: 'Port to listen on, on 127.0.0.1 only.', fallback: '8010' },
  ...recorderFlags,
  ...auditFlag,
} as const;

const closeMillis = 1000;

export const proxyCommand: Command = {
  summary: 'Stand in front of an MCP server on HTTP and record every call.',
  operands: '',
  description: [
    'Give the client the printed address instead of the server’s. Streamable HTTP and the older HTTP+SSE pass through unchanged; streams are not held up.',
  ],
  options: flags,
  outlivesOutput: true,
  examples: ['meshscope proxy --to http://127.0.0.1:3001/mcp', 'meshscope proxy --to https://example.com/mcp --port 8011'],
  run: async ({ args, terminal }) => {
    const { values } = parseOptions(flags, withAuditValue(args), 0);
    if (values.to === undefined || !URL.canParse(values.to) || !/^https?:$/.test(new URL(values.to).protocol))
      throw new UsageError('--to must be the address of an MCP server, such as http://127.0.0.1:3001/mcp');
    const to = new URL(values.to);
    const session = createSession(values.name ?? to.host, 'tcp');
    const recording = startRecording(
      recordingOptions(values, terminal.env, session, (line) => terminal.stderr.write(`meshscope proxy: ${line}\n`)),
    );
    const proxy = await startProxy({ to, port: wholeNumber('port', values.port ?? '8010', 0, 65_535), recording, session });
    terminal.stdout.write(`${proxy.url} records what goes to ${to.origin}${to.pathname}\n`);
    await stopSignal(terminal.signal);
    await proxy.close();
    sayLost(terminal, 'proxy', await recording.delivery.close(closeMillis));
    return 0;
  },
};
