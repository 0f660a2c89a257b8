import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw } from 'node:zlib';
import { AppError } from './errors.ts';

const unzipGzip = promisify(gunzip);
const unzipZlib = promisify(inflate);
const unzipRaw = promisify(inflateRaw);

/** A client that is still sending does not read the answer, so an oversized body is drained up to this many times the limit. */
const drainFactor = 4;

const tooLarge = (maxBytes: number) => new AppError('too_large', `the body is larger than ${maxBytes} bytes; send smaller batches`);

/** Reads the body as it came. What it takes is told to `hold` as it arrives, also when this throws. */
async function readRaw(request: IncomingMessage, maxBytes: number, hold: (bytes: number) => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let refusal: unknown;
  try {
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
  } catch (error) {
    throw new AppError('bad_request', `the body did not arrive whole: ${(error as Error).message}`, { cause: error });
  }
  if (refusal !== undefined) throw refusal;
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

async function unzip(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const options = { maxOutputLength: maxBytes };
  try {
    if (encoding !== 'deflate') return await unzipGzip(body, options);
    // Clients disagree whether `deflate` has the zlib header; its first byte always ends in 8.
    return (body[0] ?? 0) % 16 === 8 ? await unzipZlib(body, options) : await unzipRaw(body, options);
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw new AppError('bad_request', `the body is not ${encoding}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/**
 * The body of a request without its `Content-Encoding` (gzip or deflate). `maxBytes` bounds the bytes on the wire and the bytes after
 * inflating. Throws AppError `too_large`, `bad_request` for damaged or unknown encodings, and what `hold` throws.
 */
export async function readHttpBody(request: IncomingMessage, maxBytes: number, hold: (bytes: number) => void): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const plain = encoding === 'identity' || encoding === '' || encoding === 'none';
  if (!plain && !['gzip', 'x-gzip', 'deflate'].includes(encoding)) {
    throw new AppError('bad_request', `Content-Encoding ${JSON.stringify(encoding.slice(0, 100))} is not supported; use gzip or deflate`);
  }
  const raw = await readRaw(request, maxBytes, hold);
  if (plain || raw.length === 0) return raw;
  const body = await unzip(raw, encoding, maxBytes);
  hold(body.length);
  return body;
}
