import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import { printableText } from '../lib/printable-text.ts';
import { type Command, type OptionSpec, parseOptions, UsageError, wholeNumber } from './command.ts';
import { clientOptions, createServerClient, type ServerClient, type ServerResponse } from './server-client.ts';
import { createPaint, type Terminal, write } from './terminal.ts';

const options = {
  limit: { type: 'string', short: 'n', placeholder: 'N', help: 'Most records to list.', fallback: '100' },
  json: { type: 'boolean', help: 'Print JSON, one line per record.' },
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

const deadLetter = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  source: z.string(),
  index: z.string(),
  reason: z.string(),
  received: z.union([z.string(), z.number()]).transform(String),
  payload: z.string(),
  payload_encoding: z.enum(['utf8', 'base64']),
  payload_bytes: z.number(),
});
type DeadLetterRow = z.output<typeof deadLetter>;

const listAnswer = z.object({ dead_letters: z.array(deadLetter), total: z.number() });
const replayAnswer = z.object({ replayed: z.number(), failed: z.array(z.object({ id: z.string(), reason: z.string() })) });

const path = '/api/dead-letters';

export const deadLettersCommand: Command = {
  summary: 'List, show and replay the records that could not be read.',
  operands: 'list|show ID|replay',
  description: [
    'A record that arrives and cannot be read as a log is kept with the reason. `replay` reads all of them again, after the cause was fixed\n(a newer version, a larger limit); those that still cannot be read stay.',
  ],
  options,
  examples: ['meshscope dead-letters list', 'meshscope dead-letters show 17', 'meshscope dead-letters replay'],
  run: async ({ args, terminal }) => {
    const { values, positionals } = parseOptions(options, args, 2);
    const [action, id] = positionals;
    const limit = wholeNumber('limit', values.limit ?? '100', 1, 10_000);
    const json = values.json === true;
    if ((action === 'show') !== (id !== undefined)) {
      throw new UsageError(
        action === 'show' ? '`dead-letters show` needs the ID of a record, from `dead-letters list`.' : 'Use list, show ID or replay.',
      );
    }
    const client = createServerClient(values, terminal.env);
    try {
      if (action === 'list') return await list(client, limit, json, terminal);
      if (action === 'show') return await show(client, id as string, json, terminal);
      if (action === 'replay') return await replay(client, json, terminal);
      throw new UsageError(`Use list, show ID or replay${action === undefined ? '' : `, not ${JSON.stringify(action)}`}.`);
    } finally {
      client.close();
    }
  },
};

function read<T>(schema: z.ZodType<T>, response: ServerResponse): T {
  let body: unknown;
  try {
    body = JSON.parse(response.body.toString('utf8'));
  } catch (error) {
    throw new AppError('bad_request', 'The answer is not JSON. Is --url a meshscope?', { cause: error });
  }
  const parsed = schema.safeParse(body);
  if (!parsed.success)
    throw new AppError('bad_request', 'The answer does not have the expected form. Is --url a meshscope of the same version?');
  return parsed.data;
}

async function list(client: ServerClient, limit: number, json: boolean, { stdout, stderr, env }: Terminal): Promise<number> {
  const { dead_letters: rows, total } = read(listAnswer, await client.send({ method: 'GET', path: `${path}?limit=${limit}` }));
  const paint = createPaint(stdout, env);
  for (const row of rows.slice(0, limit)) {
    const line = [
      row.id,
      paint('dim', oneLine(row.received)),
      paint('cyan', oneLine(row.source)),
      oneLine(row.index),
      paint('yellow', oneLine(row.reason)),
      oneLine(row.payload),
    ];
    await write(stdout, json ? `${JSON.stringify(row)}\n` : `${line.join('  ')}\n`);
  }
  if (total === 0) stderr.write('meshscope: There are no dead letters.\n');
  else if (total > rows.length) stderr.write(`meshscope: ${rows.length} of ${total} records shown; see --limit.\n`);
  return 0;
}

const oneLine = (text: string) => {
  const line = printableText(text.replace(/\s+/g, ' '));
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
};

async function show(client: ServerClient, id: string, json: boolean, { stdout }: Terminal): Promise<number> {
  const row: DeadLetterRow = read(deadLetter, await client.send({ method: 'GET', path: `${path}/${encodeURIComponent(id)}` }));
  const head = `id        ${row.id}\nreceived  ${row.received}\nsource    ${row.source}\nindex     ${row.index}\nreason    ${row.reason}\n`;
  await write(stdout, json ? `${JSON.stringify(row)}\n` : `${printableText(`${head}\n${row.payload}`)}\n`);
  return 0;
}

async function replay(client: ServerClient, json: boolean, { stdout }: Terminal): Promise<number> {
  const answer = read(replayAnswer, await client.send({ method: 'POST', path: `${path}/replay`, body: '{}' }));
  const sentence = `${answer.replayed} records replayed, ${answer.failed.length} still cannot be read.`;
  await write(stdout, `${json ? JSON.stringify(answer) : sentence}\n`);
  return answer.failed.length === 0 ? 0 : 1;
}
