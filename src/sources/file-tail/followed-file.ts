import { createHash, randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type AssembledLines, isMidLine, type LineAssembler } from '../../model/line/line-assembler.ts';
import { FilesMovedError, isMissing } from './missing.ts';
import type { Position } from './positions.ts';

/** Bytes at the beginning of a file by which it is known, and before the reading point by which a change is noticed. */
export const headBytes = 1024;

/** `truncated`: the content is not the one that was read so far, so reading on at the same offset would be wrong. */
export type ReadOutcome = 'idle' | 'more' | 'truncated';

/** What it is that was read of a file: how it begins, and what stands right before an offset. */
export type Content = Readonly<{ head: Readonly<{ length: number; hash: string }>; offset: number; behind?: Buffer }>;

export type FileState = Readonly<{ identity: string; size: number; changedMillis: number; links: number; lookedMillis: number }>;

/** What reading has to carry on with, when the rest of a truncated file's content is found in a copy of it. */
type Carried = Readonly<{ stream: string; head: Buffer; behind: Buffer; base: number; offset: number; assembler: LineAssembler }>;

type MakeAssembler = (midLine: boolean) => LineAssembler;

/** One open file: how far it was read, what waits in its assembler, and how far it was taken in. */
export class FollowedFile {
  readonly identity: string;
  /** Where it was found, with and without symbolic links; both stay when it is renamed. */
  readonly path: string;
  readonly realPath: string;
  /** It is no longer at the path that is followed: nothing may come any more. */
  rotated = false;
  /** No end will come for a last line without one. */
  finished = false;
  lastGrowthMillis: number;
  /** When the file was last found to be at its path, with the content that was read. */
  seenMillis: number;
  nextCheckMillis = 0;
  readonly #handle: FileHandle;
  #stream: string;
  #head: Buffer;
  #behind: Buffer;
  #base: number;
  #offset: number;
  #taken: number;
  #drained: number;
  #changedMillis = -1;
  #isSaved = false;
  #assembler: LineAssembler;

  private constructor(
    handle: FileHandle,
    identity: string,
    paths: Readonly<{ path: string; realPath: string }>,
    carried: Carried,
    taken: number,
    lookedMillis: number,
  ) {
    this.#handle = handle;
    this.identity = identity;
    this.path = paths.path;
    this.realPath = paths.realPath;
    this.lastGrowthMillis = lookedMillis;
    this.seenMillis = lookedMillis;
    this.#stream = carried.stream;
    this.#head = carried.head;
    this.#behind = carried.behind;
    this.#base = carried.base;
    this.#offset = carried.offset;
    this.#assembler = carried.assembler;
    this.#taken = taken;
    this.#drained = taken;
  }

