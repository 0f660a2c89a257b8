import { z } from 'zod';
import { count, instant, listOf, millis, objectOf, objects, plain, text } from '../../../lib/json/json-members.ts';
import type { JsonObject } from '../../../lib/json/json-text.ts';
import { beginningOf } from '../beginning.ts';
import { type Entry, entryList } from '../fit-answer.ts';
import { counted, inLine, joined, took } from '../line-text.ts';
import { rangeParameters, sinceArgument, untilArgument, windowText } from '../time-window.ts';
import { cursorArgument, defineTool } from '../tool.ts';

const name = 'find_traces';

const input = {
  query: z
    .string()
    .max(4000)
    .default('{}')
    .describe(
      'TraceQL: {} is any trace; { status = error }; { resource.service.name = "x" && duration > 1s }; { name = "a" } >> { status = error } | select(statusMessage).',
    ),
  since: sinceArgument('1h'),
  until: untilArgument,
  limit: z.int().min(1).max(100).default(20),
  cursor: cursorArgument,
};

/** The page of the API, empty for the first, and how many of its traces were shown. */
const placeSchema = z.tuple([z.string().max(100), z.int().min(0).max(1000)]);

const matchedSpan = z.strictObject({
  name: z.string(),
  agent: z.string(),
  status: z.string(),
  duration_ms: z.number().nullable(),
  selected: z.record(z.string(), z.unknown()),
});
const trace = z.strictObject({
  trace_id: z.string(),
  start: z.string(),
  duration_ms: z.number().nullable(),
  state: z.string().describe('running, complete or abandoned.'),
  failed: z.boolean(),
  root: z.string(),
  root_agent: z.string(),
  spans: z.number(),
  agents: z.array(z.string()),
  matched: z.array(matchedSpan).describe('The first of the spans that match.'),
});

const spansPerSet = 3;
const maxMatched = 5;

export const findTraces = defineTool({
  name,
  title: 'Find traces',
  description: 'Traces in which a TraceQL query finds something, the newest first: id, root, duration, whether it failed, matching spans.',
  input,
  output: { traces: z.array(trace) },
  run: async (args, { get, link, now }) => {
    const {
      window,
      place: [page, skipped],
      cursorAt,
    } = beginningOf(name, args, { now, schema: placeSchema, first: ['', 0] });
    const answer = await get('/api/traces', {
      q: args.query,
      ...rangeParameters(window),
      limit: String(args.limit),
      spans_per_set: String(spansPerSet),
      cursor: page === '' ? undefined : page,
    });
    const traces = objects(answer.traces).slice(skipped);
    const nextPage = text(answer.next_cursor);
    const reason = text(answer.partial_reason);
    return {
      head: [
        `${counted(traces.length, 'trace')} that began from ${windowText(window)}, the newest first${nextPage === '' ? '' : '; there are more'}.`,
      ],
      facts: {},
      lists: [entryList('traces', 'Traces', traces, traceEntry)],
      leftOut: answer.partial === true ? [`The search stopped before everything was looked at: ${reason}`] : [],
      link: link('/'),
      next: (shown) => {
        const place: [string, number] = shown < traces.length ? [page, skipped + shown] : [nextPage, 0];
        return place[0] === '' && place[1] === 0 ? undefined : cursorAt(place);
      },
    };
  },
});

function traceEntry(found: JsonObject): Entry {
  const matched = objects(found.span_sets)
    .flatMap((set) => objects(set.spans))
    .slice(0, maxMatched)
    .map((span) => ({
      name: text(span.name),
      agent: text(span.service),
      status: text(span.status),
      duration_ms: millis(span.duration_nanos),
      selected: plain(objectOf(span.selected)) as Record<string, unknown>,
    }));
  const value = {
    trace_id: text(found.trace_id),
    start: instant(found.start_nanos),
    duration_ms: millis(found.duration_nanos),
    state: text(found.state),
    failed: found.success === false,
    root: text(found.root_name),
    root_agent: text(found.root_service),
    spans: count(found.span_count),
    agents: listOf(found.services).map(text),
    matched,
  };
  const spans = matched.map((span) => {
    const selected = Object.entries(span.selected).map(([field, item]) => ` ${inLine(field)}=${inLine(item)}`);
    return `${inLine(span.name)} (${inLine(span.agent)}) ${span.status} ${took(span.duration_ms)}${selected.join('')}`;
  });
  const line = joined(
    inLine(value.trace_id),
    value.start,
    took(value.duration_ms),
    value.failed ? 'FAILED' : value.state,
    `${inLine(value.root) || '(no root)'} (${inLine(value.root_agent)})`,
    counted(value.spans, 'span'),
    spans.length === 0 ? '' : `matching: ${spans.join('; ')}`,
  );
  return { line, value };
}
