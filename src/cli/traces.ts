import { formatNanos } from '../lib/format-nanos.ts';
import { type JsonObject, stringifyJson } from '../lib/json/json-text.ts';
import { type Command, type OptionSpec, parseOptions, wholeNumber } from './command.ts';
import { timeOf } from './log-query.ts';
import { clientOptions, createServerClient } from './server-client.ts';
import { createPaint, type Paint, write } from './terminal.ts';
import { nanos, number, objects, parseObject, text, traceState } from './trace-answer.ts';
import { inline, instantOf } from './trace-text.ts';

const options = {
  since: {
    type: 'string',
    placeholder: 'TIME',
    help: 'Only traces that began at this time or later: 15m, 1h, 7d, or 2026-01-31T12:00:00Z.',
  },
  until: { type: 'string', placeholder: 'TIME', help: 'Only traces that began before this time.' },
  limit: { type: 'string', short: 'n', placeholder: 'N', help: 'Most traces to show.', fallback: '20' },
  json: { type: 'boolean', help: 'Print each trace as one line of JSON.' },
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

/** The server gives at most so many in one answer. */
const pageSize = 500;

export const tracesCommand: Command = {
  summary: 'List traces, or search them with TraceQL.',
  operands: '[QUERY]',
  description: ['QUERY is TraceQL, as in docs/query/traces.md. Without it, every trace matches. The newest come first.'],
  options,
  examples: [
    'meshscope traces --since 1h',
    'meshscope traces \'{ status = error && resource.service.name = "weather-agent" }\'',
    'meshscope traces \'{ name = "tool:generate_report" } >> { duration > 500ms }\' --json | jq .trace_id',
  ],
  run: async ({ args, terminal }) => {
    const { values, positionals } = parseOptions(options, args, Number.POSITIVE_INFINITY);
    const limit = wholeNumber('limit', values.limit ?? '20', 1, 10_000);
    const query = positionals.join(' ').trim();
    const now = Date.now();
    const parameters = new URLSearchParams({
      ...(query !== '' && { q: query }),
      ...(values.since !== undefined && { start: timeOf('since', values.since, now) }),
      ...(values.until !== undefined && { end: timeOf('until', values.until, now) }),
    });
    const client = createServerClient(values, terminal.env);
    const paint = createPaint(terminal.stdout, terminal.env);
    try {
      let shown = 0;
      for (;;) {
        parameters.set('limit', String(Math.min(pageSize, limit - shown)));
        const { body } = await client.send({ method: 'GET', path: `/api/traces?${parameters}` });
        const answer = parseObject(body);
        const traces = objects(answer.traces);
        for (const trace of traces)
          await write(terminal.stdout, values.json === true ? `${stringifyJson(trace)}\n` : traceLine(trace, paint));
        shown += traces.length;
        const next = text(answer.next_cursor);
        if (answer.partial === true) {
          terminal.stderr.write(`meshscope: The answer is incomplete: ${text(answer.partial_reason)}\n`);
          return 1;
        }
        if (next === '' || traces.length === 0) break;
        if (shown >= limit) {
          terminal.stderr.write(`meshscope: ${shown} traces shown; there are more, see --limit.\n`);
          return 0;
        }
        parameters.set('cursor', next);
      }
      if (shown === 0) terminal.stderr.write('meshscope: Nothing matches.\n');
      return 0;
    } finally {
      client.close();
    }
  },
};

const styles = { running: 'yellow', complete: 'green', abandoned: 'yellow' } as const;

/** When, how long, what became of it, its first operation, spans and agents, and its id, which `meshscope trace` takes. */
function traceLine(trace: JsonObject, paint: Paint): string {
  const state = traceState(trace.state);
  const failed = trace.success === false;
  const spans = number(trace.span_count) ?? 0;
  const agents = Array.isArray(trace.services) ? trace.services.length : 0;
  const rootName = text(trace.root_name);
  return `${[
    paint('dim', instantOf(nanos(trace.start_nanos) ?? 0n)),
    paint('bold', formatNanos(nanos(trace.duration_nanos) ?? 0n).padStart(7)),
    paint(failed ? 'red' : styles[state], (failed ? 'failed' : state === 'complete' ? 'ok' : state).padEnd(9)),
    inline(text(trace.trace_id)),
    paint('cyan', inline(text(trace.root_service)) || '-'),
    rootName === '' ? paint('dim', '(no root yet)') : inline(rootName),
    paint('dim', `${spans} span${spans === 1 ? '' : 's'}, ${agents} agent${agents === 1 ? '' : 's'}`),
  ].join('  ')}\n`;
}
