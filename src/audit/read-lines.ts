import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** A line without its line feed. */
export type Line = Readonly<{
  /** Empty when it is longer than allowed. */
  bytes: Buffer;
  /** The file ends before its line feed. */
  torn: boolean;
}>;

const blockBytes = 64 * 1024;
const lineFeed = 10;
const nothing = Buffer.alloc(0);

/** The lines of a file, or of its first `endBytes` bytes, in bounded memory: of one longer than `maxBytes` the content is left out. */
export async function* readLines(path: string, maxBytes: number, endBytes = Number.POSITIVE_INFINITY): AsyncGenerator<Line> {
  if (endBytes === 0) return;
  let rest = nothing;
  let tooLong = false;
  for await (const block of createReadStream(path, { highWaterMark: blockBytes, end: endBytes - 1 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = block.indexOf(lineFeed); end !== -1; end = block.indexOf(lineFeed, start)) {
      const bytes = rest.length === 0 ? block.subarray(start, end) : Buffer.concat([rest, block.subarray(start, end)]);
      yield { bytes: tooLong || bytes.length > maxBytes ? nothing : bytes, torn: false };
      rest = nothing;
      tooLong = false;
      start = end + 1;
    }
    const left = block.subarray(start);
    tooLong ||= rest.length + left.length > maxBytes;
    rest = tooLong ? Buffer.from([lineFeed]) : Buffer.concat([rest, left]);
  }
  if (rest.length > 0) yield { bytes: tooLong ? nothing : rest, torn: true };
}

/**
 * The complete lines of a file from the last to the first, in bounded memory; those longer than `maxBytes` come out empty. What stands behind
 * the last line feed is left out.
 */
export async function* readLinesBackward(path: string, maxBytes: number): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    let position = (await file.stat()).size;
    /** The bytes from `position` to the end of the line that is looked for; undefined before the first line feed. */
    let rest: Buffer | undefined;
    let tooLong = false;
    while (position > 0) {
      const length = Math.min(blockBytes, position);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position - length);
      if (bytesRead < length) return;
      position -= length;
      let block = buffer;
      let end = block.lastIndexOf(lineFeed);
      while (end !== -1) {
        const piece = block.subarray(end + 1);
        if (rest !== undefined) yield tooLong || piece.length + rest.length > maxBytes ? nothing : Buffer.concat([piece, rest]);
        rest = nothing;
        tooLong = false;
        block = block.subarray(0, end);
        end = block.lastIndexOf(lineFeed);
      }
      if (rest === undefined) continue;
      tooLong ||= rest.length + block.length > maxBytes;
      rest = tooLong ? nothing : Buffer.concat([block, rest]);
    }
    if (rest !== undefined) yield rest;
  } finally {
    await file.close();
  }
}
