import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';

/**
 * The queue of traces that are due, on disk and shared by all targets: each target has a position in it (`target-position.ts`).
 *
 * Files `marks-<number>.log` follow each other; the number is that of their first mark. A line is `<crc32, 8 hex digits> <JSON>`: marks
 * that became due together, the number of the first of them, and how far the search for due traces has come with them. So marks and
 * progress reach the disk together or not at all: after a kill at any moment each mark is in the log exactly once.
 *
 * Lines are synced before `append` resolves. A torn line at the end, which was never acknowledged, is cut off at the next start. Files
 * that every target has left behind are deleted; when all together grow beyond `maxBytes`, the oldest is, and its marks are dropped.
 */
const markSchema = z.tuple([
  /** `trace_hash`, decimal. */
  z.string().regex(/^\d{1,20}$/),
  /** When its last record came, in milliseconds. */
  z.int(),
  z.enum(['quiet', 'timeout']),
  /** Hours in which its records came in, in seconds. */
  z.array(z.int()),
  /** Number of records. */
  z.int(),
  z.boolean(),
]);

const cursorSchema = z.strictObject({ lastSeenMillis: z.int(), hash: z.string().regex(/^\d{1,20}$/) });
const cursorsSchema = z.strictObject({ quiet: cursorSchema, timeout: cursorSchema });
const lineSchema = z.strictObject({ first: z.int().min(0), cursors: cursorsSchema, marks: z.array(markSchema) });

export type Mark = Readonly<{
  hash: string;
  lastSeenMillis: number;
  reason: 'quiet' | 'timeout';
  slots: readonly number[];
  records: number;
  updated: boolean;
}>;

/** How far the search for due traces has come, for each reason to be due. */
export type Cursors = Readonly<z.infer<typeof cursorsSchema>>;

export type MarkBatch = Readonly<{ first: number; marks: readonly Mark[] }>;

type LogFile = { readonly path: string; readonly first: number; bytes: number; next: number };

const fileName = (first: number) => `marks-${String(first).padStart(16, '0')}.log`;

const toMark = ([hash, lastSeenMillis, reason, slots, records, updated]: z.infer<typeof markSchema>): Mark => ({
  hash,
  lastSeenMillis,
  reason,
  slots,
  records,
  updated,
});

