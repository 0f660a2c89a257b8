import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Session } from './session.ts';

/** A batch of records that waits for the collector: a file, or text where the disk refused it. */
export type Segment = {
  readonly path: string | undefined;
  text: string;
  bytes: number;
  records: number;
  /** Kinds of records that the collector has already, in the order in which they are sent. */
  stepsDone: number;
};

export type SpoolOptions = Readonly<{
  folder: string;
  session: Session;
  /** First line of each file: who wrote it, so that another recorder can deliver it. One line of text. */
  header: string;
  /** What this process may leave waiting. */
  maxBytes: number;
  /** What may wait in the folder, of all processes; beyond it the oldest files go. */
  maxFolderBytes: number;
}>;

/** A file that has reached this size is not appended to any more. A kill repeats at most one such file. */
const maxSegmentBytes = 256 * 1024;

/** Part of what may wait beyond which no contents are added. */
const contentShare = 0.25;

/** What is kept in memory while the disk takes nothing. */
const maxMemoryBytes = 4 * 1024 ** 2;

const fileName = /^(?<host>[\w-]*)\.(?<pid>\d+)\.(?<session>[\w-]+)\.(?<number>\d+)\.ndjson$/;

const hostOf = (session: Session) => session.host.replaceAll(/[^\w-]/g, '-');

/**
 * Records that wait for the collector, as lines of files. Each file belongs to one process, named in the file's name; what a
 * process leaves behind is claimed by another one of the same machine. Everything is bounded, and what does not fit is counted.
 */
export class Spool {
  readonly #options: SpoolOptions;
  #segments: Segment[] = [];
  /** The last of the segments may still grow. */
  #open = false;
  #number = 0;
  #bytes = 0;
  #memoryBytes = 0;
  #lost = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** Contents, which are large, leave most of the room to what says which calls there were. */
  get hasRoomForContents(): boolean {
    return this.#bytes < this.#options.maxBytes * contentShare;
  }

  /** Records that only this process has. */
  get inMemory(): number {
    return this.#segments.reduce((sum, { path, records }) => sum + (path === undefined ? records : 0), 0);
  }

  /** Records that could not be kept, since the last `takeLost`. */
  get lost(): number {
    return this.#lost;
  }

  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /**
   * Writes lines of text, without their line ends, in one go. Never throws: a recorder must not fail because of a full disk.
   * `standFor`: the lines say what is missing, so many records; they are few, and are written also beyond the limits.
   */
  append(lines: readonly string[], standFor?: number): void {
    if (lines.length === 0) return;
    const text = `${lines.join('\n')}\n`;
    const bytes = Buffer.byteLength(text);
    const force = standFor !== undefined;
    const records = standFor ?? lines.length;
    if (this.#bytes + bytes > this.#options.maxBytes && !force) {
      this.#lost += records;
      return;
    }
    const segment = this.#open ? this.#segments.at(-1) : undefined;
    if (!this.#write(segment, text, bytes, records)) this.#keepInMemory(text, bytes, records, force);
  }

  #write(open: Segment | undefined, text: string, bytes: number, records: number): boolean {
    const { folder, session, header } = this.#options;
    const path = open?.path ?? join(folder, `${hostOf(session)}.${process.pid}.${session.id}.${this.#number++}.ndjson`);
    try {
      if (open === undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
      appendFileSync(path, open === undefined ? `${header}\n${text}` : text, { mode: 0o600 });
    } catch {
      this.#open = false;
      undoWrite(path, open);
      return false;
    }
    this.#bytes += bytes;
    const segment = open ?? { path, text: '', bytes: Buffer.byteLength(header) + 1, records: 0, stepsDone: 0 };
    segment.bytes += bytes;
    segment.records += records;
    if (open === undefined) this.#segments.push(segment);
    this.#open = segment.bytes < maxSegmentBytes;
    return true;
  }

  #keepInMemory(text: string, bytes: number, records: number, force: boolean): void {
    if (this.#memoryBytes + bytes > maxMemoryBytes && !force) {
      this.#lost += records;
      return;
    }
    this.#memoryBytes += bytes;
    this.#bytes += bytes;
    this.#segments.push({ path: undefined, text: `${this.#options.header}\n${text}`, bytes, records, stepsDone: 0 });
  }

  /** The segment that has waited longest; it does not grow any more. */
  oldest(): Segment | undefined {
    if (this.#segments.length === 1) this.#open = false;
    return this.#segments[0];
  }

  /** The collector has the oldest segment. */
  removeOldest(): void {
    const segment = this.#segments.shift();
    if (segment === undefined) return;
    this.#bytes -= Math.min(this.#bytes, segment.bytes);
    if (segment.path === undefined) this.#memoryBytes -= segment.bytes;
    else rmSync(segment.path, { force: true });
  }

  /** Takes over the files of processes of this machine that are gone; with `wants`, those whose first line it wants. */
  claimOrphans(wants?: (header: string) => boolean): void {
    const { folder, session } = this.#options;
    const host = hostOf(session);
    let names: string[];
    try {
      names = readdirSync(folder).sort();
    } catch {
      // There is no folder yet, so nothing waits in it.
      return;
    }
    const known = new Set(this.#segments.map(({ path }) => path));
    const orphans = names.flatMap((name) => {
      const parts = fileName.exec(name)?.groups;
      if (parts === undefined || parts.host !== host || parts.session === session.id) return [];
      const pid = Number(parts.pid);
      if (pid !== process.pid && isAlive(pid)) return [];
      const own = join(folder, `${host}.${process.pid}.${parts.session}.${parts.number}.ndjson`);
      if (known.has(own)) return [];
      try {
        if (wants && !wants(firstLine(join(folder, name)))) return [];
        renameSync(join(folder, name), own);
        return [{ path: own, text: '', bytes: statSync(own).size, records: 0, stepsDone: 0 }];
      } catch {
        // Another recorder was faster.
        return [];
      }
    });
    this.#segments.unshift(...this.#withinFolder(orphans));
  }

  #withinFolder(orphans: readonly Segment[]): readonly Segment[] {
    let room = this.#options.maxFolderBytes;
    const kept = orphans.toReversed().filter((orphan) => {
      room -= orphan.bytes;
      if (room >= 0 || orphan.path === undefined) return true;
      this.#lost += readSegment(orphan).length;
      rmSync(orphan.path, { force: true });
      return false;
    });
    return kept.toReversed();
  }
}

/** A full disk may have taken a part of the lines. */
function undoWrite(path: string, open: Segment | undefined): void {
  try {
    if (open === undefined) rmSync(path, { force: true });
    else truncateSync(path, open.bytes);
  } catch {
    // The line that was cut has no line end, so no reader takes it.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const maxHeaderBytes = 8 * 1024;

function firstLine(path: string): string {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(maxHeaderBytes);
    const end = start.subarray(0, readSync(file, start)).indexOf(0x0a);
    return start.toString('utf8', 0, Math.max(end, 0));
  } finally {
    closeSync(file);
  }
}

/** The whole lines of a segment, its header first; a line that a crash cut off is left out. Empty when the file is gone. */
export function readSegment({ path, text }: Segment): readonly string[] {
  if (path === undefined) return text.split('\n').slice(0, -1);
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch {
    // Removed by somebody: there is nothing to deliver.
    return [];
  }
}
