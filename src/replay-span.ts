import { isJsonObject, parseJson } from './lib/json/json-text.ts';
import type { IngestSpans, SpanBatch } from './model/span.ts';
import { EntryTexts } from './sources/redis-streams/entry-texts.ts';
import { LineWriter } from './sources/redis-streams/line-writer.ts';
import { readEntry } from './sources/redis-streams/read-entry.ts';
import { readZipkinSpan } from './sources/zipkin/read-zipkin-span.ts';
import type { StoredDeadLetter } from './store/dead-letter-table.ts';

/** How the dead letters of each source of spans are read again; the text tells why one still cannot be. */
const readers: Readonly<Record<string, (payload: string) => Pick<SpanBatch, 'spans' | 'lines'> | string>> = {
  redis: (payload) => {
    const value = parseJson(payload);
    const { origin, fields } = isJsonObject(value) ? value : {};
    if (typeof origin !== 'string' || !isJsonObject(fields)) return 'the entry was too large to be kept with its fields';
    const space = origin.lastIndexOf(' ');
    const texts = EntryTexts.of(Object.entries(fields).flat().map(String));
    const lines = new LineWriter();
    return readEntry(origin.slice(0, space), origin.slice(space + 1), texts, lines) ?? { spans: [], lines };
  },
  zipkin: (payload) => {
    const reading = readZipkinSpan(parseJson(payload));
    return typeof reading === 'string' ? reading : { spans: [reading] };
  },
};

/** Whether a dead letter was to be a span. */
export const isSpanLetter = ({ source }: StoredDeadLetter): boolean => Object.hasOwn(readers, source);

/** Why it could not be stored; undefined when it is stored. */
export async function replaySpan({ source, payload }: StoredDeadLetter, ingest: IngestSpans): Promise<string | undefined> {
  try {
    const reading = readers[source]?.(payload.toString('utf8'));
    if (typeof reading !== 'object') return reading ?? `nothing reads dead letters of ${source}`;
    await ingest({ source, ...reading });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
