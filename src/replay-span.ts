import { isJsonObject, parseJson } from './lib/json/json-text.ts';
import type { IngestSpans, SpanRecord } from './model/span.ts';
import { readEntry } from './sources/redis-streams/read-entry.ts';
import { readZipkinSpan } from './sources/zipkin/read-zipkin-span.ts';
import type { StoredDeadLetter } from './store/dead-letter-table.ts';

/** How the dead letters of each source of spans are read again; the text tells why one still cannot be. */
const readers: Readonly<Record<string, (payload: string) => SpanRecord | string>> = {
  redis: (payload) => {
    const value = parseJson(payload);
    const { origin, fields } = isJsonObject(value) ? value : {};
    if (typeof origin !== 'string' || !isJsonObject(fields)) return 'the entry was too large to be kept with its fields';
    const space = origin.lastIndexOf(' ');
    const reading = readEntry(origin.slice(0, space), origin.slice(space + 1), Object.entries(fields).flat().map(String));
    return 'error' in reading ? String(reading.error) : reading;
  },
  zipkin: (payload) => readZipkinSpan(parseJson(payload)),
};

/** Whether a dead letter was to be a span. */
export const isSpanLetter = ({ source }: StoredDeadLetter): boolean => Object.hasOwn(readers, source);

/** Why it could not be stored; undefined when it is stored. */
export async function replaySpan({ source, payload }: StoredDeadLetter, ingest: IngestSpans): Promise<string | undefined> {
  try {
    const span = readers[source]?.(payload.toString('utf8'));
    if (typeof span !== 'object') return span ?? `nothing reads dead letters of ${source}`;
    await ingest({ source, spans: [span] });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
