import { type Command, type OptionSpec, parseOptions, UsageError, wholeNumber } from './command.ts';
import { formatLog } from './log-line.ts';
import { fieldNames, indexPath, logQuery, queryOptions } from './log-query.ts';
import { parseSearchResponse, type RawHit } from './search-response.ts';
import { clientOptions, createServerClient } from './server-client.ts';
import { createPaint, type Terminal, write } from './terminal.ts';

export const outputOptions = {
  json: { type: 'boolean', help: 'Print each record as one line of JSON, exactly as it was sent.' },
  fields: { type: 'string', placeholder: 'A,B', help: 'Only these fields.' },
} as const satisfies Record<string, OptionSpec>;

const options = {
  ...queryOptions,
  limit: { type: 'string', short: 'n', placeholder: 'N', help: 'Most records to show.', fallback: '100' },
  sort: { type: 'string', placeholder: 'FIELD[:asc|desc]', help: 'Order.', fallback: 'the newest records, the newest last' },
  ...outputOptions,
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

export const searchCommand: Command = {
  summary: 'Search the records of a running meshscope.',
  operands: '[QUERY]',
  description: [
    'QUERY is in Lucene syntax (`level:ERROR AND agent.name:weather*`), or in KQL with --kql. Without it, every record matches.',
  ],
  options,
  examples: [
    "meshscope search 'level:ERROR AND msg:timeout' --since 1h",
    'meshscope search --kql \'agent.name: "weather-agent" and request.duration_ms > 500\' --sort request.duration_ms:desc',
    'meshscope search trace.trace_id:abc123 --json | jq .msg',
  ],
  run: async ({ args, terminal }) => {
    const { values, positionals } = parseOptions(options, args, Number.POSITIVE_INFINITY);
    const fields = fieldNames(values.fields);
    const limit = wholeNumber('limit', values.limit ?? '100', 1, 10_000);
    const body = {
      size: limit,
      query: logQuery(positionals.join(' '), values, Date.now()),
      sort: [sortOf(values.sort)],
      track_total_hits: true,
      ...sourceFilter(fields, values.json === true),
    };
    const client = createServerClient(values, terminal.env);
    try {
      const response = await client.send({ method: 'POST', path: `${indexPath(values.index ?? '*')}/_search`, body: JSON.stringify(body) });
      const { hits, total, partial } = parseSearchResponse(response.body);
      const ordered = values.sort === undefined ? hits.toReversed() : hits;
      await printHits(ordered, { json: values.json === true, fields, terminal });
      if (partial)
        terminal.stderr.write(
          'meshscope: The answer is incomplete: the query ran into its time limit. Narrow it, for example with --since.\n',
        );
      else if (hits.length === 0) terminal.stderr.write('meshscope: Nothing matches.\n');
      else if (total !== undefined && total > hits.length)
        terminal.stderr.write(`meshscope: ${hits.length} of ${total} records shown; see --limit.\n`);
      return partial ? 1 : 0;
    } finally {
      client.close();
    }
  },
};

function sortOf(text: string | undefined): object {
  const [, field, order = 'asc'] = text === undefined ? [null, 'timestamp', 'desc'] : (/^([^:]+)(?::(asc|desc))?$/.exec(text) ?? []);
  if (field === undefined) throw new UsageError(`--sort must be FIELD, FIELD:asc or FIELD:desc, not ${JSON.stringify(text)}.`);
  return { [field]: { order, unmapped_type: 'date' } };
}

/** People also need time and level to read a record by. */
export const sourceFilter = (fields: readonly string[] | undefined, json: boolean): object => ({
  ...(fields !== undefined && { _source: json ? fields : [...fields, 'timestamp', '@timestamp', 'level', 'severity_text'] }),
  // A record that says no time itself has that of its arrival.
  ...(!json && { docvalue_fields: [{ field: 'timestamp', format: 'strict_date_time' }] }),
});

/** Prints records as lines, of JSON or for people. */
export async function printHits(
  hits: readonly RawHit[],
  how: Readonly<{ json: boolean; fields: readonly string[] | undefined; terminal: Terminal }>,
): Promise<void> {
  const paint = createPaint(how.terminal.stdout, how.terminal.env);
  for (const { source, time } of hits) {
    if (source === undefined) continue;
    await write(how.terminal.stdout, how.json ? Buffer.concat([source, lineEnd]) : formatLog(source, { fields: how.fields, time }, paint));
  }
}

const lineEnd = Buffer.from('\n');
