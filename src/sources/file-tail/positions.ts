import { writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';

const positionSchema = z.strictObject({
  /** `device:inode`. */
  identity: z.string(),
  /** A random name of this content; a file that is truncated gets another. */
  stream: z.string(),
  /** Where it was found. */
  path: z.string(),
  /** The same without symbolic links. Both stay when the file is renamed. */
  realPath: z.string(),
  /** `rotated`: no longer at its path; `done`: and read to its end. */
  state: z.enum(['live', 'rotated', 'done']),
  /** SHA-256 of the first `length` bytes, at most 1 KiB: inode numbers are reused, and files are truncated. */
  head: z.strictObject({ length: z.int().min(0), hash: z.string() }),
  /** Bytes from the beginning that were taken in. */
  offset: z.int().min(0),
  /** When that was. */
  seenMillis: z.number(),
});

/** How far one file was taken in. */
export type Position = Readonly<z.infer<typeof positionSchema>>;

const lineSchema = z.union([positionSchema, z.strictObject({ removed: z.string() })]);

export type Positions = Readonly<{
  get: (identity: string) => Position | undefined;
  all: () => readonly Position[];
  /**
   * Hands the change to the operating system before it returns, so that it outlives this process; when the promise
   * resolves it outlives a power cut too. Rejects with what the file system says; the next update then writes it again.
   * MUST NOT be called again before the promise has settled.
   */
  update: (changed: readonly Position[], removed: readonly string[]) => Promise<void>;
  close: () => Promise<void>;
}>;

const maxAppendedBytes = 1024 * 1024;

/**
 * Opens the file of positions, which need not exist. It is a snapshot, replaced by rename, and behind it one line per
 * change, each with its checksum: appending one line takes microseconds after a batch was taken in, where replacing the
 * file would leave a window of milliseconds in which a crash makes the batch come twice. Torn lines are ignored.
 */
export async function openPositions(file: string): Promise<Positions> {
  await mkdir(dirname(file), { recursive: true });
  const positions = new Map<string, Position>();
  for (const line of await readLines(file)) {
    if ('removed' in line) positions.delete(line.removed);
    else positions.set(line.identity, line);
  }

  /** The file at whose end changes go; undefined before the first snapshot, and when an append may have left half a line. */
  let handle: FileHandle | undefined;
  let appendedBytes = 0;

  const replace = async (): Promise<void> => {
    const next = await open(`${file}.tmp`, 'w', 0o600);
    try {
      writeAll(next, [...positions.values()].map(encode).join(''));
      await next.sync();
      await rename(`${file}.tmp`, file);
    } catch (error) {
      await next.close();
      throw error;
    }
    const before = handle;
    handle = next;
    appendedBytes = 0;
    await before?.close();
    await syncFolder(dirname(file));
  };

  const append = async (text: string): Promise<void> => {
    const target = handle;
    if (target === undefined) return replace();
    try {
      writeAll(target, text);
      await target.datasync();
    } catch (error) {
      handle = undefined;
      await target.close();
      throw error;
    }
    appendedBytes += Buffer.byteLength(text);
    if (appendedBytes > maxAppendedBytes) await replace();
  };

  return {
    get: (identity) => positions.get(identity),
    all: () => [...positions.values()],
    update(changed, removed) {
      for (const position of changed) positions.set(position.identity, position);
      for (const identity of removed) positions.delete(identity);
      return append([...changed.map(encode), ...removed.map((identity) => encode({ removed: identity }))].join(''));
    },
    async close() {
      await handle?.close();
      handle = undefined;
    },
  };
}

function encode(value: z.infer<typeof lineSchema>): string {
  const json = JSON.stringify(value);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

async function readLines(file: string): Promise<z.infer<typeof lineSchema>[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    const json = line.slice(9);
    if (line.length < 10 || crc32(json) !== Number.parseInt(line.slice(0, 8), 16)) return [];
    const parsed = lineSchema.safeParse(JSON.parse(json));
    return parsed.success ? [parsed.data] : [];
  });
}

/** Without giving up the thread, so that nothing can come between taking a batch in and noting that. */
function writeAll(handle: FileHandle, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(handle.fd, bytes, at);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
