import { AppError } from '../lib/errors.ts';

/**
 * Reads an Elasticsearch search answer without parsing its documents: `_source` comes out as the bytes that were sent, so
 * that numbers beyond 2^53, duplicate keys and key order survive. Nesting depth costs no stack.
 */
export type RawHit = Readonly<{
  /** `undefined` when the answer has no `_source`. Without line ends. */
  source: Buffer | undefined;
  /** The JSON text of the sort values, to be sent back as `search_after`. */
  sort: string | undefined;
  /** Its own time, else that of its arrival, when the request asked for the doc value. */
  time: string | undefined;
}>;

export type RawSearchResponse = Readonly<{
  hits: readonly RawHit[];
  total: number | undefined;
  pitId: string | undefined;
  /** The answer is incomplete: the query ran into its time limit, or a shard failed. */
  partial: boolean;
}>;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

const truncated = () => new AppError('bad_request', 'The answer of the server is not a complete JSON text. Is --url a meshscope?');

function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
  }
  throw truncated();
}

function skipString(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === backslash) at++;
    else if (byte === quote) return at + 1;
  }
  throw truncated();
}

/** Position behind the value that begins at `start`. */
function skipValue(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      at = skipString(bytes, at) - 1;
      if (depth === 0) return at + 1;
    } else if (byte === openBrace || byte === openBracket) depth++;
    else if (byte === closeBrace || byte === closeBracket) {
      depth--;
      if (depth === 0) return at + 1;
      if (depth < 0) return at;
    } else if (depth === 0 && (byte === comma || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)) return at;
  }
  if (depth > 0) throw truncated();
  return bytes.length;
}

/** `visit` gets the position of each value and returns the position behind it. */
function walk(bytes: Buffer, start: number, open: number, close: number, visit: (key: string, at: number) => number): number {
  if (bytes[start] !== open) throw truncated();
  let at = skipSpace(bytes, start + 1);
  while (bytes[at] !== close) {
    let key = '';
    if (open === openBrace) {
      const end = skipString(bytes, at);
      key = bytes.toString('utf8', at + 1, end - 1);
      at = skipSpace(bytes, end);
      if (bytes[at] !== colon) throw truncated();
      at = skipSpace(bytes, at + 1);
    }
    at = skipSpace(bytes, visit(key, at));
    if (bytes[at] === comma) at = skipSpace(bytes, at + 1);
    else if (bytes[at] !== close) throw truncated();
  }
  return at + 1;
}

const walkObject = (bytes: Buffer, at: number, visit: (key: string, at: number) => number) => walk(bytes, at, openBrace, closeBrace, visit);
const walkArray = (bytes: Buffer, at: number, visit: (at: number) => number) =>
  walk(bytes, at, openBracket, closeBracket, (_key, item) => visit(item));

function parseAt(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    throw truncated();
  }
}

/** A document may have been sent with line ends between its members; one line of NDJSON may not. */
function withoutLineEnds(source: Buffer): Buffer {
  if (!source.includes(0x0a) && !source.includes(0x0d)) return source;
  return Buffer.from(source.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)));
}

function readHit(bytes: Buffer, start: number, hits: RawHit[]): number {
  let source: Buffer | undefined;
  let sort: string | undefined;
  let time: unknown;
  const end = walkObject(bytes, start, (key, at) => {
    const behind = skipValue(bytes, at);
    if (key === '_source') source = withoutLineEnds(bytes.subarray(at, behind));
    else if (key === 'sort') sort = bytes.toString('utf8', at, behind);
    else if (key === 'fields') time = member(member(parseAt(bytes, at, behind), 'timestamp'), '0');
    return behind;
  });
  hits.push({ source, sort, time: typeof time === 'string' ? time : undefined });
  return end;
}

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;

/** @throws AppError `bad_request` when the bytes are not a complete search answer. */
export function parseSearchResponse(bytes: Buffer): RawSearchResponse {
  const hits: RawHit[] = [];
  let total: unknown;
  let pitId: unknown;
  let partial = false;
  let found = false;
  walkObject(bytes, skipSpace(bytes, 0), (key, at) => {
    if (key === 'hits') {
      found = true;
      return walkObject(bytes, at, (inner, innerAt) => {
        if (inner === 'hits') return walkArray(bytes, innerAt, (item) => readHit(bytes, item, hits));
        const end = skipValue(bytes, innerAt);
        if (inner === 'total') total = parseAt(bytes, innerAt, end);
        return end;
      });
    }
    const end = skipValue(bytes, at);
    if (key === 'pit_id') pitId = parseAt(bytes, at, end);
    else if (key === 'timed_out') partial ||= parseAt(bytes, at, end) === true;
    else if (key === '_shards') partial ||= Number(member(parseAt(bytes, at, end), 'failed') ?? 0) > 0;
    return end;
  });
  if (!found) throw truncated();
  const count = typeof total === 'number' ? total : member(total, 'value');
  return {
    hits,
    total: typeof count === 'number' ? count : undefined,
    pitId: typeof pitId === 'string' ? pitId : undefined,
    partial,
  };
}
