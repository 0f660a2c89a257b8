import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditFile, anchorName, checkpointsName, ownerOnly, syncFolder, writeWhole } from './audit-folder.ts';
import { type AuditRecord, type Link, maxLineBytes, parseRecord } from './audit-record.ts';
import { parseCheckpoint, signCheckpoint } from './checkpoint.ts';
import { readLines, readLinesBackward } from './read-lines.ts';
import { removeFiles } from './recover-audit.ts';
import type { SigningKey } from './signing-key.ts';

export type ExpiredFiles = Readonly<{ files: readonly AuditFile[]; firstSeq: number; last: Link }>;

/**
 * The oldest files whose last records are older than a time; never the newest file. A file that does not end as it was written is kept, with all
 * behind it: retention removes no evidence.
 */
export async function expiredFiles(files: readonly AuditFile[], beforeMillis: number): Promise<ExpiredFiles | undefined> {
  const expired: AuditFile[] = [];
  let last: AuditRecord | undefined;
  for (const [index, file] of files.slice(0, -1).entries()) {
    const record = await lastRecord(file);
    const isWhole = record !== undefined && files[index + 1]?.firstSeq === record.seq + 1;
    if (!isWhole || !(Date.parse(record.time) < beforeMillis)) break;
    expired.push(file);
    last = record;
  }
  const first = expired[0];
  return first && last && { files: expired, firstSeq: first.firstSeq, last: { seq: last.seq, hash: last.hash } };
}

async function lastRecord({ path }: AuditFile): Promise<AuditRecord | undefined> {
  for await (const line of readLinesBackward(path, maxLineBytes)) return parseRecord(line);
  return undefined;
}

/** Signs where the log begins from now on, and only then removes what stands before. */
export async function removeExpired(folder: string, { files, last }: ExpiredFiles, time: string, key: SigningKey): Promise<void> {
  await writeWhole(folder, anchorName, signCheckpoint('anchor', last, time, key), ownerOnly);
  await removeFiles(folder, files);
}

/** Leaves out the checkpoints of removed records. Nobody may have the file open. */
export async function dropCheckpoints(folder: string, untilSeq: number): Promise<void> {
  const path = join(folder, checkpointsName);
  const part = `${path}.new`;
  await rm(part, { force: true });
  const target = await open(part, 'wx', ownerOnly);
  try {
    for await (const { bytes, torn } of readLines(path, maxLineBytes)) {
      const seq = parseCheckpoint(bytes, 'checkpoint')?.seq;
      if (torn || (seq !== undefined && seq <= untilSeq)) continue;
      await target.writeFile(Buffer.concat([bytes, Buffer.from('\n')]));
    }
    await target.datasync();
  } finally {
    await target.close();
  }
  await rename(part, path);
  await syncFolder(folder);
}
