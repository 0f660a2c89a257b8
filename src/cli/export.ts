import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../lib/errors.ts';
import { type Command, type OptionSpec, parseOptions, wholeNumber } from './command.ts';
import { createExportTarget, type ExportTarget } from './export-target.ts';
import { indexPath, logQuery, queryOptions } from './log-query.ts';
import { createProgress } from './progress.ts';
import { parseSearchResponse } from './search-response.ts';
import { clientOptions, createServerClient, type ServerClient } from './server-client.ts';

const options = {
  ...queryOptions,
  output: {
    type: 'string',
    short: 'o',
    placeholder: 'FILE',
    help: 'File to write; it appears when it is complete.',
    fallback: 'standard output',
  },
  page: { type: 'string', placeholder: 'N', help: 'Records that are fetched at a time.', fallback: '2000' },
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

const keepAlive = '5m';
const maxAttempts = 5;

export const exportCommand: Command = {
  summary: 'Write all matching records as lines of JSON.',
  operands: '[QUERY]',
  description: [
    'Each line is one record exactly as it was sent, in the order of arrival, as of the moment when the export began. Memory does not grow\nwith the size of the export. Fails when fewer or more records came than the server counted.',
  ],
  options,
  examples: [
    'meshscope export -o logs.ndjson',
    "meshscope export 'level:ERROR' --since 24h --index 'mcp-mesh-logs-*' | gzip > errors.ndjson.gz",
  ],
  run: async ({ args, terminal }) => {
    const { values, positionals } = parseOptions(options, args, Number.POSITIVE_INFINITY);
    const size = wholeNumber('page', values.page ?? '2000', 1, 10_000);
    const query = logQuery(positionals.join(' '), values, Date.now());
    const client = createServerClient(values, terminal.env);
    try {
      const target = await createExportTarget(values.output, terminal);
      const progress = createProgress(terminal);
      try {
        const pit = await openPointInTime(client, values.index ?? '*');
        const pages = readPages(client, { query, size }, pit);
        const { written, expected } = await copy(pages, target, progress.report);
        if (written !== expected) {
          throw new AppError('store_failed', `The server counted ${expected} records but gave ${written}. Run the export again.`);
        }
        await target.finish();
        progress.end(written);
      } catch (error) {
        progress.end(undefined);
        await target.abandon();
        throw error;
      }
      return 0;
    } finally {
      client.close();
    }
  },
};

async function openPointInTime(client: ServerClient, index: string): Promise<string> {
  const { body } = await client.send({ method: 'POST', path: `${indexPath(index)}/_pit?keep_alive=${keepAlive}` });
  const answer: unknown = JSON.parse(body.toString('utf8'));
  const id = typeof answer === 'object' && answer !== null && 'id' in answer ? answer.id : undefined;
  if (typeof id !== 'string') throw new AppError('bad_request', `${client.url} did not open a point in time. Is --url a meshscope?`);
  return id;
}

type Page = Readonly<{ sources: readonly Buffer[]; total: number | undefined }>;

async function* readPages(client: ServerClient, search: Readonly<{ query: object; size: number }>, firstPit: string): AsyncGenerator<Page> {
  let pit = firstPit;
  let cursor: string | undefined;
  try {
    for (;;) {
      const body = JSON.stringify({
        ...search,
        pit: { id: pit, keep_alive: keepAlive },
        sort: [{ _doc: 'asc' }],
        track_total_hits: cursor === undefined,
      });
      const text = cursor === undefined ? body : `${body.slice(0, -1)},"search_after":${cursor}}`;
      const page = parseSearchResponse(await fetchPage(client, text));
      if (page.partial)
        throw new AppError('query_too_expensive', 'The server ran into its time limit. Narrow the export with --since or an --index.');
      const sources = page.hits.map((hit) => hit.source).filter((source) => source !== undefined);
      if (sources.length < page.hits.length) throw new AppError('store_failed', 'The server sent a record without its text.');
      yield { sources, total: cursor === undefined ? page.total : undefined };
      pit = page.pitId ?? pit;
      const next = page.hits.at(-1)?.sort;
      if (page.hits.length < search.size) return;
      if (next === undefined || next === cursor) throw new AppError('store_failed', 'The server sent no position to go on from.');
      cursor = next;
    }
  } finally {
    // It ends by itself where the server is not there to be told.
    await client.tryRequest({ method: 'DELETE', path: '/elasticsearch/_pit', body: JSON.stringify({ id: pit }) });
  }
}

/** The same page can be asked for again: a point in time does not move. */
async function fetchPage(client: ServerClient, body: string): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await client.send({ method: 'POST', path: '/elasticsearch/_search', body })).body;
    } catch (error) {
      if (!(error instanceof AppError) || !error.retryable || attempt === maxAttempts) throw error;
      await sleep(100 * 2 ** attempt);
    }
  }
}

const lineEnd = Buffer.from('\n');

async function copy(
  pages: AsyncGenerator<Page>,
  target: ExportTarget,
  report: (written: number, expected: number) => void,
): Promise<{ written: number; expected: number }> {
  let written = 0;
  let expected = 0;
  for await (const { sources, total } of pages) {
    expected = total ?? expected;
    await target.write(Buffer.concat(sources.flatMap((source) => [source, lineEnd])));
    written += sources.length;
    report(written, expected);
  }
  return { written, expected };
}
