import { z } from 'zod';
import { parseJson, stringifyJson } from '../../../lib/json/json-text.ts';
import { beginningOf } from '../beginning.ts';
import { entryList } from '../fit-answer.ts';
import { counted } from '../line-text.ts';
import { fieldsOf, inWindow, readHits, recordEntry, usualFields } from '../log-records.ts';
import { sinceArgument, untilArgument, windowText } from '../time-window.ts';
import { cursorArgument, defineTool } from '../tool.ts';

const name = 'search_logs';

const input = {
  query: z
    .string()
    .max(4000)
    .default('*')
    .describe('Such as level:ERROR AND msg:"connection refused", agent.name:weather*, trace.trace_id:abc.'),
  language: z.enum(['lucene', 'kql']).default('lucene'),
  since: sinceArgument('1h'),
  until: untilArgument,
  index: z
    .string()
    .regex(/^[^/\\?#\s]{1,200}$/)
    .default('*')
    .describe('Indices, with * as a wildcard.'),
  fields: z.array(z.string().min(1).max(200)).max(50).optional().describe('Fields to show; ["*"] for all. Default: the usual ones.'),
  limit: z.int().min(1).max(200).default(50),
  cursor: cursorArgument,
};

/** JSON text of the sort values of the last record that was shown; empty at the beginning. */
const placeSchema = z.string().max(1000);

export const searchLogs = defineTool({
  name,
  title: 'Search log records',
  description: 'Log records that match a query in Lucene syntax or KQL, the newest first.',
  input,
  output: {
    total: z.number(),
    total_is_minimum: z.boolean(),
    records: z.array(z.record(z.string(), z.unknown())),
  },
  run: async (args, { post, link, now }) => {
    const { window, place: after, cursorAt } = beginningOf(name, args, { now, schema: placeSchema, first: '' });
    const text = args.query.trim();
    const asked =
      text === '' || text === '*'
        ? { match_all: {} }
        : args.language === 'kql'
          ? { kql: { query: text } }
          : { query_string: { query: text, analyze_wildcard: true, lenient: true } };
    const answer = await post(`/elasticsearch/${args.index.split(',').map(encodeURIComponent).join(',')}/_search`, {
      size: args.limit,
      query: inWindow(asked, window),
      sort: [{ timestamp: { order: 'desc', unmapped_type: 'date' } }, { _doc: 'desc' }],
      _source: false,
      fields: [...new Set(['timestamp', ...(args.fields ?? usualFields)])],
      ...(after === '' ? {} : { search_after: parseJson(after) }),
    });
    const { hits, total, isAtLeast, isPartial } = readHits(answer);
    return {
      head: [`${isAtLeast ? 'At least ' : ''}${counted(total, 'record')} from ${windowText(window)}, the newest first.`],
      facts: { total, total_is_minimum: isAtLeast },
      lists: [entryList('records', 'Records', hits, (hit) => recordEntry(fieldsOf(hit)))],
      leftOut: [
        ...(isPartial ? ['The query ran into its time limit: narrow it, for example with since.'] : []),
        ...(args.fields === undefined && hits.length > 0 ? ['Other fields of the records: name them in fields.'] : []),
      ],
      link: link('/'),
      next: (shown) => {
        const sort = hits[shown - 1]?.sort;
        if (sort === undefined || (shown === hits.length && hits.length < args.limit)) return undefined;
        return cursorAt(stringifyJson(sort));
      },
    };
  },
});
