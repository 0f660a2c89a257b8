import { isUtf8 } from 'node:buffer';
import type { LogDocument } from '../ingest.ts';
import type { AddedFields } from './added-fields.ts';
import { parseCriLine, parseDockerLine } from './container-line.ts';
import { createLineDocuments } from './line-document.ts';
import { recogniseLine, withoutColours } from './recognise-line.ts';

/**
 * The document of one line without its line end, as `createLineAssembler` would make it of that line alone. Never
 * throws: a line that no format recognises is `{"msg": line}`. Formats are tried in this order: container runtime (CRI,
 * then Docker; what they wrap goes on), JSON object, then `textFormats`.
 */
export function parseLine(line: Uint8Array | string, fields: AddedFields = {}, nowMillis: number = Date.now()): LogDocument {
  const bytes = typeof line === 'string' ? Buffer.from(line) : Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  const piece = parseCriLine(bytes) ?? parseDockerLine(bytes);
  const payload = piece?.payload ?? bytes;
  const documents = createLineDocuments(fields);
  const origin = piece ?? {};
  const json = documents.fromJson(payload, origin);
  if (json !== undefined) return json;
  const text = withoutColours(payload.toString('utf8'));
  return documents.fromText(
    { lines: [text], record: recogniseLine(text, nowMillis) },
    isUtf8(payload) ? origin : { ...origin, raw: payload },
  );
}
