import { formatNanos } from '../lib/format-nanos.ts';
import { printableText } from '../lib/printable-text.ts';
import type { Span, Trace } from '../model/trace.ts';
import { clockSkew } from '../queries/traces/clock-skew.ts';
import { traceTree, walkTree } from '../queries/traces/trace-tree.ts';
import type { Paint, Style } from './terminal.ts';

/** Deeper levels are not indented further, or a chain of spans would print a triangle. */
const maxRails = 40;
const maxNameLength = 200;

export const inline = (text: string): string =>
  printableText(text.length > maxNameLength ? `${text.slice(0, maxNameLength)}…` : text).replaceAll('\n', '\\n');

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** One or two lines about a trace as a whole. */
export function traceHead(trace: Trace, paint: Paint): string {
  const failed = trace.spans.filter(({ status }) => status === 'error').length;
  const open = trace.spans.filter(({ state }) => state !== 'ended').length;
  const facts = [
    paint('bold', formatNanos(trace.durationNanos)),
    counted(trace.spans.length, 'span'),
    counted(trace.services.length, 'agent'),
    ...(failed > 0 ? [paint('red', `${failed} failed`)] : []),
    ...(open > 0 ? [paint('yellow', `${open} ${trace.state === 'abandoned' ? 'never ended' : 'open'}`)] : []),
    // All that began has ended, but late spans may still come.
    trace.state === 'running' && open === 0 ? 'just ended' : trace.state,
  ];
  return `Trace ${paint('bold', inline(trace.traceId))}\n${instantOf(trace.startNanos)}  ${facts.join(', ')}\n`;
}

export function instantOf(nanos: bigint): string {
  const millis = Number(nanos / 1_000_000n);
  return Math.abs(millis) <= 8.64e15 ? new Date(millis).toISOString() : `${nanos} ns`;
}

type State = Readonly<{ sign: string; style: Style }>;

const stateOf = (span: Span): State =>
  span.status === 'error'
    ? { sign: '✗', style: 'red' }
    : span.state === 'open'
      ? { sign: '…', style: 'yellow' }
      : span.state === 'abandoned'
        ? { sign: '?', style: 'yellow' }
        : { sign: '✓', style: 'green' };

/**
 * The spans as a tree, one piece of text per span: sign, operation, agent, duration, and when it began, counted from the trace's start.
 * Where the clocks of two machines cannot both be right, the start is moved into the caller and marked with `~`. `below` gives what
 * stands under a span.
 */
export function* traceLines(trace: Trace, paint: Paint, below: (span: Span) => readonly string[] = () => []): Generator<string> {
  const shifts = clockSkew(trace);
  const tree = traceTree(trace);
  /** Of each level above, whether more of it follows. */
  const follows: boolean[] = [];
  const left: number[] = [tree.roots.length];
  for (const { at, depth } of walkTree(tree)) {
    left[depth] = (left[depth] ?? 1) - 1;
    left[depth + 1] = tree.children[at]?.length ?? 0;
    follows[depth] = (left[depth] ?? 0) > 0;
    const span = trace.spans[at] as Span;
    const shift = shifts[at] ?? 0n;
    const rails = railsOf(follows, depth);
    const under = left[depth + 1] === 0 ? '  ' : '│ ';
    const margin = `${depth === 0 ? '' : rails.slice(0, -3) + (follows[depth] ? '│  ' : '   ')}${under}`;
    const lines = [...errorLines(span, paint), ...below(span)];
    yield `${paint('dim', rails)}${spanLine(trace, span, shift, paint)}\n${lines.map((line) => `${paint('dim', margin)}  ${line}\n`).join('')}`;
  }
}

function railsOf(follows: readonly boolean[], depth: number): string {
  if (depth === 0) return '';
  const shown = Math.min(depth, maxRails);
  let text = depth > shown ? `(${depth}) ` : '';
  for (let level = depth - shown + 1; level < depth; level++) text += follows[level] ? '│  ' : '   ';
  return `${text}${follows[depth] ? '├─ ' : '└─ '}`;
}

function spanLine(trace: Trace, span: Span, shift: bigint, paint: Paint): string {
  const { sign, style } = stateOf(span);
  const took =
    span.durationNanos === undefined ? (span.state === 'abandoned' ? 'never ended' : 'running') : formatNanos(span.durationNanos);
  const notes = [
    ...(span.orphan ? ['its caller is missing'] : []),
    ...(span.duplicates > 0 ? [`reported ${span.duplicates + 1} times`] : []),
    ...(shift === 0n ? [] : [`clock ${shift > 0n ? 'behind' : 'ahead'} by ${formatNanos(shift < 0n ? -shift : shift)}`]),
    ...(span.model === '' ? [] : [inline(span.model)]),
    ...(span.totalTokens === undefined ? [] : [`${span.totalTokens} tokens`]),
  ];
  return [
    paint(style, sign),
    span.status === 'error' ? paint('red', inline(span.name)) : inline(span.name),
    paint('cyan', inline(span.service)),
    paint('bold', took),
    paint('dim', `${shift === 0n ? '' : '~'}${offsetText(span.startNanos + shift - trace.startNanos)}`),
    notes.length === 0 ? '' : paint('dim', `(${notes.join(', ')})`),
  ]
    .filter((part) => part !== '')
    .join('  ');
}

const offsetText = (nanos: bigint) => (nanos === 0n ? '+0' : `${nanos < 0n ? '' : '+'}${formatNanos(nanos)}`);

const errorLines = (span: Span, paint: Paint): string[] =>
  span.status === 'error' && span.statusMessage !== '' ? [paint('red', `error: ${inline(span.statusMessage)}`)] : [];
