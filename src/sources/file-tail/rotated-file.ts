import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Content, hashOf, readAt, readState } from './followed-file.ts';
import { FilesMovedError, isMissing, undefinedIfMissing } from './missing.ts';

/** A file beside a followed one whose name says that it is an older generation of it. */
export type Sibling = Readonly<{ path: string; identity: string; size: number; modifiedMillis: number }>;

const compressed = /\.(?:gz|bz2|xz|zst|lz4|lzma|Z|zip)$/;

/**
 * Whether a name is that of an older generation of the file `name`, as logrotate (`app.log.1`, `app.log-20240101`),
 * containerd (`0.log.20240101-120000`), log4j and winston (`app.1.log`, `app-2024-01-01.log`) give them.
 */
export function isRotatedName(name: string, candidate: string): boolean {
  if (candidate.startsWith(`${name}.`) || candidate.startsWith(`${name}-`))
    return /^[.-][\dT:_.-]*\d(?:\.old)?$/.test(candidate.slice(name.length)) || candidate === `${name}.old`;
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return false;
  const [stem, extension] = [name.slice(0, dot), name.slice(dot)];
  return (
    candidate.startsWith(stem) &&
    candidate.endsWith(extension) &&
    /^[.-][\dT:_.-]*\d$/.test(candidate.slice(stem.length, candidate.length - extension.length))
  );
}

const maxScans = 10;

/**
 * Older generations of a file, oldest first. Compressed ones are left out: their bytes are no longer the log's. Looks
 * until two looks agree, because a rotation in between moves names under a reader of the folder.
 */
export async function findSiblings(realPath: string): Promise<Sibling[]> {
  let before = await scan(realPath);
  for (let round = 1; round < maxScans; round += 1) {
    const now = await scan(realPath);
    if (
      now.length === before.length &&
      now.every(({ path, identity }, at) => path === before[at]?.path && identity === before[at]?.identity)
    ) {
      return now.sort((a, b) => a.modifiedMillis - b.modifiedMillis);
    }
    before = now;
  }
  throw new FilesMovedError(`The files beside ${realPath} are renamed faster than they can be listed.`);
}

async function scan(realPath: string): Promise<Sibling[]> {
  const folder = dirname(realPath);
  const name = basename(realPath);
  const names = (await readdir(folder).catch(undefinedIfMissing)) ?? [];
  const candidates = names.filter((candidate) => !compressed.test(candidate) && isRotatedName(name, candidate)).sort();
  const found = await Promise.all(
    candidates.map(async (candidate): Promise<Sibling[]> => {
      const path = join(folder, candidate);
      const state = await stat(path, { bigint: true }).catch(undefinedIfMissing);
      if (state?.isFile() !== true) return [];
      return [{ path, identity: `${state.dev}:${state.ino}`, size: Number(state.size), modifiedMillis: Number(state.mtimeMs) }];
    }),
  );
  return found.flat();
}

/**
 * Whether a file holds that content, at least up to the offset. A content of which nothing was read is not recognised.
 * Rejects with `FilesMovedError` when the path has become another file's, because the answer would be about that one.
 */
export async function holdsContent(file: Readonly<{ path: string; identity: string }>, content: Content): Promise<boolean> {
  if (content.head.length === 0) return false;
  let handle: FileHandle | undefined;
  try {
    handle = await open(file.path, 'r');
    const { identity, size } = await readState(handle);
    if (identity !== file.identity) throw new FilesMovedError(`${file.path} was replaced while it was looked at.`);
    const head = await readAt(handle, 0, content.head.length);
    if (size < content.offset || head.length < content.head.length || hashOf(head) !== content.head.hash) return false;
    const behind = content.behind ?? Buffer.alloc(0);
    return (await readAt(handle, content.offset - behind.length, behind.length)).equals(behind);
  } catch (error) {
    if (isMissing(error)) throw new FilesMovedError(`${file.path} was moved away.`);
    throw error;
  } finally {
    await handle?.close();
  }
}
