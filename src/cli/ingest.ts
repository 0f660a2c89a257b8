import { createLineAssembler } from '../model/line/line-assembler.ts';
import { type Command, type OptionSpec, parseOptions } from './command.ts';
import { createIngestSender } from './ingest-sender.ts';
import { clientOptions, createServerClient } from './server-client.ts';
import type { Terminal } from './terminal.ts';

const options = {
  index: { type: 'string', short: 'i', placeholder: 'NAME', help: 'Index into which the records go.', fallback: 'mcp-mesh-logs-stdin' },
  'no-multiline': { type: 'boolean', help: 'Each line is a record; do not join tracebacks.' },
  tee: { type: 'boolean', help: 'Also copy the input to standard output.' },
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

const batchBytes = 2 * 1024 ** 2;
const batchMillis = 200;
/** Input is not read while this much waits for its acknowledgement; the pipe then holds its writer. */
const maxWaitingBytes = 32 * 1024 ** 2;
/** After a signal, the program before us in the pipe gets this long to end its output. */
const graceMillis = 2_000;

export const ingestCommand: Command = {
  summary: 'Send standard input to a running meshscope, line by line.',
  operands: '',
  description: [
    'Lines may be JSON, container runtime lines or plain text; tracebacks are joined. While the server does not answer or is full, records\nwait and the pipe holds its writer: nothing is dropped. A batch whose answer was lost is sent again, so it can be there twice.',
    'Exits with 0 only when every record was acknowledged.',
  ],
  options,
  outlivesOutput: true,
  examples: ['some-agent 2>&1 | meshscope ingest', 'meshscope ingest --index mcp-mesh-logs-old < agent.log'],
  run: async ({ args, terminal }) => {
    const { values } = parseOptions(options, args, 0);
    const client = createServerClient(values, terminal.env, 1);
    try {
      const sender = createIngestSender(client, values.index ?? 'mcp-mesh-logs-stdin', (line) =>
        terminal.stderr.write(`meshscope: ${line}\n`),
      );
      await readInput(terminal, { multiline: values['no-multiline'] !== true, tee: values.tee === true }, sender);
      const { acknowledged, rejected, reasons } = await sender.finish();
      terminal.stderr.write(
        `meshscope: ${acknowledged} ${acknowledged === 1 ? 'record' : 'records'} acknowledged${rejected === 0 ? '' : `, ${rejected} refused`}.\n`,
      );
      for (const reason of reasons) terminal.stderr.write(`meshscope: Refused: ${reason}\n`);
      return rejected === 0 ? 0 : 1;
    } finally {
      client.close();
    }
  },
};

type Sender = ReturnType<typeof createIngestSender>;

/** Resolves when the input has ended and everything of it was handed to the sender. */
function readInput({ stdin, stdout }: Terminal, how: Readonly<{ multiline: boolean; tee: boolean }>, sender: Sender): Promise<void> {
  const assembler = createLineAssembler({ multiline: how.multiline, quietMillis: batchMillis, name: 'standard input' });
  const hand = () => {
    const { documents, deadLetters } = assembler.drain();
    sender.add([...documents, ...deadLetters.map(overlongRest)]);
  };
  return new Promise((resolve, reject) => {
    let ended = false;
    const holdBack = () => {
      if (sender.waitingBytes() + assembler.heldBytes() < maxWaitingBytes || stdin.isPaused()) return;
      stdin.pause();
      void sender.whenBelow(maxWaitingBytes / 2).then(() => stdin.resume());
    };
    const flush = setInterval(() => {
      assembler.flushQuiet(performance.now());
      hand();
      sender.flush();
    }, batchMillis);
    const stop = () => {
      const input = stdin as NodeJS.ReadableStream & { isTTY?: boolean; destroy?: () => void };
      if (input.isTTY) input.destroy?.();
      else setTimeout(() => input.destroy?.(), graceMillis).unref();
    };
    const finish = () => {
      if (ended) return;
      ended = true;
      clearInterval(flush);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      assembler.end(performance.now());
      hand();
      sender.flush();
      resolve();
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
    sender.onFailure((error) => {
      clearInterval(flush);
      stdin.pause();
      reject(error);
    });
    stdin.on('data', (chunk: Buffer | string) => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (how.tee) stdout.write(bytes);
      assembler.push(bytes, performance.now());
      hand();
      if (sender.pendingBytes() >= batchBytes) sender.flush();
      holdBack();
    });
    stdin.on('end', finish).on('close', finish).on('error', reject);
  });
}

/** What is over the limit of one line still goes in, as a record of its own. */
const overlongRest = ({ payload, reason }: Readonly<{ payload: Uint8Array; reason: string }>): Buffer =>
  Buffer.from(JSON.stringify({ timestamp: new Date().toISOString(), msg: Buffer.from(payload).toString('utf8'), truncated: true, reason }));
