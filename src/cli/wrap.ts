import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { serverName } from '../recorder/server-name.ts';
import { createSession } from '../recorder/session.ts';
import { startThreadRecorder } from '../recorder/thread-recorder.ts';
import { wrap } from '../recorder/wrap.ts';
import { type Command, parseOptions, UsageError } from './command.ts';
import { auditFlag, recorderFlags, recordingOptions, withAuditValue } from './recorder-flags.ts';

const maxQueueBytes = 64 * 1024 ** 2;

const flags = { ...recorderFlags, ...auditFlag } as const;

/** Hosts give a server two seconds to end. */
const closeMillis = 400;

export const wrapCommand: Command = {
  summary: 'Run an MCP server on stdio and record every call.',
  operands: '-- COMMAND…',
  description: [
    'Put it in front of the command in the configuration of an MCP client. The conversation is passed on byte for byte; each call becomes a log record and a span.',
    'When no meshscope answers, records wait in a folder and are delivered later.',
  ],
  options: flags,
  outlivesOutput: true,
  examples: [
    'meshscope wrap -- node my-server.js',
    'meshscope wrap --name files -- npx -y @modelcontextprotocol/server-filesystem ~/notes',
  ],
  run: async ({ args, terminal }) => {
    const end = args.indexOf('--');
    if (end === -1 || end === args.length - 1)
      throw new UsageError('The command of the server goes behind `--`: meshscope wrap -- node my-server.js');
    const { values } = parseOptions(flags, withAuditValue(args.slice(0, end)), 0);
    const command = args.slice(end + 1);
    const stderr = pipeOutput(2, process.stderr);
    const say = (line: string) => stderr.write(`meshscope wrap: ${line}\n`);
    const session = createSession(values.name ?? serverName(command), 'pipe');
    const options = recordingOptions(values, terminal.env, session, say);
    // For a server that reports its calls itself (@meshscope/sdk).
    const env = { ...terminal.env, MESHSCOPE_CONVERSATION: session.conversation };
    const recorder = startThreadRecorder(options, maxQueueBytes, say);
    // Not the terminal's, which may be closed by `head` and the like: the client is at the other end of these.
    const { stdin } = process;
    const stdout = pipeOutput(1, process.stdout);
    const result = await wrap({ command, saw: recorder.saw, stdin, stdout, stderr, env, shell: terminal.env.ComSpec, say });
    // The server has ended, and recording ends in a moment by itself.
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
    await recorder.finish(result.why, result.message, closeMillis);
    stdin.destroy();
    return result.code;
  },
};

/**
 * Writes to the process's own streams block the process when they are pipes that nobody reads (on POSIX); then neither the
 * conversation nor standard error would go on. `own` is open before: Node opens it for a thread too, and cannot while this one waits
 * for room (EEXIST).
 */
function pipeOutput(fd: 1 | 2, own: Writable): Writable {
  const kind = fstatSync(fd);
  const isPipe = kind.isFIFO() || kind.isSocket();
  return isPipe && process.platform !== 'win32' ? new Socket({ fd, readable: false, writable: true }) : own;
}