function encodeLine(first: number, cursors: Cursors, marks: readonly Mark[]): string {
  const json = JSON.stringify({
    first,
    cursors,
    marks: marks.map((mark) => [mark.hash, mark.lastSeenMillis, mark.reason, mark.slots, mark.records, mark.updated]),
  });
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

function decodeLine(line: string): z.infer<typeof lineSchema> | undefined {
  const json = line.slice(9);
  if (line.slice(0, 8) !== crc32(json).toString(16).padStart(8, '0')) return undefined;
  return lineSchema.safeParse(JSON.parse(json)).data;
}

export type MarkLogOptions = Readonly<{ folder: string; maxBytes: number; fileBytes?: number }>;

export class MarkLog {
  readonly #options: Required<MarkLogOptions>;
  readonly #files: LogFile[];
  #cursors: Cursors | undefined;
  #handle: FileHandle | undefined;

  private constructor(options: Required<MarkLogOptions>, files: LogFile[], cursors: Cursors | undefined) {
    this.#options = options;
    this.#files = files;
    this.#cursors = cursors;
  }

  static async open(options: MarkLogOptions): Promise<MarkLog> {
    const { folder, maxBytes, fileBytes = Math.max(256 * 1024, Math.floor(maxBytes / 16)) } = options;
    await mkdir(folder, { recursive: true });
    const files: LogFile[] = [];
    let cursors: Cursors | undefined;
    for (const name of (await readdir(folder)).sort()) {
      const match = /^marks-(\d{16})\.log$/.exec(name);
      if (match === null) continue;
      const path = join(folder, name);
      const read = await readSound(path);
      if (read.bytes === 0) {
        await rm(path, { force: true });
        continue;
      }
      cursors = read.cursors;
      files.push({ path, first: Number(match[1]), bytes: read.bytes, next: read.next });
    }
    return new MarkLog({ folder, maxBytes, fileBytes }, files, cursors);
  }

  /** `undefined` before the first `append`. */
  get cursors(): Cursors | undefined {
    return this.#cursors;
  }

  /** Number of the oldest mark that is there. */
  get first(): number {
    return this.#files[0]?.first ?? 0;
  }

  /** Number that the next mark gets. */
  get next(): number {
    return this.#files.at(-1)?.next ?? 0;
  }

  get bytes(): number {
    return this.#files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Resolves when marks and cursors are on the disk; rejects with what the file system says, and then nothing of them is. One call at a time. */
  async append(cursors: Cursors, marks: readonly Mark[]): Promise<void> {
    let file = this.#files.at(-1);
    if (file === undefined || this.#isFull(file) || this.#handle === undefined) file = await this.#openFile(file);
    const handle = this.#handle as FileHandle;
    const line = Buffer.from(encodeLine(file.next, cursors, marks));
    try {
      await handle.write(line, 0, line.length, file.bytes).then(({ bytesWritten }) => {
        if (bytesWritten < line.length) throw Object.assign(new Error('ENOSPC: the disk took a part of a line'), { code: 'ENOSPC' });
      });
      await handle.datasync();
    } catch (error) {
      await handle.truncate(file.bytes);
      throw error;
    }
    file.bytes += line.length;
    file.next += marks.length;
    this.#cursors = cursors;
  }

  /** Deletes files that all targets have left behind, given the first mark that one of them still needs, and what is too much. */
  async trim(needed: number): Promise<void> {
    while (this.#files.length > 1) {
      const [oldest] = this.#files as [LogFile];
      if (oldest.next > needed && this.bytes <= this.#options.maxBytes) return;
      await rm(oldest.path, { force: true });
      this.#files.shift();
    }
  }

  /** Reads batches from mark number `from` on; a batch that holds it is given without what stands before it. */
  async read(from: number, hint?: ReadHint): Promise<Readonly<{ batch: MarkBatch; hint: ReadHint }> | undefined> {
    const file = this.#files.find(({ next }) => next > from);
    if (file === undefined) return undefined;
    let offset = hint?.path === file.path && hint.first <= from ? hint.offset : 0;
    const handle = await open(file.path, 'r');
    try {
      while (offset < file.bytes) {
        const text = await readLine(handle, offset, file.bytes);
        const line = text === undefined ? undefined : decodeLine(text.toString('utf8'));
        if (text === undefined || line === undefined) return undefined;
        const end = line.first + line.marks.length;
        offset += text.length + 1;
        if (end <= from) continue;
        const skip = Math.max(0, from - line.first);
        return {
          batch: { first: line.first + skip, marks: line.marks.slice(skip).map(toMark) },
          hint: { path: file.path, offset, first: end },
        };
      }
      return undefined;
    } finally {
      await handle.close();
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** A file without marks is not full, because the next one would have its name. */
  #isFull({ bytes, first, next }: LogFile): boolean {
    return bytes >= this.#options.fileBytes && next > first;
  }

  /** Goes on with the last file unless it is full. */
  async #openFile(last: LogFile | undefined): Promise<LogFile> {
    await this.close();
    if (last !== undefined && !this.#isFull(last)) {
      this.#handle = await open(last.path, 'r+');
      await this.#handle.truncate(last.bytes);
      return last;
    }
    const first = last?.next ?? 0;
    const file: LogFile = { path: join(this.#options.folder, fileName(first)), first, bytes: 0, next: first };
    this.#handle = await open(file.path, 'w', 0o600);
    const folder = await open(this.#options.folder, 'r');
    await folder.sync().finally(() => folder.close());
    this.#files.push(file);
    return file;
  }
}

/** Where reading went on last time: behind the line whose last mark is the one before `first`. */
export type ReadHint = Readonly<{ path: string; offset: number; first: number }>;

const chunkBytes = 64 * 1024;

/** The line that begins at `offset`, without its end; `undefined` when it has none before `limit`. */
async function readLine(handle: FileHandle, offset: number, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for (let at = offset; at < limit; ) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, Math.min(chunkBytes, limit - at), at);
    if (bytesRead === 0) return undefined;
    const chunk = buffer.subarray(0, bytesRead);
    const end = chunk.indexOf(0x0a);
    chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
    if (end !== -1) return Buffer.concat(chunks);
    at += bytesRead;
  }
  return undefined;
}

/** The undamaged lines at the start of a file. */
async function readSound(path: string): Promise<{ bytes: number; next: number; cursors: Cursors | undefined }> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    let bytes = 0;
    let next = 0;
    let cursors: Cursors | undefined;
    while (bytes < size) {
      const text = await readLine(handle, bytes, size);
      const line = text === undefined ? undefined : decodeLine(text.toString('utf8'));
      if (text === undefined || line === undefined) break;
      bytes += text.length + 1;
      next = line.first + line.marks.length;
      cursors = line.cursors;
    }
    return { bytes, next, cursors };
  } finally {
    await handle.close();
  }
}
