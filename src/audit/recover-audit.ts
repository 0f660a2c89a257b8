import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../lib/errors.ts';
import {
  type AuditFile,
  anchorName,
  checkpointsName,
  filesBehind,
  isMissing,
  listAuditFiles,
  publicKeyName,
  readIfThere,
  sizeIfThere,
  syncFolder,
} from './audit-folder.ts';
import { type AuditRecord, genesis, type Link, maxLineBytes, parseRecord } from './audit-record.ts';
import { type Checkpoint, checkSignature, parseCheckpoint } from './checkpoint.ts';
import { readLines, readLinesBackward } from './read-lines.ts';
import { readPublicKeys } from './signing-key.ts';

/** What stood behind the last line feed of a file, and was cut off. */
export type TornLine = Readonly<{ file: string; bytes: number; sha256: string; start: string }>;

export type AuditState = Readonly<{
  /** The newest record that is as it was written; the next one is chained to it. */
  head: Link;
  /** The file that holds it, or an empty one behind it; undefined when a new one has to be begun. */
  file: AuditFile | undefined;
  /** When the first record of `file` was handed in. */
  fileStartedMillis: number | undefined;
  lastCheckpoint: Checkpoint | undefined;
  torn: TornLine | undefined;
  /** Lines behind `head` that are no records; they stay where they are. */
  damagedLines: number;
}>;

const keptBytes = 1024;

/** Finds the end of the log, and cuts off what a crash in the middle of a write left. MUST run alone: a running writer's line would be cut. */
export async function recoverAudit(folder: string): Promise<AuditState> {
  const anchor = await readAnchor(folder);
  const all = await listAuditFiles(folder);
  const files = anchor === undefined ? all : filesBehind(all, anchor.seq);
  await removeFiles(
    folder,
    all.filter((file) => !files.includes(file)),
  );
  const newest = files.at(-1);
  const torn = newest && (await cutTornLine(newest.path, newest.name));
  const { head, damagedLines } = await findHead(files, anchor ?? genesis);
  const file = damagedLines > 0 ? undefined : await fileToGoOn(folder, files, head.seq);
  const first = file && (await firstRecord(file));
  return {
    head,
    file,
    fileStartedMillis: first && Date.parse(first.time),
    lastCheckpoint: await newestCheckpoint(folder),
    torn,
    damagedLines,
  };
}

/** The last file that has records, or an empty one that was begun for the next record. Other empty ones would stand in the way of its name. */
async function fileToGoOn(folder: string, files: readonly AuditFile[], headSeq: number): Promise<AuditFile | undefined> {
  for (const file of files.toReversed()) {
    if ((await sizeIfThere(file.path)) > 0 || file.firstSeq === headSeq + 1) return file;
    await removeFiles(folder, [file]);
  }
  return undefined;
}

/** The signed place behind which the log begins; undefined when there is none, or none that a known key signed. */
export async function readAnchor(folder: string): Promise<Checkpoint | undefined> {
  const line = await readIfThere(join(folder, anchorName));
  const anchor = line && parseCheckpoint(line, 'anchor');
  if (anchor === undefined) return undefined;
  const keys = readPublicKeys((await readIfThere(join(folder, publicKeyName)))?.toString() ?? '');
  return checkSignature(anchor, keys) === 'valid' ? anchor : undefined;
}

/** Removes the oldest first, so that what is left never has a gap. */
export async function removeFiles(folder: string, files: readonly AuditFile[]): Promise<void> {
  for (const { path } of files) await rm(path, { force: true });
  if (files.length > 0) await syncFolder(folder);
}

async function newestCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  const path = join(folder, checkpointsName);
  if ((await sizeIfThere(path)) === 0) return undefined;
  for await (const line of readLinesBackward(path, maxLineBytes)) {
    const checkpoint = parseCheckpoint(line, 'checkpoint');
    if (checkpoint !== undefined) return checkpoint;
  }
  return undefined;
}

async function firstRecord({ path }: AuditFile): Promise<AuditRecord | undefined> {
  for await (const { bytes, torn } of readLines(path, maxLineBytes)) return torn ? undefined : parseRecord(bytes);
  return undefined;
}

async function findHead(files: readonly AuditFile[], start: Link): Promise<Readonly<{ head: Link; damagedLines: number }>> {
  let damagedLines = 0;
  for (const { path } of files.toReversed()) {
    for await (const line of readLinesBackward(path, maxLineBytes)) {
      const record = parseRecord(line);
      if (record !== undefined) return { head: { seq: record.seq, hash: record.hash }, damagedLines };
      damagedLines++;
    }
  }
  if (damagedLines === 0) return { head: start, damagedLines };
  throw new AppError(
    'store_failed',
    `The audit log has ${damagedLines} lines and none of them is a record (${files[0]?.path}). Move the folder away, and keep it: it was changed or damaged.`,
  );
}

/** Undefined when the file ends with a line feed, is empty, or is not there. */
export async function cutTornLine(path: string, name: string): Promise<TornLine | undefined> {
  let end = 0;
  const size = await sizeIfThere(path);
  if (size === 0) return undefined;
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const block = Buffer.alloc(64 * 1024);
    for (let position = size; position > 0 && end === 0; ) {
      const length = Math.min(block.length, position);
      position -= length;
      const { bytesRead } = await file.read(block, 0, length, position);
      const found = block.subarray(0, bytesRead).lastIndexOf(10);
      if (found !== -1) end = position + found + 1;
    }
    if (end === size) return undefined;
    const hash = createHash('sha256');
    let start = Buffer.alloc(0);
    for (let position = end; position < size; ) {
      const { bytesRead } = await file.read(block, 0, Math.min(block.length, size - position), position);
      if (bytesRead === 0) break;
      const piece = block.subarray(0, bytesRead);
      hash.update(piece);
      if (position === end) start = Buffer.from(piece.subarray(0, keptBytes));
      position += bytesRead;
    }
    await file.truncate(end);
    await file.datasync();
    return { file: name, bytes: size - end, sha256: hash.digest('hex'), start: start.toString('base64') };
  } finally {
    await file.close();
  }
}
