import { readFileSync, statSync } from 'node:fs';

/**
 * Whether another process holds the engine's lock file: it is locked (`/proc/locks`, by inode), and by the process whose
 * number the engine wrote into it. False where that cannot be known, such as on macOS; the engine itself refuses then.
 */
export function isLocked(path: string): boolean {
  try {
    const { ino } = statSync(path);
    const owner = /^PID: (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1];
    return readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .some((line) => {
        const [, kind, , , pid, file] = line.trim().split(/\s+/);
        return kind === 'FLOCK' && pid === owner && file?.split(':')[2] === String(ino);
      });
  } catch {
    // No lock file yet, or no /proc.
    return false;
  }
}
