import { AppError } from '../../lib/errors.ts';
import { isJsonObject, type JsonValue, stringifyJson } from '../../lib/json/json-text.ts';
import { parseBoundedJson } from '../../lib/json/parse-bounded.ts';
import type { DeadLetter } from '../../model/ingest.ts';
import type { SpanRecord } from '../../model/span.ts';
import { readZipkinSpan, sharedSpanId } from './read-zipkin-span.ts';

/** A record takes some 500 bytes of memory, and less than 30 in the list. */
const maxSpans = 200_000;

/**
 * A list of Zipkin v2 spans. Zipkin's answer cannot tell about single spans, so those that cannot be read are dead letters with the
 * reason. Throws `bad_request` when the body is no list, and `too_large`.
 */
export function decodeZipkin(body: Buffer): { spans: SpanRecord[]; deadLetters: DeadLetter[] } {
  const list = parseBoundedJson(body);
  if (!Array.isArray(list)) throw new AppError('bad_request', 'the body must be a JSON array of spans (Zipkin v2)');
  const items: readonly JsonValue[] = list;
  if (items.length > maxSpans) throw new AppError('too_large', `the list has more than ${maxSpans} spans; send smaller lists`);
  const spans: SpanRecord[] = [];
  const deadLetters: DeadLetter[] = [];
  const servers = new Map<string, string>();
  for (const item of items) {
    const span = readZipkinSpan(item);
    if (typeof span === 'string') deadLetters.push({ payload: Buffer.from(stringifyJson(item)), reason: span });
    else {
      spans.push(span);
      if (isJsonObject(item) && item.shared === true) servers.set(key(span, span.parentId), span.spanId);
    }
  }
  return { spans: servers.size === 0 ? spans : spans.map((span) => belowServer(span, servers)), deadLetters };
}

/** A call's server half is known by the trace, the shared id and who recorded it. */
const key = (span: SpanRecord, id: string) => JSON.stringify([span.traceId, id, span.service]);

/** What a server did during a call names the shared id as its parent; that is the client's here, so it is moved to the server's. */
function belowServer(span: SpanRecord, servers: ReadonlyMap<string, string>): SpanRecord {
  const server = servers.get(key(span, span.parentId));
  if (server === undefined || server === span.spanId || span.spanId === sharedSpanId(span.traceId, span.parentId)) return span;
  return { ...span, parentId: server };
}
