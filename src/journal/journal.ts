import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AppError } from '../lib/errors.ts';
import { type FrameContent, noContent, type SealedSegment, segmentsPerMilli } from '../model/journal-line.ts';
import { isDiskFull } from './disk-full.ts';
import { frameHeader, joinContent } from './frame.ts';
import { segmentName } from './recover.ts';

/**
 * An append-only log of frames, cut into segment files. `append` resolves when the frame is on the disk (`fdatasync`);
 * frames that arrive while a sync runs share the next one. A segment is sealed by size or age and handed on; whoever takes
 * it deletes the file and says so with `release`. The journal never looks inside a record.
 */
export type JournalOptions = Readonly<{
  folder: string;
  maxBytes: number;
  segmentBytes: number;
  segmentMillis: number;
  /** Ids of new segments are larger than this. */
  lastId: number;
  /** Bytes of recovered segments, which count against `maxBytes` until they are released. */
  waitingBytes: number;
  onSealed: (segment: SealedSegment) => void;
  /** What room is left is kept for something else. */
  isFull?: () => boolean;
  /** Whether a segment of this age should rather grow, because what takes segments is busy. */
  shouldGrow?: (ageMillis: number) => boolean;
  /** One line for the operator. */
  onTrouble: (line: string) => void;
}>;

export type Frame = Readonly<{ payload: Buffer; rows: number; content: FrameContent }>;

type Pending = Readonly<{ buffers: readonly Buffer[]; bytes: number; resolve: () => void; reject: (error: unknown) => void }>;

type Segment = {
  readonly id: number;
  readonly path: string;
  readonly openedAt: number;
  file: FileHandle | undefined;
  /** Rows numbered so far, appended or waiting. */
  rows: number;
  /** Bytes appended or waiting; `syncedBytes` of them are on the disk. */
  bytes: number;
  syncedBytes: number;
  syncedRows: number;
  content: FrameContent;
  pending: Pending[];
};

const growMillis = 20;

export class Journal {
  readonly #options: JournalOptions;
  #open: Segment | undefined;
  #lastId: number;
  /** Bytes in all segment files that are not released yet, and in frames that wait for the disk. */
  #bytes: number;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  /** When they were opened, by id, the oldest first. */
  readonly #unsealed = new Map<number, number>();
  #closed = false;
  #syncs = 0;

  private constructor(options: JournalOptions) {
    this.#options = options;
    this.#lastId = options.lastId;
    this.#bytes = options.waitingBytes;
  }

  static async open(options: JournalOptions): Promise<Journal> {
    await mkdir(options.folder, { recursive: true });
    return new Journal(options);
  }

  get waitingBytes(): number {
    return this.#bytes;
  }

  get syncs(): number {
    return this.#syncs;
  }

