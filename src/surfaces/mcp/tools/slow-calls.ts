import { z } from 'zod';
import { count, instant, millis, objects, text } from '../../../lib/json/json-members.ts';
import type { JsonObject } from '../../../lib/json/json-text.ts';
import { beginningOf } from '../beginning.ts';
import { offsetSchema, type Window } from '../cursor.ts';
import { type Entry, entryList } from '../fit-answer.ts';
import { counted, inLine, joined, took } from '../line-text.ts';
import { rangeParameters, sinceArgument, untilArgument, windowText } from '../time-window.ts';
import { cursorArgument, defineTool, type ToolContext } from '../tool.ts';

const name = 'slow_calls';

const input = {
  since: sinceArgument('1h'),
  until: untilArgument,
  agent: z.string().min(1).max(200).optional().describe('Only spans of this agent, MCP server or service.'),
  operation: z.string().min(1).max(200).optional().describe('Only operations whose name contains this text, such as a tool.'),
  limit: z.int().min(1).max(100).default(20),
  cursor: cursorArgument,
};

const call = z.strictObject({
  operation: z.string(),
  agent: z.string(),
  duration_ms: z.number().nullable(),
  status: z.string(),
  start: z.string(),
  trace_id: z.string(),
  span_id: z.string(),
});

/** Traces that are put together to find the slowest spans, and spans of each that are looked at. */
const maxTraces = 200;
const maxSpansOfTrace = 1000;
/** A bucket of durations with more spans than this is not looked into when there are slower ones. */
const maxSpans = 400;

export const slowCalls = defineTool({
  name,
  title: 'Slow calls',
  description:
    'The slowest spans, with their traces, and how many took how long. A caller takes as long as what it waits for: show_trace tells where the time went.',
  input,
  output: {
    slower_than_ms: z.number().nullable().describe('Every span that took longer is among the calls.'),
    durations: z.array(z.strictObject({ from_ms: z.number(), to_ms: z.number(), spans: z.number(), errors: z.number() })),
    calls: z.array(call),
  },
  run: async (args, context) => {
    const { window, place: offset, cursorAt } = beginningOf(name, args, { now: context.now, schema: offsetSchema, first: 0 });
    const filter = filterOf(args);
    const { buckets } = await context.get('/api/traces/exemplars', { q: `{ ${filter} }`, ...rangeParameters(window), per_bucket: '1' });
    const durations = objects(buckets).map(durationOf);
    const total = durations.reduce((sum, { spans }) => sum + spans, 0);
    const from = thresholdOf(durations, offset + args.limit);
    const { calls, isComplete } = from === undefined ? { calls: [], isComplete: true } : await callsFrom(context, filter, window, from);
    const page = calls.slice(offset, offset + args.limit);
    const hasMore = calls.length > offset + args.limit;
    return {
      head: [`${counted(total, 'span')} from ${windowText(window)}.`, ...(total === 0 ? [] : [spreadText(durations)])],
      facts: {
        slower_than_ms: isComplete ? (from?.millis ?? null) : null,
        durations: durations.slice(-12).map(({ from_ms, to_ms, spans, errors }) => ({ from_ms, to_ms, spans, errors })),
      },
      lists: [entryList('calls', 'Calls, the slowest first', page, callEntry)],
      leftOut: isComplete
        ? total > calls.length
          ? [`${total - calls.length} spans that were faster.`]
          : []
        : [`Not every span of ${took(from?.millis ?? 0)} and more was looked at: give a shorter window, an agent or an operation.`],
      link: context.link('/'),
      next: (shown) => (shown < page.length || hasMore ? cursorAt(offset + shown) : undefined),
    };
  },
});

/** Text of TraceQL: JSON's escapes are among its own. */
const quoted = (value: string) => JSON.stringify(value);
const literally = (value: string) => value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function filterOf({ agent, operation }: Readonly<{ agent?: string | undefined; operation?: string | undefined }>): string {
  return [
    ...(agent === undefined ? [] : [`resource.service.name = ${quoted(agent)}`]),
    ...(operation === undefined ? [] : [`name =~ ${quoted(`.*${literally(operation)}.*`)}`]),
  ].join(' && ');
}

type Duration = Readonly<{ from_ms: number; to_ms: number; spans: number; errors: number; fromNanos: string }>;

const durationOf = (bucket: JsonObject): Duration => ({
  from_ms: millis(bucket.from_nanos) ?? 0,
  to_ms: millis(bucket.to_nanos) ?? 0,
  spans: count(bucket.spans),
  errors: count(bucket.errors),
  fromNanos: text(bucket.from_nanos),
});

type Threshold = Readonly<{ nanos: string; millis: number }>;

/** The duration from which on all spans are fetched: low enough for `wanted` of them, unless that would be very many. */
function thresholdOf(durations: readonly Duration[], wanted: number): Threshold | undefined {
  let found: Threshold | undefined;
  let spans = 0;
  for (const duration of durations.toReversed()) {
    if (!/^\d{1,20}$/.test(duration.fromNanos)) continue;
    spans += duration.spans;
    if (found !== undefined && spans > maxSpans) break;
    found = { nanos: duration.fromNanos, millis: duration.from_ms };
    if (spans >= wanted) break;
  }
  return found;
}

async function callsFrom(
  { get }: ToolContext,
  filter: string,
  window: Window,
  from: Threshold,
): Promise<Readonly<{ calls: readonly z.output<typeof call>[]; isComplete: boolean }>> {
  const answer = await get('/api/traces', {
    q: `{ ${[filter, `duration >= ${from.nanos}ns`].filter((part) => part !== '').join(' && ')} }`,
    ...rangeParameters(window),
    limit: String(maxTraces),
    spans_per_set: String(maxSpansOfTrace),
  });
  const calls = objects(answer.traces).flatMap((trace) =>
    objects(trace.span_sets)
      .flatMap((set) => objects(set.spans))
      .map((span) => ({
        operation: text(span.name),
        agent: text(span.service),
        duration_ms: millis(span.duration_nanos),
        status: text(span.status),
        start: instant(span.start_nanos),
        trace_id: text(trace.trace_id),
        span_id: text(span.span_id),
      })),
  );
  const matched = objects(answer.traces)
    .flatMap((trace) => objects(trace.span_sets))
    .reduce((sum, set) => sum + count(set.matched), 0);
  return {
    calls: calls.sort((a, b) => (b.duration_ms ?? 0) - (a.duration_ms ?? 0)),
    isComplete: text(answer.next_cursor) === '' && answer.partial !== true && matched === calls.length,
  };
}

const spreadText = (durations: readonly Duration[]): string =>
  durations
    .slice(-6)
    .toReversed()
    .map(({ from_ms, to_ms, spans }) => `${took(from_ms)} to ${took(to_ms)}: ${spans}`)
    .join('; ');

function callEntry(value: z.output<typeof call>): Entry {
  const line = joined(
    took(value.duration_ms),
    inLine(value.operation),
    inLine(value.agent),
    value.status,
    value.start,
    `trace=${inLine(value.trace_id)}`,
  );
  return { line, value };
}
