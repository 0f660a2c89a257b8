import { listOf, objectOf, objects, plain } from '../../lib/json/json-members.ts';
import type { JsonObject } from '../../lib/json/json-text.ts';
import type { Window } from './cursor.ts';
import type { Entry } from './fit-answer.ts';
import { inLine, joined } from './line-text.ts';
import { iso } from './time-window.ts';

/** What tells most about a record. Each is found under all names that meshscope knows for it. */
export const usualFields: readonly string[] = [
  'timestamp',
  'level',
  'agent.name',
  'service.name',
  'msg',
  'exception.type',
  'exception.message',
  'tool',
  'request.duration_ms',
  'request_id',
  'trace.trace_id',
];

/** Records of a window, by any query of the DSL. */
export const inWindow = (query: object, { fromMillis, toMillis }: Window): object => ({
  bool: { must: [query], filter: [{ range: { timestamp: { gte: iso(fromMillis), lt: iso(toMillis) } } }] },
});

export type Fields = Readonly<Record<string, unknown>>;

/** `hit.fields`, where each value stands in an array. */
export function fieldsOf(hit: JsonObject): Fields {
  return Object.fromEntries(
    Object.entries(objectOf(hit.fields)).map(([name, value]) => {
      const values = listOf(value);
      return [name, plain(values.length === 1 ? (values[0] ?? null) : values)];
    }),
  );
}

export type FoundRecords = Readonly<{ hits: readonly JsonObject[]; total: number; isAtLeast: boolean; isPartial: boolean }>;

export function readHits(answer: JsonObject): FoundRecords {
  const { hits, total } = objectOf(answer.hits);
  const { value, relation } = objectOf(total);
  return {
    hits: objects(hits),
    total: typeof value === 'number' ? value : objects(hits).length,
    isAtLeast: relation === 'gte',
    isPartial: answer.timed_out === true,
  };
}

const shownApart = new Set(['timestamp', 'level', 'agent.name', 'service.name', 'msg', 'trace.trace_id']);

/** One record as a line: time, level, who, message, and the rest by name. */
export function recordEntry(fields: Fields): Entry {
  const value = (name: string) => (fields[name] === undefined ? '' : inLine(fields[name]));
  const rest = Object.entries(fields)
    .filter(([name]) => !shownApart.has(name))
    .map(([name, item]) => `${inLine(name)}=${inLine(item)}`);
  const line = joined(
    value('timestamp'),
    value('level'),
    value('agent.name') || value('service.name'),
    value('msg'),
    ...rest,
    fields['trace.trace_id'] === undefined ? '' : `trace=${value('trace.trace_id')}`,
  );
  return { line, value: fields };
}
