import { formatNanos } from '../lib/format-nanos.ts';
import { stringifyJson } from '../lib/json/json-text.ts';
import { printableText } from '../lib/printable-text.ts';
import type { Span, Trace } from '../model/trace.ts';
import { completedTrace } from '../queries/trace-forms/completed-trace.ts';
import type { TraceExporter } from './exporter.ts';

export type ConsoleOptions = Readonly<{ pretty: boolean; write: (text: string) => Promise<void> }>;

/** Prints each trace with one write, so that traces and other lines do not mix. */
export function createConsoleExporter({ pretty, write }: ConsoleOptions): TraceExporter {
  return {
    export: (trace, { update }) => write(pretty ? prettyTrace(trace, update) : `TRACE_JSON: ${stringifyJson(completedTrace(trace))}\n`),
  };
}

/** Spans of a trace that are printed; a trace can have a hundred thousand. */
const maxLines = 1000;

const shown = (text: string) => printableText(text.length > 200 ? `${text.slice(0, 200)}…` : text).replaceAll('\n', '\\n');

function prettyTrace(trace: Trace, update: boolean): string {
  const agents = new Map<string, Span[]>();
  for (const span of trace.spans.slice(0, maxLines)) {
    const spans = agents.get(span.service);
    if (spans) spans.push(span);
    else agents.set(span.service, [span]);
  }
  const result = trace.success ? (trace.state === 'abandoned' ? 'ABANDONED' : 'SUCCESS') : 'FAILED';
  const size = `${counted(trace.spans.length, 'span')} across ${counted(trace.services.length, 'agent')}`;
  const head = `🔗 TRACE ${shown(trace.traceId.slice(0, 8))} (${formatNanos(trace.durationNanos)}) - ${result} (${size})${update ? ' [updated]' : ''}\n`;
  const lines = [...agents].map(
    ([agent, spans]) => `  📍 Agent: ${agent === '' ? '(unknown)' : shown(agent)}\n${spans.map(spanLines).join('')}`,
  );
  const more = trace.spans.length - maxLines;
  return `${head}${lines.join('')}${more > 0 ? `  … and ${counted(more, 'span')} more\n` : ''}`;
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** In brackets stands the capability, or the function, which MCP Mesh's operations have behind `tool:`. */
function spanLines(span: Span): string {
  const sign = span.status === 'error' ? '❌' : span.state === 'ended' ? '✅' : '⏳';
  const capability = span.capability === '' ? span.name.replace(/^tool:/, '') : span.capability;
  const took =
    span.durationNanos === undefined ? (span.state === 'abandoned' ? 'never ended' : 'running') : formatNanos(span.durationNanos);
  const error = span.status === 'error' && span.statusMessage !== '' ? `      Error: ${shown(span.statusMessage)}\n` : '';
  return `    ${sign} ${shown(span.name)} [${shown(capability)}] (${took})\n${error}`;
}
