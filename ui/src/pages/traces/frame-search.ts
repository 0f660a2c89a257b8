import type { Search } from '../../state/search-query.ts';

/** The search of the frame as far as it concerns traces. */
export type Translated = Readonly<{
  /** In TraceQL; empty for nothing. */
  filter: string;
  /** Words that only records have. */
  ignored: readonly string[];
}>;

const names: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'agent.name': 'resource.service.name',
    'service.name': 'resource.service.name',
    'service.version': 'resource.service.version',
    'trace.trace_id': 'trace:id',
    'trace.span_id': 'span:id',
    tool: '.gen_ai.tool.name',
    'mcp.client': '.mcp.client.name',
    'host.name': 'resource.host.name',
  }),
);

const condition = /^([\w.@\\-]+)\s*:\s*(?:"((?:[^"\\]|\\.)*)"|([\w.*@/-]+))$/;

/** Conditions joined by AND become TraceQL; what has no counterpart is given back, to be told. */
export function translateSearch({ text, language }: Search): Translated {
  const trimmed = text.trim();
  if (trimmed === '') return { filter: '', ignored: [] };
  const parts = trimmed.split(language === 'kql' ? /\s+and\s+/i : /\s+AND\s+/);
  const translated = parts.map((part) => ({ part, filter: translateCondition(part.trim()) }));
  return {
    filter: translated.flatMap(({ filter }) => (filter === undefined ? [] : [`{ ${filter} }`])).join(' && '),
    ignored: translated.flatMap(({ part, filter }) => (filter === undefined ? [part] : [])),
  };
}

function translateCondition(part: string): string | undefined {
  const found = condition.exec(part);
  if (found === null) return undefined;
  const [, escaped, phrase, word] = found as unknown as readonly [string, string, string | undefined, string | undefined];
  const field = escaped.replace(/\\(.)/g, '$1');
  const value = phrase === undefined ? (word as string) : phrase.replace(/\\(.)/g, '$1');
  if (field === 'level') return /^(?:error|fatal)$/i.test(value) ? 'status = error' : undefined;
  const name = names.get(field);
  if (name === undefined) return undefined;
  if (phrase === undefined && value.includes('*')) {
    const pattern = value.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return `${name} =~ ${JSON.stringify(pattern.join('.*'))}`;
  }
  return `${name} = ${JSON.stringify(value)}`;
}
