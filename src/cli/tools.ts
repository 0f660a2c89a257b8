import { formatNanos } from '../lib/format-nanos.ts';
import { type JsonObject, stringifyJson } from '../lib/json/json-text.ts';
import { type Command, type OptionSpec, parseOptions, wholeNumber } from './command.ts';
import { timeOf } from './log-query.ts';
import { clientOptions, createServerClient } from './server-client.ts';
import { createPaint, type Paint, type Style, write } from './terminal.ts';
import { number, objects, parseObject, text } from './trace-answer.ts';
import { inline } from './trace-text.ts';

const options = {
  since: {
    type: 'string',
    placeholder: 'TIME',
    help: 'Only calls that began at this time or later: 15m, 1h, 7d, or 2026-01-31T12:00:00Z.',
    fallback: '1h',
  },
  until: { type: 'string', placeholder: 'TIME', help: 'Only calls that began before this time.' },
  server: { type: 'string', placeholder: 'NAME', help: 'Only tools of this server.' },
  limit: { type: 'string', short: 'n', placeholder: 'N', help: 'Most tools to show.', fallback: '100' },
  json: { type: 'boolean', help: 'Print each tool as one line of JSON.' },
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

export const toolsCommand: Command = {
  summary: 'Show how often tools were called, how often they failed, and how long they took.',
  operands: '',
  description: ['The worst come first: by failed calls, then by p95. TRACE is that of the slowest call; `meshscope trace` shows it.'],
  options,
  examples: ['meshscope tools', 'meshscope tools --since 7d --server weather', "meshscope tools --json | jq -r '[.tool, .avg_ms] | @tsv'"],
  run: async ({ args, terminal }) => {
    const { values } = parseOptions(options, args, 0);
    const limit = wholeNumber('limit', values.limit ?? '100', 1, 1000);
    const now = Date.now();
    const parameters = new URLSearchParams({
      start: timeOf('since', values.since ?? '1h', now),
      ...(values.until !== undefined && { end: timeOf('until', values.until, now) }),
      ...(values.server !== undefined && { service: values.server }),
      limit: String(limit),
    });
    const client = createServerClient(values, terminal.env);
    try {
      const { body } = await client.send({ method: 'GET', path: `/api/tools?${parameters}` });
      const answer = parseObject(body);
      const tools = objects(answer.tools);
      const total = number(answer.total) ?? 0;
      if (values.json === true) for (const tool of tools) await write(terminal.stdout, `${stringifyJson(tool)}\n`);
      else if (tools.length > 0) await write(terminal.stdout, toolTable(tools, createPaint(terminal.stdout, terminal.env)));
      if (tools.length === 0) terminal.stderr.write('meshscope: No tool was called in this time.\n');
      else if (total > tools.length) terminal.stderr.write(`meshscope: ${tools.length} of ${total} tools shown; see --limit.\n`);
      return 0;
    } finally {
      client.close();
    }
  },
};

type Column = Readonly<{
  title: string;
  isNumber?: boolean;
  style?: (tool: JsonObject) => Style | undefined;
  cell: (tool: JsonObject) => string;
}>;

const count = (tool: JsonObject, name: string) => String(number(tool[name]) ?? 0);
const millis = (name: string): Pick<Column, 'isNumber' | 'cell'> => ({
  isNumber: true,
  cell: (tool) => formatNanos(BigInt(Math.round((number(tool[name]) ?? 0) * 1e6))),
});
const hasFailed = (tool: JsonObject): Style | undefined => ((number(tool.errors) ?? 0) > 0 ? 'red' : undefined);

const columns: readonly Column[] = [
  { title: 'SERVER', style: () => 'cyan', cell: (tool) => inline(text(tool.server)) || '-' },
  { title: 'TOOL', style: () => 'bold', cell: (tool) => inline(text(tool.tool)) || '-' },
  { title: 'CALLS', isNumber: true, cell: (tool) => count(tool, 'calls') },
  { title: 'ERRORS', isNumber: true, style: hasFailed, cell: (tool) => count(tool, 'errors') },
  { title: 'AVG', ...millis('avg_ms') },
  { title: 'P50', ...millis('p50_ms') },
  { title: 'P95', ...millis('p95_ms') },
  { title: 'P99', ...millis('p99_ms') },
  { title: 'SLOWEST', ...millis('max_ms') },
  { title: 'TRACE', style: () => 'dim', cell: (tool) => inline(text(tool.slowest_trace_id)) || '-' },
  { title: 'ERRORS BY KIND', style: hasFailed, cell: errorKinds },
];

function errorKinds(tool: JsonObject): string {
  return objects(tool.errors_by_kind)
    .map((one) => [count(one, 'calls'), inline(text(one.kind)), inline(text(one.type))].filter((part) => part !== '').join(' '))
    .join(', ');
}

/** A header and a line for each tool, in columns. */
function toolTable(tools: readonly JsonObject[], paint: Paint): string {
  const cells = tools.map((tool) => columns.map((column) => column.cell(tool)));
  const widths = columns.map(({ title }, at) => cells.reduce((width, row) => Math.max(width, (row[at] ?? '').length), title.length));
  const line = (row: readonly string[], style: (at: number) => Style | undefined) =>
    row
      .map((cell, at) => {
        // Padding stands outside the colour, and nothing follows the last column.
        const gap = ' '.repeat(at === columns.length - 1 ? 0 : (widths[at] ?? 0) - cell.length);
        const chosen = style(at);
        const shown = chosen === undefined ? cell : paint(chosen, cell);
        return columns[at]?.isNumber === true ? `${gap}${shown}` : `${shown}${gap}`;
      })
      .join('  ')
      .trimEnd();
  const head = line(
    columns.map(({ title }) => title),
    () => 'dim',
  );
  return [head, ...cells.map((row, at) => line(row, (column) => columns[column]?.style?.(tools[at] as JsonObject)))]
    .map((one) => `${one}\n`)
    .join('');
}
