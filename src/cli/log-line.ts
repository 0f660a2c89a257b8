import { printableText } from '../lib/printable-text.ts';
import type { Paint, Style } from './terminal.ts';

const levelStyles: Readonly<Record<string, Style>> = {
  trace: 'dim',
  debug: 'blue',
  info: 'green',
  notice: 'green',
  warn: 'yellow',
  warning: 'yellow',
  error: 'red',
  err: 'red',
  critical: 'alarm',
  fatal: 'alarm',
  alert: 'alarm',
  emergency: 'alarm',
};

const names = {
  time: ['timestamp', '@timestamp', 'time'],
  level: ['level', 'severity_text', 'log.level', 'severity'],
  origin: ['agent.name', 'service.name', 'kubernetes.pod_name', 'kubernetes.pod.name', 'logger'],
  message: ['msg', 'message', 'body', 'log'],
} as const;

/** Deeper values are shown as `…`; their exact text is what `--json` is for. */
const maxDepth = 8;
const maxValueLength = 500;

/** JSON.parse rounds numbers beyond 2^53; shown ids must be the real ones, so long numbers are read as text. */
function parseExactly(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const quoted = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    token[0] !== '"' && token.length > 15 ? `"${token}"` : token,
  );
  return JSON.parse(quoted);
}

function flatten(value: unknown, path: string, depth: number, into: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) {
    into.set(path, String(value));
  } else if (depth >= maxDepth) {
    into.set(path, '…');
  } else if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)) {
    into.set(path, `[${value.map(String).join(', ')}]`);
  } else {
    for (const [key, item] of Object.entries(value)) flatten(item, path === '' ? key : `${path}.${key}`, depth + 1, into);
  }
}

const shorten = (text: string) => (text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text);

/** In one line, whatever is in it. */
const inline = (text: string) => printableText(shorten(text)).replaceAll('\n', '\\n');

function pair([path, value]: readonly [string, string]): string {
  const text = inline(value);
  return `${inline(path)}=${/[\s"=]/.test(text) || text === '' ? JSON.stringify(text) : text}`;
}

export type LogForm = Readonly<{
  /** Only these, behind time and level. */
  fields?: readonly string[] | undefined;
  /** Of a record that says none itself. */
  time?: string | undefined;
}>;

/** One record for people: time, level, agent or service, message, and the other fields dim. Line ends inside the message stay, indented. */
export function formatLog(source: Buffer, { fields, time = '' }: LogForm, paint: Paint): string {
  const values = new Map<string, string>();
  const text = source.toString('utf8');
  try {
    flatten(parseExactly(text), '', 0, values);
  } catch {
    return `${inline(text)}\n`;
  }
  const take = (candidates: readonly string[]) => {
    const name = candidates.find((candidate) => values.has(candidate));
    const value = name === undefined ? '' : (values.get(name) as string);
    if (name !== undefined && fields === undefined) values.delete(name);
    return value;
  };
  const level = take(names.level);
  const style = levelStyles[level.toLowerCase()];
  const shownLevel = level === '' ? '' : inline(level).padEnd(5);
  const head = [paint('dim', inline(take(names.time) || time)), style === undefined ? shownLevel : paint(style, shownLevel)];
  if (fields !== undefined) {
    const chosen = fields.flatMap((field) => {
      const below = [...values].filter(([path]) => path === field || path.startsWith(`${field}.`));
      return below.length === 0 ? [`${field}=-`] : below.map(pair);
    });
    return `${[...head, ...chosen].filter((part) => part !== '').join(' ')}\n`;
  }
  const parts = [...head, paint('cyan', inline(take(names.origin))), printableText(take(names.message)).replaceAll('\n', '\n    ')];
  const rest = [...values].map(pair).join(' ');
  return `${[...parts, paint('dim', rest)].filter((part) => part !== '').join(' ')}\n`;
}