  /** Refuses early, so that a source need not build a frame that would not fit. A frame alone is let in whatever its size. */
  assertRoom(bytes: number): void {
    if (this.#closed) throw new AppError('shutting_down', 'meshscope is stopping; send the request again after its restart');
    if (this.#options.isFull?.()) throw this.#diskFull();
    if (this.#bytes > 0 && this.#bytes + bytes > this.#options.maxBytes) {
      throw new AppError(
        'journal_full',
        `the journal holds ${this.#bytes} of at most ${this.#options.maxBytes} bytes; try again in a second`,
      );
    }
  }

  /**
   * `build` is called at once, with the segment and the number of the first row that the frame gets. Resolves when the
   * frame is on the disk; rejects with `disk_full` or `journal_full`, and then nothing of it will ever be loaded.
   */
  async append(build: (segment: number, firstRow: number) => Frame): Promise<void> {
    this.assertRoom(1);
    const segment = this.#open ?? this.#start();
    const { payload, rows, content } = build(segment.id, segment.rows);
    if (rows === 0) return;
    const header = frameHeader(payload, rows, content);
    const bytes = header.length + payload.length;
    this.assertRoom(bytes);
    this.#bytes += bytes;
    segment.rows += rows;
    segment.bytes += bytes;
    const done = new Promise<void>((resolve, reject) => {
      segment.pending.push({ buffers: [header, payload], bytes, resolve: () => finish(), reject });
      const finish = () => {
        segment.syncedRows += rows;
        segment.content = joinContent(segment.content, content);
        resolve();
      };
    });
    if (segment.pending.length === 1) void this.#enqueue(() => this.#sync(segment));
    if (segment.bytes >= this.#options.segmentBytes) void this.seal();
    await done;
  }

  /** Hands the open segment on once what it waits for is synced. Returns when that has happened. */
  async seal(): Promise<void> {
    const segment = this.#open;
    if (!segment) return this.#work;
    this.#open = undefined;
    clearTimeout(this.#timer);
    return this.#enqueue(() => this.#finish(segment));
  }

  /** Whether rows of a segment are still to be handed on. */
  holds(segment: number): boolean {
    return this.#unsealed.has(segment);
  }

  /** When the oldest segment that is not handed on was opened (milliseconds since the epoch). */
  get oldestOpenedAt(): number | undefined {
    return this.#unsealed.values().next().value;
  }

  /** The file of a sealed segment is gone. */
  release(segment: SealedSegment): void {
    this.#bytes -= segment.bytes;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.seal();
  }

  #diskFull(cause?: unknown): AppError {
    return new AppError('disk_full', `the disk of ${this.#options.folder} is full; writes resume when there is room`, { cause });
  }

  #start(): Segment {
    const openedAt = Date.now();
    this.#lastId = Math.max(this.#lastId + 1, openedAt * segmentsPerMilli);
    const id = this.#lastId;
    const segment: Segment = {
      id,
      path: join(this.#options.folder, segmentName(id, openedAt)),
      openedAt,
      file: undefined,
      rows: 0,
      bytes: 0,
      syncedBytes: 0,
      syncedRows: 0,
      content: noContent,
      pending: [],
    };
    this.#open = segment;
    this.#unsealed.set(id, openedAt);
    this.#timer = globalThis.setTimeout(() => this.#sealByAge(segment), this.#options.segmentMillis);
    return segment;
  }

  /** A segment costs the same to load whether it holds one record or a thousand. */
  #sealByAge(segment: Segment): void {
    if (this.#options.shouldGrow?.(Date.now() - segment.openedAt))
      this.#timer = globalThis.setTimeout(() => this.#sealByAge(segment), growMillis);
    else void this.seal();
  }

  /** Disk work runs one after the other, so that a segment is never written and closed at the same time. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error: Error) => this.#options.onTrouble(`the journal: ${error.message}`));
    return this.#work;
  }

  async #sync(segment: Segment): Promise<void> {
    const frames = segment.pending;
    segment.pending = [];
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes, 0);
    try {
      segment.file ??= await this.#create(segment.path);
      await writeFully(
        segment.file,
        frames.flatMap((frame) => frame.buffers),
        segment.syncedBytes,
      );
      await segment.file.datasync();
      this.#syncs++;
      segment.syncedBytes += bytes;
      for (const frame of frames) frame.resolve();
    } catch (cause) {
      this.#bytes -= bytes;
      const error = isDiskFull(cause)
        ? this.#diskFull(cause)
        : new AppError('store_failed', `the journal cannot write: ${(cause as Error).message}`, { cause });
      for (const frame of frames) frame.reject(error);
      await this.#cutBack(segment);
    }
  }

  async #create(path: string): Promise<FileHandle> {
    const file = await open(path, 'wx');
    try {
      const folder = await open(this.#options.folder, 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
      return file;
    } catch (error) {
      // The next try creates it anew.
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Removes what a failed write left, so that frames that were refused can neither be loaded nor come back after a restart. */
  async #cutBack(segment: Segment): Promise<void> {
    while (segment.file) {
      try {
        await segment.file.truncate(segment.syncedBytes);
        await segment.file.datasync();
        return;
      } catch (cause) {
        this.#options.onTrouble(
          `the journal cannot take back a failed write to ${segment.path}: ${(cause as Error).message}; trying again`,
        );
        await setTimeout(1000);
      }
    }
  }

  async #finish(segment: Segment): Promise<void> {
    const { id, path, openedAt } = segment;
    try {
      if (segment.pending.length > 0) await this.#sync(segment);
      await segment.file?.close();
      // While the disk is full, every segment would leave an empty file.
      if (segment.file && segment.syncedBytes === 0) await rm(path, { force: true });
    } finally {
      // What was acknowledged is handed on even when closing the file failed: it is on the disk.
      const { syncedBytes: bytes, syncedRows: rows, content } = segment;
      if (bytes > 0) this.#options.onSealed({ id, path, bytes, rows, openedAt, content });
      this.#unsealed.delete(id);
    }
  }
}

/** `writev` may write less than it was given, for example just before the disk is full. */
async function writeFully(file: FileHandle, buffers: readonly Buffer[], position: number): Promise<void> {
  let left = buffers.filter((buffer) => buffer.length > 0);
  let at = position;
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left.slice(0, 1000), at);
    at += bytesWritten;
    let skip = bytesWritten;
    left = left.flatMap((buffer) => {
      const taken = Math.min(skip, buffer.length);
      skip -= taken;
      return taken === buffer.length ? [] : [buffer.subarray(taken)];
    });
  }
}
