import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import type { RunSql } from '../../queries/sql/run-sql.ts';
import { maxStatementLength } from '../../queries/sql/sql-tokens.ts';
import { sqlViews } from '../../queries/sql/sql-views.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';

const maxRows = 10_000;

const answer = z.strictObject({
  columns: z.array(z.string()).describe('In the order of the values; empty when there are no rows.'),
  rows: z.array(z.array(z.unknown())).describe('64-bit integers are text.'),
  truncated: z.boolean().describe('There are more rows.'),
});

const table = z.strictObject({
  name: z.string(),
  comment: z.string(),
  columns: z.array(z.strictObject({ name: z.string(), type: z.string(), comment: z.string() })),
});

/** Statements of strangers, without a way to anything but four tables. `run` undefined: they are switched off. */
export function sqlRoutes(run: RunSql | undefined): readonly ApiRoute[] {
  return [
    apiRoute('POST', '/api/sql', {
      id: 'runSql',
      summary: 'One SELECT over logs, spans, traces and metrics. It changes nothing.',
      body: z.strictObject({
        query: z.string().min(1).max(maxStatementLength),
        max_rows: z.int().min(1).max(maxRows).default(1000).describe('Further rows are left out.'),
      }),
      answers: { 200: { description: 'What the statement gives.', schema: answer } },
      handle: async ({ body, signal }) => {
        if (run === undefined) throw new AppError('forbidden', 'Statements in SQL are switched off (mcp.sql).');
        return { json: await run(body.query, { maxRows: body.max_rows, signal }) };
      },
    }),
    apiRoute('GET', '/api/sql/tables', {
      id: 'sqlTables',
      summary: 'The tables of /api/sql and their columns.',
      answers: { 200: { description: 'All of them.', schema: z.strictObject({ tables: z.array(table) }) } },
      handle: () => ({
        json: {
          tables: sqlViews.map(({ name, comment, columns }) => ({
            name,
            comment,
            columns: columns.map((one) => ({ name: one.name, type: one.type, comment: one.comment ?? '' })),
          })),
        } satisfies { tables: z.output<typeof table>[] },
      }),
    }),
  ];
}
