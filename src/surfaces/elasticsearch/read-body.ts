import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import { elasticsearchError, illegalArgument } from '../../lib/elasticsearch-errors.ts';
import { AppError } from '../../lib/errors.ts';

const unzipGzip = promisify(gunzip);
const unzipZlib = promisify(inflate);
const unzipRaw = promisify(inflateRaw);

/** Counts the bytes of all bodies in flight, so that many clients at once cannot take more memory than the budget. */
export class BodyBudget {
  readonly maxBytes: number;
  #held = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#held;
  }

  hold(bytes: number): void {
    // A body alone is let in whatever its size: the limit of one body already bounds it.
    if (this.#held > 0 && this.#held + bytes > this.maxBytes) {
      throw elasticsearchError('es_rejected_execution_exception', 'too many request bytes in flight; send the request again later', {
        code: 'too_busy',
      });
    }
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

/** A client that is still sending does not read the answer, so an oversized body is drained up to this many times the limit. */
const drainFactor = 4;

/** Reads the body as it came. `held` reports what was taken from the budget, also when this throws. */
async function readRaw(request: IncomingMessage, maxBytes: number, hold: (bytes: number) => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let refusal: unknown;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (refusal === undefined) {
      try {
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        hold(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        refusal = error;
        chunks.length = 0;
      }
    }
    if (refusal !== undefined && bytes > maxBytes * drainFactor) break;
  }
  if (refusal !== undefined) throw refusal;
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('too_large', `the request body is larger than ${maxBytes} bytes; send smaller batches`);
}

async function unzip(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const options = { maxOutputLength: maxBytes };
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') return await unzipGzip(body, options);
    // Clients disagree whether `deflate` has the zlib header; its first byte always ends in 8.
    return (body[0] ?? 0) % 16 === 8 ? await unzipZlib(body, options) : await unzipRaw(body, options);
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw illegalArgument(`the body is not ${encoding}: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * The body without its `Content-Encoding` (gzip or deflate). `maxBytes` bounds the bytes on the wire and the bytes after inflating.
 * Throws `too_large` (413), 429 when the budget is spent, 400 for damaged or unknown encodings.
 */
export async function readBody(request: IncomingMessage, maxBytes: number, hold: (bytes: number) => void): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const plain = encoding === 'identity' || encoding === '';
  if (!plain && !['gzip', 'x-gzip', 'deflate'].includes(encoding)) {
    throw illegalArgument(`Content-Encoding [${encoding}] is not supported; use gzip or deflate`);
  }
  const raw = await readRaw(request, maxBytes, hold);
  if (plain || raw.length === 0) return raw;
  const body = await unzip(raw, encoding, maxBytes);
  hold(body.length);
  return body;
}
