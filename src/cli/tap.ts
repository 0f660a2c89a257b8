import { printableText } from '../lib/printable-text.ts';
import { version } from '../lib/version.ts';
import { objectOf } from '../recorder/json-rpc.ts';
import { createRecorder, startRecording } from '../recorder/recorder.ts';
import { serverName } from '../recorder/server-name.ts';
import { createSession } from '../recorder/session.ts';
import { severityOf } from '../recorder/severity.ts';
import { startTap } from '../recorder/tap.ts';
import { openHttp } from '../recorder/tap-http.ts';
import { openStdio } from '../recorder/tap-transport.ts';
import { type Command, parseOptions, UsageError } from './command.ts';
import { recorderFlags, recordingOptions, sayLost } from './recorder-flags.ts';
import { stopSignal } from './stop-signal.ts';

const flags = {
  level: { type: 'string', placeholder: 'LEVEL', help: 'The least severe level, from debug to emergency.', fallback: 'debug' },
  call: { type: 'string', placeholder: 'TOOL', help: 'Call this tool once, to see what it logs.' },
  arguments: { type: 'string', placeholder: 'JSON', help: 'The arguments of that call.', fallback: '{}' },
  bearer: { type: 'string', placeholder: 'TOKEN', help: 'Sent to a server on HTTP as Authorization: Bearer.' },
  ...recorderFlags,
} as const;

const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const flushMillis = 50;
const closeMillis = 1000;

export const tapCommand: Command = {
  summary: 'Listen to what an MCP server logs by protocol, and store it.',
  operands: '-- COMMAND… | URL',
  description: [
    'A client that subscribes to the server’s logging (logging/setLevel; from 2026-07-28 on with each request).',
    'Each message is printed, and stored with its severity.',
    'Calls of other clients are not seen: that is what wrap and proxy are for.',
  ],
  options: flags,
  examples: ['meshscope tap -- node my-server.js', 'meshscope tap --level warning http://127.0.0.1:3001/mcp'],
  run: async ({ args, terminal }) => {
    const end = args.indexOf('--');
    const { values, positionals } = parseOptions(flags, end === -1 ? args : args.slice(0, end), 1);
    const command = end === -1 ? [] : args.slice(end + 1);
    const target = positionals[0];
    if (
      (target === undefined) === (command.length === 0) ||
      (target !== undefined && !/^https?:/.test(target)) ||
      (target && !URL.canParse(target))
    )
      throw new UsageError('Name either a command behind `--`, or the address of a server: meshscope tap -- node my-server.js');
    const level = values.level ?? 'debug';
    if (!levels.includes(level)) throw new UsageError(`--level must be one of ${levels.join(', ')}, not ${JSON.stringify(level)}.`);

    const name = values.name ?? (target === undefined ? serverName(command) : new URL(target).host);
    const session = createSession(name, target === undefined ? 'pipe' : 'tcp');
    const recording = startRecording(
      recordingOptions(values, terminal.env, session, (line) => terminal.stderr.write(`meshscope tap: ${line}\n`)),
    );
    const recorder = createRecorder(recording, session);
    const flushing = setInterval(() => recording.delivery.flush(), flushMillis);
    const headers: Record<string, string> = values.bearer === undefined ? {} : { Authorization: `Bearer ${values.bearer}` };
    const tap = startTap({
      open: (events) => (target === undefined ? openStdio(command, events) : openHttp(target, headers, events)),
      recorder,
      level,
      call: values.call === undefined ? undefined : { name: values.call, arguments: readArguments(values.arguments) },
      version: version(),
      onLog: (said, logger, data) => {
        const text = typeof data === 'string' ? data : JSON.stringify(data);
        terminal.stdout.write(
          `${severityOf(said).text} ${logger === undefined ? '' : `${printableText(logger)}: `}${printableText(text ?? '')}\n`,
        );
      },
      say: (line) => terminal.stderr.write(`meshscope tap: ${printableText(line)}\n`),
    });
    const stopped = stopSignal(terminal.signal);
    const why = await Promise.race([tap.ended, stopped.then(() => undefined)]);
    if (why === undefined) {
      tap.close();
      await tap.ended;
    } else terminal.stderr.write(`meshscope tap: ${printableText(why)}\n`);
    clearInterval(flushing);
    recorder.finish('abandoned', why ?? 'the tap was closed');
    sayLost(terminal, 'tap', await recording.delivery.close(closeMillis));
    return why === undefined ? 0 : 1;
  },
};

function readArguments(text = '{}') {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    throw new UsageError(`--arguments must be a JSON object, not ${JSON.stringify(text)}.`);
  }
}
