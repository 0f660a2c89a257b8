import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, small enough to fill. Needs the right to mount (root on Linux). */
export type SmallDisk = Readonly<{
  folder: string;
  freeBytes: () => number;
  /** Takes all room but so many bytes. */
  fill: (leaveBytes?: number) => void;
  /** Gives back what `fill` took. */
  clear: () => void;
  unmount: () => void;
}>;

/** Undefined where mounting is not permitted; the reason is printed. */
export function mountSmallDisk(bytes: number, at?: string): SmallDisk | undefined {
  const folder = at ?? mkdtempSync(join(tmpdir(), 'meshscope-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    process.stdout.write(
      `skipped: a file system cannot be mounted here: ${String((error as { stderr?: Buffer }).stderr ?? error).trim()}\n`,
    );
    if (at === undefined) rmdirSync(folder);
    return undefined;
  }
  const filler = join(folder, 'filler');
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return {
    folder,
    freeBytes,
    fill(leaveBytes = 0) {
      // A filler for each call: the server writes meanwhile, and a second call takes what it gave back.
      for (let part = 0; freeBytes() > leaveBytes && part < 100; part++) {
        try {
          writeFileSync(filler, Buffer.alloc(Math.min(freeBytes() - leaveBytes, 16 * 1024 ** 2)), { flag: 'a' });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
      }
    },
    clear: () => rmSync(filler, { force: true }),
    unmount() {
      execFileSync('umount', ['-l', folder]);
      if (at === undefined) rmdirSync(folder);
    },
  };
}
