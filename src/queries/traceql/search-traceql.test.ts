import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { openTraceTable, type TraceTable } from '../traces/testing/trace-table.ts';
import type { Cursor } from './candidates.ts';
import { parseTraceQl } from './parse-traceql.ts';
import { type FoundTrace, searchTraceQl } from './search-traceql.ts';
import { type RandomQuery, randomQuery } from './testing/random-query.ts';
import { baseMillis, forest, recordsOf, type TestTrace, traceIdOf } from './testing/random-traces.ts';

const limits = { timeoutMillis: 10_000, memoryBytes: 512 * 1024 ** 2, maxSpanRecords: 100_000 };
const traceLimits = { quietMillis: 3000, timeoutMillis: 300_000 };
const everything = { from: undefined, to: undefined };

let table: TraceTable;

beforeAll(async () => {
  table = await openTraceTable();
});

afterAll(() => table.close());

/** `firstRows` small, so that even few spans need several statements. */
const search = (text: string, limit = 1000, cursor?: Cursor, firstRows = 3) =>
  searchTraceQl(
    table.engine,
    { query: parseTraceQl(text), range: everything, limit, cursor },
    { ...limits, firstRows },
    traceLimits,
    baseMillis + 10_000,
  );

async function fill(traces: readonly TestTrace[]): Promise<void> {
  for (const name of ['spans', 'traces']) await table.engine.command(`TRUNCATE TABLE ${name}`);
  await table.load(traces.flatMap(recordsOf), baseMillis);
}

/** Of each trace, the sets of span ids, as text. */
const printGroups = (groups: readonly (readonly string[])[]) => groups.map((group) => [...group].sort().join(' ')).sort();

const answered = (traces: readonly FoundTrace[]) =>
  traces.map(({ view, groups }) => [
    view.trace.traceId,
    printGroups(groups.map(({ spans }) => spans.map((at) => view.trace.spans[at]?.spanId ?? ''))),
  ]);

const expected = (traces: readonly TestTrace[], query: RandomQuery) =>
  traces
    .map((trace, at) => [traceIdOf(at), printGroups(query.run(trace).map((group) => group.map((span) => trace[span]?.id ?? '')))] as const)
    .filter(([, groups]) => groups.length > 0)
    .reverse();

describe('a search by TraceQL', () => {
  it('finds what the definition of the language finds', async () => {
    await fc.assert(
      fc.asyncProperty(forest, fc.array(randomQuery, { minLength: 12, maxLength: 12 }), async (traces, queries) => {
        await fill(traces);
        for (const query of queries) {
          const { traces: found, partial } = await search(query.text);
          expect(partial).toBeUndefined();
          expect({ query: query.text, found: answered(found) }).toEqual({ query: query.text, found: expected(traces, query) });
        }
      }),
      { ...randomCases(2), endOnFailure: true },
    );
  }, 120_000);

  it('gives the same traces page by page', async () => {
    await fc.assert(
      fc.asyncProperty(forest, fc.array(randomQuery, { minLength: 3, maxLength: 3 }), async (traces, queries) => {
        await fill(traces);
        for (const query of queries) {
          const pages: unknown[] = [];
          let cursor: Cursor | undefined;
          do {
            const page = await search(query.text, 2, cursor);
            pages.push(...answered(page.traces));
            cursor = page.next;
          } while (cursor !== undefined);
          expect({ query: query.text, found: pages }).toEqual({ query: query.text, found: expected(traces, query) });
        }
      }),
      { ...randomCases(2), endOnFailure: true },
    );
  }, 120_000);
});
