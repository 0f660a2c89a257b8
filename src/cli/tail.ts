import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../lib/errors.ts';
import { type Command, type OptionSpec, parseOptions } from './command.ts';
import { fieldNames, indexPath, logQuery, queryOptions } from './log-query.ts';
import { outputOptions, printHits, sourceFilter } from './search.ts';
import { parseSearchResponse, type RawHit } from './search-response.ts';
import { clientOptions, createServerClient, type ServerClient } from './server-client.ts';

const { until: _until, since, ...filterOptions } = queryOptions;
const options = {
  ...filterOptions,
  since: { ...since, fallback: 'the last 10 records, then the new ones' },
  ...outputOptions,
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

const pollMillis = 500;
const pageSize = 500;
const backlog = 10;
const maxWaitMillis = 5_000;

export const tailCommand: Command = {
  summary: 'Show records as they arrive.',
  operands: '[QUERY]',
  description: [
    'Follows in the order of arrival and goes on after a restart of the server. With --since, records whose own time is older are not shown,\nhowever late they arrive.',
  ],
  options,
  examples: [
    'meshscope tail',
    "meshscope tail 'level:(ERROR OR WARNING)' --since 15m",
    "meshscope tail --kql 'agent.name: weather-agent' --fields msg,request_id",
  ],
  run: async ({ args, terminal }) => {
    const { values, positionals } = parseOptions(options, args, Number.POSITIVE_INFINITY);
    const fields = fieldNames(values.fields);
    const json = values.json === true;
    const query = logQuery(positionals.join(' '), { kql: values.kql, since: values.since }, Date.now());
    const client = createServerClient(values, terminal.env);
    const search = createTailSearch(client, `${indexPath(values.index ?? '*')}/_search`, { query, ...sourceFilter(fields, json) });
    let cursor: string | undefined;
    let started = false;
    let waitMillis = pollMillis;
    try {
      while (terminal.signal?.aborted !== true) {
        try {
          const hits = !started && values.since === undefined ? await search.latest() : await search.after(cursor);
          if (waitMillis > pollMillis) terminal.stderr.write('meshscope: The server answers again.\n');
          waitMillis = pollMillis;
          started = true;
          cursor = hits.at(-1)?.sort ?? cursor;
          await printHits(hits, { json, fields, terminal });
          if (hits.length === pageSize) continue;
        } catch (error) {
          if (!started || !(error instanceof AppError) || !error.retryable) throw error;
          if (waitMillis === pollMillis) terminal.stderr.write('meshscope: The server does not answer; waiting for it.\n');
          waitMillis = Math.min(maxWaitMillis, waitMillis * 2);
        }
        await sleep(waitMillis);
      }
      return 0;
    } finally {
      client.close();
    }
  },
};

/** `_doc` is the order of ingestion, and its sort value a cursor whose form is the server's own business. */
function createTailSearch(client: ServerClient, path: string, filter: object) {
  const fetchHits = async (body: string): Promise<readonly RawHit[]> => {
    const { body: answer } = await client.send({ method: 'POST', path, body });
    return parseSearchResponse(answer).hits;
  };
  const bodyText = (size: number, order: 'asc' | 'desc', cursor: string | undefined) => {
    const body = JSON.stringify({ ...filter, size, sort: [{ _doc: order }], track_total_hits: false });
    return cursor === undefined ? body : `${body.slice(0, -1)},"search_after":${cursor}}`;
  };
  return {
    latest: async () => (await fetchHits(bodyText(backlog, 'desc', undefined))).toReversed(),
    after: (cursor: string | undefined) => fetchHits(bodyText(pageSize, 'asc', cursor)),
  };
}
