import { z } from 'zod';
import { AppError } from '../../../lib/errors.ts';
import { count, instant, listOf, millis, objectOf, objects, plain, text } from '../../../lib/json/json-members.ts';
import type { JsonObject } from '../../../lib/json/json-text.ts';
import { traceIdSpellings } from '../../../model/trace-id.ts';
import { errorQuery } from '../../../queries/changes/error-query.ts';
import { attempt } from '../ask.ts';
import { offsetSchema, placeOf, printCursor, readCursor } from '../cursor.ts';
import { countEntries, type Draft, dropFirst, type Entry, entryList } from '../fit-answer.ts';
import { counted, inLine, joined, took } from '../line-text.ts';
import { fieldsOf, readHits, recordEntry, usualFields } from '../log-records.ts';
import { cursorArgument, defineTool, type ToolContext } from '../tool.ts';

const name = 'show_trace';

const input = {
  trace_id: z
    .string()
    .regex(/^(?!\.+$)[\w.:~-]{1,128}$/, { error: 'trace_id must be the id of a trace, in any spelling.' })
    .describe('In any spelling, with dashes or without.'),
  logs: z.boolean().default(false).describe('Also the log records of the trace.'),
  attributes: z.boolean().default(false).describe('Also the attributes of each span.'),
  cursor: cursorArgument,
};

const span = z.strictObject({
  span_id: z.string(),
  depth: z.number(),
  name: z.string(),
  agent: z.string(),
  status: z.string().describe('ok, error or empty.'),
  error: z.string(),
  state: z.string().describe('open, ended or abandoned.'),
  start_ms: z.number().nullable().describe('After the start of the trace.'),
  duration_ms: z.number().nullable(),
  attributes: z.record(z.string(), z.unknown()).optional(),
});

/** Of records of the trace; those of failures come first. */
const maxLogs = 200;
const maxFailed = 10;

/** Deeper spans are not indented further. */
const maxIndent = 30;

export const showTrace = defineTool({
  name,
  title: 'Show a trace',
  description:
    'One trace: its failures, the deepest first; its spans as a tree with agents, durations and errors; and, with logs, its log records.',
  input,
  output: {
    trace_id: z.string(),
    state: z.string(),
    failed: z.boolean(),
    start: z.string(),
    duration_ms: z.number().nullable(),
    span_count: z.number(),
    agents: z.array(z.string()),
    failures: z.array(span),
    spans: z.array(span),
    logs: z.array(z.record(z.string(), z.unknown())),
  },
  run: async (args, context): Promise<Draft> => {
    const position = readCursor(name, args);
    const offset = placeOf(offsetSchema, position, 0);
    const trace = await readTrace(args.trace_id, context);
    const spans = objects(trace.spans);
    const failures = spans.filter(({ status }) => status === 'error').sort((a, b) => count(b.depth) - count(a.depth));
    const logs = args.logs ? await logsOf(args.trace_id, context) : undefined;
    const entryOf = (one: JsonObject) => spanEntry(one, trace, args.attributes);
    const lists = [
      entryList('failures', 'Failures, the deepest first', failures.slice(0, maxFailed), (one) => withoutIndent(entryOf(one))),
      entryList('spans', 'Spans', spans, entryOf),
      entryList('logs', 'Log records', logs?.hits ?? [], (hit) => recordEntry(fieldsOf(hit))),
    ];
    const total = countEntries(lists);
    const facts = {
      trace_id: text(trace.trace_id).slice(0, 200),
      state: text(trace.state),
      failed: trace.success === false,
      start: instant(trace.start_nanos),
      duration_ms: millis(trace.duration_nanos),
      span_count: spans.length,
      agents: listOf(trace.services)
        .slice(0, 20)
        .map((agent) => text(agent).slice(0, 100)),
    };
    const window = position?.window ?? { fromMillis: 0, toMillis: 0 };
    return {
      head: [
        `Trace ${facts.trace_id}`,
        joined(
          facts.start,
          took(facts.duration_ms),
          facts.failed ? 'FAILED' : 'ok',
          facts.state,
          counted(spans.length, 'span'),
          counted(failures.length, 'failed span'),
        ),
      ],
      facts,
      lists: dropFirst(lists, offset),
      leftOut: [
        ...(failures.length > maxFailed ? [`${failures.length - maxFailed} more failures stand among the spans.`] : []),
        ...(logs?.leftOut ?? (args.logs ? [] : ['Log records: call again with logs: true.'])),
      ],
      link: context.link(`/api/traces/${encodeURIComponent(args.trace_id)}`),
      next: (shown) => (offset + shown < total ? printCursor(name, args, { window, place: offset + shown }) : undefined),
    };
  },
});