  /**
   * Opens a file for reading at `offset`, or for carrying on in a copy what was read of another. Rejects with
   * `FilesMovedError` when it has gone since it was looked at, else with what the file system says.
   */
  static async open(
    paths: Readonly<{ path: string; realPath: string }>,
    start: Readonly<{ stream?: string; offset: number | 'tail' } | { carried: Carried; taken: number }>,
    makeAssembler: MakeAssembler,
    /** Where the file is now, when it was renamed. */
    now: string = paths.path,
  ): Promise<FollowedFile> {
    const lookedMillis = Date.now();
    // A named pipe that took the file's place must not block.
    const handle = await open(now, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
      throw isMissing(error) ? new FilesMovedError(`${now} was moved away.`) : error;
    });
    try {
      const { identity, size } = await readState(handle);
      if ('carried' in start) return new FollowedFile(handle, identity, paths, start.carried, start.taken, lookedMillis);
      const offset = start.offset === 'tail' ? await findTail(handle, size) : start.offset;
      const behind = await readAt(handle, Math.max(0, offset - headBytes), Math.min(offset, headBytes));
      const head = await readAt(handle, 0, Math.min(offset, headBytes));
      const assembler = makeAssembler(isMidLine(behind.at(-1)));
      const stream = start.stream ?? randomUUID();
      return new FollowedFile(handle, identity, paths, { stream, head, behind, base: offset, offset, assembler }, offset, lookedMillis);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Where the next byte will be read. */
  get offset(): number {
    return this.#offset;
  }

  get heldBytes(): number {
    return this.#assembler.heldBytes();
  }

  /** By what a copy of what was read so far is known. */
  get content(): Content {
    return { head: { length: this.#head.length, hash: hashOf(this.#head) }, offset: this.#offset, behind: this.#behind };
  }

  /** Nothing was read yet, but something happened since it was last looked at. */
  hasBegun(state: FileState): boolean {
    return this.#offset === 0 && state.changedMillis !== this.#changedMillis;
  }

  state(): Promise<FileState> {
    return readState(this.#handle);
  }

  /**
   * Reads up to `maxBytes` more, after making sure that the bytes before them are still those that were read: a file
   * that was truncated and grew again past the offset looks like one that only grew.
   */
  async read(state: FileState, maxBytes: number, nowMillis: number): Promise<ReadOutcome> {
    if (state.size < this.#offset) return 'truncated';
    if (state.size === this.#offset && state.changedMillis === this.#changedMillis) {
      this.#see(state);
      return 'idle';
    }
    // One read for both, so that nothing can happen between the check and the read.
    const window = await readAt(
      this.#handle,
      this.#offset - this.#behind.length,
      this.#behind.length + Math.min(maxBytes, state.size - this.#offset),
    );
    if (!window.subarray(0, this.#behind.length).equals(this.#behind)) return 'truncated';
    if (this.#offset > headBytes && !(await readAt(this.#handle, 0, this.#head.length)).equals(this.#head)) return 'truncated';
    const data = window.subarray(this.#behind.length);
    this.#changedMillis = state.changedMillis;
    this.#see(state);
    if (data.length === 0) return 'idle';
    this.#head =
      this.#head.length === headBytes ? this.#head : Buffer.concat([this.#head, data.subarray(0, headBytes - this.#head.length)]);
    this.#behind = Buffer.from(window.subarray(-headBytes));
    this.#offset += data.length;
    this.lastGrowthMillis = nowMillis;
    this.#assembler.push(data, nowMillis);
    return this.#offset < state.size ? 'more' : 'idle';
  }

  #see(state: FileState): void {
    if (!this.rotated) this.seenMillis = state.lookedMillis;
  }

  flushQuiet(nowMillis: number): void {
    this.#assembler.flushQuiet(nowMillis);
  }

  /** Ends a last line that has no line end: nobody will write it. */
  finish(nowMillis: number): void {
    this.finished = true;
    this.#assembler.end(nowMillis);
  }

  cut(nowMillis: number): void {
    this.#assembler.cut(nowMillis);
  }

  drain(): AssembledLines {
    const lines = this.#assembler.drain();
    this.#drained = this.#base + lines.consumed;
    return lines;
  }

  /** What was drained has been taken in; true when `position` has to be saved. */
  take(): boolean {
    const changed = this.#taken !== this.#drained || !this.#isSaved;
    this.#taken = this.#drained;
    this.#isSaved = true;
    return changed;
  }

  /** Everything that was read has been taken in. */
  get isTaken(): boolean {
    return this.#taken === this.#offset;
  }

  position(isDone = false): Position {
    return {
      identity: this.identity,
      stream: this.#stream,
      path: this.path,
      realPath: this.realPath,
      state: isDone ? 'done' : this.rotated ? 'rotated' : 'live',
      head: { length: this.#head.length, hash: hashOf(this.#head) },
      offset: this.#taken,
      seenMillis: this.seenMillis,
    };
  }

  /** Opens a copy of the content that was read so far, to carry on with it there; this file is to be `restart`ed. */
  carryOn(copy: string, makeAssembler: MakeAssembler): Promise<FollowedFile> {
    const carried = {
      stream: this.#stream,
      head: this.#head,
      behind: this.#behind,
      base: this.#base,
      offset: this.#offset,
      assembler: this.#assembler,
    };
    return FollowedFile.open(this, { carried, taken: this.#taken }, makeAssembler, copy);
  }

  /** Starts again at the beginning, with another content. */
  restart(makeAssembler: MakeAssembler): void {
    this.#stream = randomUUID();
    this.#head = Buffer.alloc(0);
    this.#behind = Buffer.alloc(0);
    this.#base = 0;
    this.#offset = 0;
    this.#taken = 0;
    this.#drained = 0;
    this.#changedMillis = -1;
    this.#isSaved = false;
    this.finished = false;
    this.#assembler = makeAssembler(false);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

/** Up to `length` bytes from `offset`; fewer only at the end of the file. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

export async function readState(handle: FileHandle): Promise<FileState> {
  const lookedMillis = Date.now();
  return toState(await handle.stat({ bigint: true }), lookedMillis);
}

/** `lookedMillis`: a time before the state was asked for. */
export function toState(stat: BigIntStats, lookedMillis: number): FileState {
  return {
    identity: `${stat.dev}:${stat.ino}`,
    size: Number(stat.size),
    changedMillis: Number(stat.mtimeNs) / 1e6,
    links: Number(stat.nlink),
    lookedMillis,
  };
}

/** The beginning of the last line when that line has no end yet, otherwise the end of the file. */
async function findTail(handle: FileHandle, size: number): Promise<number> {
  const from = Math.max(0, size - 65_536);
  const last = (await readAt(handle, from, size - from)).lastIndexOf(0x0a);
  return last === -1 && from > 0 ? size : from + last + 1;
}
