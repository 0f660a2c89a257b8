import { type Command, type OptionSpec, parseOptions, UsageError } from './command.ts';
import { createExportTarget } from './export-target.ts';
import { clientOptions, createServerClient } from './server-client.ts';
import { createPaint, type Terminal, write } from './terminal.ts';
import { fetchTrace } from './trace-answer.ts';
import { fetchLogs, maxLogs } from './trace-logs.ts';
import { tracePage } from './trace-page.ts';
import { traceHead, traceLines } from './trace-text.ts';

const options = {
  json: { type: 'boolean', help: 'Print the trace as JSON, as the server answers it.' },
  logs: { type: 'boolean', help: 'Print the log records of the trace below the spans that they name.' },
  html: { type: 'string', placeholder: 'FILE', help: 'Write a page that needs no server and no network; - is standard output.' },
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

export const traceCommand: Command = {
  summary: 'Show one trace as a tree.',
  operands: 'ID',
  description: [
    'ID is taken in any spelling: with dashes or without, in upper or lower case. A line is an operation, its agent, how long it took\nand when it began; ✓ done, ✗ failed, … running, ? never ended. A start with ~ was moved, because the clocks of two\nmachines cannot both be right.',
  ],
  options,
  examples: [
    'meshscope trace c1b2c3d4-e5f6-7890-abcd-ef1234567890',
    'meshscope trace c1b2c3d4e5f67890abcdef1234567890 --logs',
    'meshscope trace c1b2c3d4e5f67890abcdef1234567890 --html trace.html',
  ],
  run: async ({ args, terminal }) => {
    const { values, positionals } = parseOptions(options, args, 1);
    const [id] = positionals;
    if (id === undefined || id === '') throw new UsageError('Which trace? Give its id; `meshscope traces` lists them.');
    const client = createServerClient(values, terminal.env);
    try {
      const { body, trace } = await fetchTrace(client, id);
      if (values.html !== undefined) await writePage(tracePage(trace), values.html, terminal);
      if (values.json === true) await write(terminal.stdout, Buffer.concat([body, lineEnd]));
      if (values.json === true || values.html !== undefined) return 0;
      const paint = createPaint(terminal.stdout, terminal.env);
      const logs = values.logs === true ? await fetchLogs(client, id, paint) : undefined;
      await write(terminal.stdout, `${traceHead(trace, paint)}\n`);
      for (const text of traceLines(trace, paint, logs?.ofSpan)) await write(terminal.stdout, text);
      const others = logs?.others(trace.spans) ?? [];
      if (others.length > 0) await write(terminal.stdout, `\n${paint('dim', 'Other records of the trace')}\n${others.join('\n')}\n`);
      if (logs !== undefined && logs.total >= maxLogs) {
        terminal.stderr.write(`meshscope: Only the first ${maxLogs} log records are shown; see \`meshscope search\`.\n`);
      } else if (logs?.total === 0) terminal.stderr.write('meshscope: No log record names this trace.\n');
      return 0;
    } finally {
      client.close();
    }
  },
};

const lineEnd = Buffer.from('\n');

/** A large trace is written in pieces of about this many characters. */
const pieceLength = 256 * 1024;

async function writePage(page: Iterable<string>, file: string, terminal: Terminal): Promise<void> {
  const target = await createExportTarget(file, terminal);
  try {
    let piece = '';
    for (const text of page) {
      piece += text;
      if (piece.length < pieceLength) continue;
      await target.write(Buffer.from(piece));
      piece = '';
    }
    await target.write(Buffer.from(piece));
    await target.finish();
  } catch (error) {
    await target.abandon();
    throw error;
  }
}
