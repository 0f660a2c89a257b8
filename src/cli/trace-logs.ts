import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../lib/json/json-text.ts';
import type { Span } from '../model/trace.ts';
import { formatLog } from './log-line.ts';
import type { ServerClient } from './server-client.ts';
import type { Paint } from './terminal.ts';
import { parseObject } from './trace-answer.ts';

/** Log records of one trace as lines for people, by the span that they name. */
export type TraceLogs = Readonly<{
  ofSpan: (span: Span) => readonly string[];
  others: (spans: readonly Span[]) => readonly string[];
  total: number;
}>;

/** The server gives at most so many records of one trace. */
export const maxLogs = 10_000;

const spanIdPaths = [['trace', 'span_id'], ['span_id'], ['spanId'], ['span', 'id']] as const;

export async function fetchLogs(client: ServerClient, id: string, paint: Paint): Promise<TraceLogs> {
  const { body } = await client.send({ method: 'GET', path: `/trace/${encodeURIComponent(id)}/logs` });
  const records = recordsOf(parseObject(body));
  const bySpan = new Map<string, string[]>();
  for (const record of records) {
    const span = spanIdOf(record);
    const line = formatLog(Buffer.from(stringifyJson(record)), {}, paint).trimEnd();
    const lines = bySpan.get(span);
    if (lines) lines.push(...line.split('\n'));
    else bySpan.set(span, line.split('\n'));
  }
  const named = (span: Span) => (span.spanId === '' ? [] : (bySpan.get(span.spanId.toLowerCase()) ?? []));
  return {
    ofSpan: named,
    others: (spans) => {
      const known = new Set(spans.map(({ spanId }) => spanId.toLowerCase()).filter((spanId) => spanId !== ''));
      return [...bySpan].filter(([spanId]) => !known.has(spanId)).flatMap(([, lines]) => lines);
    },
    total: records.length,
  };
}

function recordsOf(answer: JsonObject): readonly JsonObject[] {
  const list = answer.logs;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: JsonValue) => {
    if (!isJsonObject(item)) return [];
    return isJsonObject(item._source) ? [item._source] : [item];
  });
}

/** Empty when the record names none. */
function spanIdOf(record: JsonObject): string {
  for (const path of spanIdPaths) {
    const flat = record[path.join('.')];
    if (typeof flat === 'string') return flat.toLowerCase();
    let value: JsonValue | undefined = record;
    for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
    if (typeof value === 'string') return value.toLowerCase();
  }
  return '';
}
