import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Delivered } from './records.ts';

/**
 * Records that wait for the collector, as lines of JSON in a file of this process; so they survive the process, and recorders
 * never share a file. The folder is bounded: above `maxBytes` new records are dropped and counted, never the conversation's time.
 */
export const defaultSpoolFolder = (): string => join(homedir(), '.meshscope', 'spool');

const suffix = '.ndjson';

/** A file whose process is gone is delivered by another recorder, which first renames it. */
const claimed = '.claimed';

export class Spool {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #path: string;
  #bytes = 0;
  #dropped = 0;

  constructor(folder: string, session: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#path = join(folder, `${process.pid}-${session}${suffix}`);
  }

  /** Records that could not be kept, since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Never throws: a recorder must not fail because of a full disk. */
  append(records: readonly Delivered[]): void {
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    const bytes = Buffer.byteLength(text);
    if (this.#bytes + bytes > this.#maxBytes) {
      this.#dropped += records.length;
      return;
    }
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, text, { mode: 0o600 });
      this.#bytes += bytes;
    } catch {
      this.#dropped += records.length;
    }
  }

  /** What was delivered needs no place any more. */
  clear(): void {
    if (this.#bytes === 0) return;
    rmSync(this.#path, { force: true });
    this.#bytes = 0;
  }

  /** Files of processes that are gone, oldest first; each is this process's own from now on. */
  claimOrphans(): readonly string[] {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return [];
    }
    return names
      .filter((name) => (name.endsWith(suffix) || name.endsWith(claimed)) && !isAlive(Number.parseInt(name, 10)))
      .sort()
      .flatMap((name) => {
        const path = join(this.#folder, name);
        const own = join(this.#folder, `${process.pid}-${name.replace(/^\d+-/, '').replace(/\.(?:ndjson|claimed)$/, '')}${claimed}`);
        try {
          renameSync(path, own);
          return [own];
        } catch {
          // Another recorder was faster.
          return [];
        }
      });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The whole lines of a spool file; one that was cut off by a crash is left out. */
export function readSpool(path: string): readonly Delivered[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Delivered];
      } catch {
        return [];
      }
    });
}

export const spoolBytes = (path: string): number => statSync(path).size;
