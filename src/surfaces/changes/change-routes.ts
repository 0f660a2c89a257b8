import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { type ChangedError, type ChangedNumbers, type Changes, errorRate } from '../../queries/changes/changes.ts';
import type { VersionChanges } from '../../queries/changes/version-changes.ts';
import type { Window } from '../../queries/changes/window-summary.ts';
import { type ApiRoute, apiRoute } from '../http/api-route.ts';
import { rangeQuery, recentRange, wholeNumber } from '../traces/request-parts.ts';

export type ChangeQueries = Readonly<{
  now: () => number;
  /** They stop when the signal is aborted. */
  changes: (window: Window, signal: AbortSignal) => Promise<Changes>;
  versions: (window: Window, signal: AbortSignal) => Promise<VersionChanges>;
}>;

const count = z.int().min(0);
const window = z.strictObject({ start: z.string(), end: z.string() });
const instant = z.string().nullable().describe('RFC 3339, UTC.');
const error = z.strictObject({
  message: z.string().describe('One of them, as it is.'),
  pattern: z.string().describe('What they have in common: numbers and ids are #.'),
  count,
  count_before: count,
  change: z.enum(['new', 'more', 'known']).describe('more: at least three times as many, and at least ten more.'),
  agent: z.string(),
  exception: z.string(),
  trace_id: z.string().describe('Of one of them; empty when they name none.'),
  first: instant,
  last: instant,
});
const numbers = z.strictObject({
  agent: z.string(),
  calls: count,
  calls_before: count,
  p95_ms: z.number(),
  p95_ms_before: z.number(),
  error_rate: z.number(),
  error_rate_before: z.number(),
});
const answer = z.strictObject({
  window,
  before: window.describe('The stretch of the same length before it, with which it is compared.'),
  calls: count,
  calls_before: count,
  error_records: count.describe('Log records of level ERROR and above.'),
  error_records_before: count,
  errors: z.array(error).describe('By pattern: new ones first, then those that became frequent.'),
  errors_total: count.describe('Patterns, shown or not.'),
  failing_more: z.array(numbers),
  slower: z.array(numbers),
  new_agents: z.array(z.string()),
  silent_agents: z.array(z.string()).describe('They sent something in the time before, and nothing since.'),
  new_versions: z.array(z.strictObject({ service: z.string(), version: z.string(), before: z.array(z.string()), first: z.string() })),
  not_compared: count.describe('Error records with rarer messages.'),
  missing: z.array(z.string()).describe('What could not be read, and why.'),
});

const versionsAnswer = z.strictObject({
  window,
  changes: z
    .array(z.strictObject({ service: z.string(), before: z.string(), version: z.string(), first: z.string() }))
    .describe('In the order of time. first: the first record or span of the new version.'),
  missing: z.array(z.string()).describe('What could not be read, and why.'),
});
const range = { start: rangeQuery.start.describe('As for /api/traces; without it: an hour before the end.'), end: rangeQuery.end };

const iso = (millis: number): string => new Date(Math.max(-8.64e15, Math.min(8.64e15, millis))).toISOString();
const printWindow = ({ fromMillis, toMillis }: Window) => ({ start: iso(fromMillis), end: iso(toMillis) });

const printError = (one: ChangedError): z.output<typeof error> => ({
  message: one.message,
  pattern: one.pattern,
  count: one.count,
  count_before: one.countBefore,
  change: one.change,
  agent: one.agent,
  exception: one.exception,
  trace_id: one.traceId,
  first: one.firstMillis === undefined ? null : iso(one.firstMillis),
  last: one.lastMillis === undefined ? null : iso(one.lastMillis),
});

const rounded = (millis: number) => Math.round(millis * 1e3) / 1e3;
const printNumbers = ({ agent, now, before }: ChangedNumbers): z.output<typeof numbers> => ({
  agent,
  calls: now.calls,
  calls_before: before.calls,
  p95_ms: rounded(now.p95),
  p95_ms_before: rounded(before.p95),
  error_rate: errorRate(now),
  error_rate_before: errorRate(before),
});

function askedWindow(asked: Readonly<{ start?: string | undefined; end?: string | undefined }>, nowMillis: number): Window {
  const { from, to } = recentRange(asked, nowMillis);
  const toMillis = to === undefined ? nowMillis : Math.ceil(Number(to + 1n) / 1e6);
  const fromMillis = Math.floor(Number(from ?? 0n) / 1e6);
  if (fromMillis >= toMillis) throw new AppError('bad_request', 'start: The range has no length.');
  return { fromMillis, toMillis };
}

export function changeRoutes(queries: ChangeQueries): readonly ApiRoute[] {
  return [
    apiRoute('GET', '/api/changes', {
      id: 'changes',
      summary: 'What is different from the stretch of the same length before: errors, speed, failures, agents, versions.',
      query: z.strictObject({
        ...range,
        limit: wholeNumber(1, 1000, 100).describe('Patterns of errors.'),
      }),
      answers: { 200: { description: 'All of it that could be read.', schema: answer } },
      handle: async ({ query: { limit, ...asked }, signal }) => {
        const found = await queries.changes(askedWindow(asked, queries.now()), signal);
        return {
          json: {
            window: printWindow(found.window),
            before: printWindow(found.before),
            calls: found.calls,
            calls_before: found.callsBefore,
            error_records: found.errorRecords,
            error_records_before: found.errorRecordsBefore,
            errors: found.errors.slice(0, limit).map(printError),
            errors_total: found.errors.length,
            failing_more: found.failingMore.map(printNumbers),
            slower: found.slower.map(printNumbers),
            new_agents: [...found.newAgents],
            silent_agents: [...found.silentAgents],
            new_versions: found.newVersions.map(({ service, version, before, firstMillis }) => ({
              service,
              version,
              before: [...before],
              first: iso(firstMillis),
            })),
            not_compared: found.othersNotCompared,
            missing: [...found.missing],
          } satisfies z.output<typeof answer>,
        };
      },
    }),
    apiRoute('GET', '/api/changes/versions', {
      id: 'versionChanges',
      summary: 'When services changed their version within a range, as their log records and spans name it.',
      query: z.strictObject(range),
      answers: { 200: { description: 'All of it that could be read.', schema: versionsAnswer } },
      handle: async ({ query, signal }) => {
        const asked = askedWindow(query, queries.now());
        const { changes, missing } = await queries.versions(asked, signal);
        return {
          json: {
            window: printWindow(asked),
            changes: changes.map(({ service, before, version, firstMillis }) => ({ service, before, version, first: iso(firstMillis) })),
            missing: [...missing],
          } satisfies z.output<typeof versionsAnswer>,
        };
      },
    }),
  ];
}
