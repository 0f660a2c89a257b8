import { z } from 'zod';
import { listOf, plain } from '../../../lib/json/json-members.ts';
import { maxStatementLength } from '../../../queries/sql/sql-tokens.ts';
import { sqlViews } from '../../../queries/sql/sql-views.ts';
import { offsetSchema, placeOf, printCursor, readCursor } from '../cursor.ts';
import { entryList } from '../fit-answer.ts';
import { counted, inLine, joined } from '../line-text.ts';
import { cursorArgument, defineTool } from '../tool.ts';

const name = 'query_sql';

/** Rows that are asked for at once; an answer has far fewer. */
const maxRows = 1000;

/** A statement has no window of time but its own. */
const window = { fromMillis: 0, toMillis: 0 };

const tables = sqlViews.map((view) => `${view.name}(${view.columns.map((one) => one.name).join(', ')})`).join('; ');

export const querySql = defineTool({
  name,
  title: 'Query by SQL',
  description: `One SELECT in ClickHouse's SQL, when no other tool answers: joins, WITH name AS (SELECT …), GROUP BY, quantile(0.95)(x), attributes['key'], JSONExtractString(fields, 'a', 'b'). Times are UTC, as in timestamp > now() - INTERVAL 1 HOUR. spans has one row for each report: record = 'span', or MCP Mesh's 'start', 'end' and 'error'. Tables: ${tables}.`,
  input: {
    query: z.string().min(1).max(maxStatementLength).describe('The statement. ORDER BY what is unique, to go on with a cursor.'),
    cursor: cursorArgument,
  },
  output: { rows: z.array(z.record(z.string(), z.unknown())) },
  run: async (args, { post, link }) => {
    const offset = placeOf(offsetSchema, readCursor(name, args), 0);
    const answer = await post('/api/sql', { query: args.query, max_rows: Math.min(offset + maxRows, 10_000) });
    const columns = listOf(answer.columns).map(String);
    const rows = listOf(answer.rows).map(listOf).slice(offset);
    const isMore = answer.truncated === true;
    return {
      head: [`${counted(rows.length + offset, 'row')}${isMore ? ' and more' : ''}.`],
      facts: {},
      lists: [
        entryList('rows', 'Rows', rows, (row) => ({
          line: joined(...columns.map((column, at) => `${inLine(column)}=${inLine(plain(row[at] ?? null))}`)),
          value: Object.fromEntries(columns.map((column, at) => [column, plain(row[at] ?? null)])),
        })),
      ],
      leftOut: isMore ? ['There are more rows than were read: narrow the statement, or add them up in it.'] : [],
      link: link('/api/sql/tables'),
      next: (shown) =>
        shown < rows.length || (isMore && shown > 0 && offset + shown < 10_000)
          ? printCursor(name, args, { window, place: offset + shown })
          : undefined,
    };
  },
});