/** A giant is refused with the way to what matters of it. */
async function readTrace(id: string, { get }: ToolContext): Promise<JsonObject> {
  const asked = await attempt(get(`/api/traces/${encodeURIComponent(id)}`));
  if ('value' in asked) return asked.value;
  if (asked.error.code !== 'too_large') throw asked.error;
  const query = `{ trace:id = ${JSON.stringify(id)} && status = error } | select(statusMessage)`;
  throw new AppError(
    'too_large',
    `The trace is too large to be shown. find_traces with ${query} gives its failures, search_logs with trace.trace_id its records.`,
  );
}

const withoutIndent = ({ line, value }: Entry): Entry => ({ line: line.trimStart(), value });

function spanEntry(found: JsonObject, trace: JsonObject, withAttributes: boolean): Entry {
  const [start, origin, shift] = [millis(found.start_nanos), millis(trace.start_nanos), millis(found.clock_shift_nanos)];
  const value = {
    span_id: text(found.span_id),
    depth: count(found.depth),
    name: text(found.name),
    agent: text(found.service),
    status: text(found.status),
    error: text(found.status_message),
    state: text(found.state),
    start_ms: start === null || origin === null ? null : Math.round((start + (shift ?? 0) - origin) * 1e3) / 1e3,
    duration_ms: millis(found.duration_nanos),
    ...(withAttributes ? { attributes: plain(objectOf(found.attributes)) as Record<string, unknown> } : {}),
  };
  const attributes = Object.entries(value.attributes ?? {}).map(([key, item]) => `${inLine(key)}=${inLine(item)}`);
  const line = joined(
    `${'  '.repeat(Math.min(value.depth, maxIndent))}${value.status === 'error' ? '✗' : value.state === 'ended' ? '✓' : '…'} ${inLine(value.name)}`,
    inLine(value.agent),
    value.state === 'ended' ? took(value.duration_ms) : value.state,
    value.start_ms === null ? '' : `+${took(value.start_ms).replace(/^0ns$/, '0')}`,
    value.error === '' ? '' : `error: ${inLine(value.error)}`,
    attributes.join(' '),
  );
  return { line, value };
}

async function logsOf(id: string, { post }: ToolContext): Promise<Readonly<{ hits: readonly JsonObject[]; leftOut: readonly string[] }>> {
  const ofTrace = { terms: { 'trace.trace_id': [...traceIdSpellings(id)] } };
  const search = async (query: object) =>
    readHits(
      await post('/elasticsearch/*/_search', {
        size: maxLogs / 2,
        query,
        sort: [{ timestamp: { order: 'asc', unmapped_type: 'date' } }, { _doc: 'asc' }],
        _source: false,
        fields: usualFields.filter((field) => field !== 'trace.trace_id'),
      }),
    );
  const failed = await search({ bool: { must: [ofTrace, errorQuery] } });
  const others = await search({ bool: { must: [ofTrace], must_not: [errorQuery] } });
  const hidden = failed.total + others.total - failed.hits.length - others.hits.length;
  return {
    hits: [...failed.hits, ...others.hits],
    leftOut: hidden > 0 ? [`${hidden} log records of the trace: search_logs with trace.trace_id has them.`] : [],
  };
}
