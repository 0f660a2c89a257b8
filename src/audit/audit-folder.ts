import { open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The folder of the audit log:
 *
 * - `audit-<first seq, 16 digits>.ndjson`: records, one a line; only the last file grows
 * - `checkpoints.ndjson`: signed places of the chain, one a line
 * - `anchor.json`: the signed place before the first kept record, once retention has removed some
 * - `signing-key.pem` (mode 0600), `public-key.pem`
 */
export const checkpointsName = 'checkpoints.ndjson';
export const anchorName = 'anchor.json';
export const signingKeyName = 'signing-key.pem';
export const publicKeyName = 'public-key.pem';

/** Only for the user who runs meshscope. */
export const ownerOnly = 0o600;

export type AuditFile = Readonly<{ name: string; path: string; firstSeq: number }>;

export const auditFileName = (firstSeq: number): string => `audit-${String(firstSeq).padStart(16, '0')}.ndjson`;

export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The files of records, the oldest first; none when there is no such folder. */
export async function listAuditFiles(folder: string): Promise<readonly AuditFile[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names
    .filter((name) => /^audit-\d{16}\.ndjson$/.test(name))
    .sort()
    .map((name) => ({ name, path: join(folder, name), firstSeq: Number(name.slice(6, 22)) }));
}

/** Those that hold records behind `seq`; a start that was interrupted leaves files that retention meant to remove. */
export const filesBehind = (files: readonly AuditFile[], seq: number): readonly AuditFile[] =>
  files.filter((_, index) => (files[index + 1]?.firstSeq ?? Number.POSITIVE_INFINITY) > seq + 1);

/** Undefined when there is no such file. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function sizeIfThere(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** Makes names that were created, renamed or removed in it last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A small file, as a whole or not at all, also when the power fails. */
export async function writeWhole(folder: string, name: string, content: string, mode: number): Promise<void> {
  const path = join(folder, name);
  const part = `${path}.new`;
  await rm(part, { force: true });
  try {
    await writeFile(part, content, { mode, flag: 'wx', flush: true });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await syncFolder(folder);
}
