import { stat } from 'node:fs/promises';
import type { IngestLogs } from '../../model/ingest.ts';
import type { Enrichment } from './container-path.ts';
import { createDelivery, type FileTailLog, type Records } from './delivery.ts';
import { type FileState, type FollowedFile, toState } from './followed-file.ts';
import { FollowedFiles } from './followed-files.ts';
import { parseExclude, parseGlob } from './glob.ts';
import { undefinedIfMissing } from './missing.ts';
import { openPositions, type Positions } from './positions.ts';

export type FileTailOptions = Readonly<{
  /** Globs. */
  paths: readonly string[];
  exclude: readonly string[];
  /** Where a file is read from that was there when the source first started. Later ones are read from their head. */
  readFrom: 'head' | 'tail';
  index: string;
  /** Where it is kept how far each file was taken in; its folder is made. */
  positionsFile: string;
  enrich: Enrichment;
  multiline: boolean;
  ingest: IngestLogs;
  log: FileTailLog;
  pollMillis?: number;
  /** How often new files are looked for. */
  discoverMillis?: number;
  /** How long a file that was renamed or deleted must be silent before a last line without an end is taken in. */
  rotateWaitMillis?: number;
}>;

export type FileTailStats = Readonly<{
  openFiles: number;
  readBytes: number;
  documents: number;
  deadLetters: number;
  /** Bytes in memory that wait for their line or record to end. */
  heldBytes: number;
  rotations: number;
  truncations: number;
  /** Contents that were replaced before they were read, without a copy to read them from. */
  lost: number;
  /** How often a file or folder could not be read. */
  unreadable: number;
  /** How often a batch had to be sent again. */
  retries: number;
  /** How often positions could not be saved; until they can, a crash makes lines come twice. */
  unsaved: number;
}>;

export type FileTail = Readonly<{ stats: () => FileTailStats; close: () => Promise<void> }>;

const maxReadBytes = 1024 * 1024;
const maxBatchBytes = 4 * 1024 * 1024;
/** Over this much memory, the file that holds most has its unfinished line cut. */
const maxHeldBytes = 64 * 1024 * 1024;
const closeRenamedMillis = 30_000;
const sleepyMillis = 60_000;

/**
 * Follows log files. They are polled, not watched: inotify says nothing about changes that other machines make on
 * network file systems, nothing about where copytruncate happened, and its queue can overflow; a `stat` per file and
 * turn is always right. A position moves only after the lines before it were taken in, so none is lost; a kill in the
 * moment between the two, or a power cut before the position is synced, makes the last batch come twice.
 * Rejects when a glob is wrong (`bad_config`) or the positions cannot be read.
 */
export async function startFileTail(options: FileTailOptions): Promise<FileTail> {
  const { readFrom, enrich, multiline, log } = options;
  const globs = options.paths.map(parseGlob);
  const excludes = options.exclude.map(parseExclude);
  const positions = await openPositions(options.positionsFile);
  const files = new FollowedFiles({ globs, excludes, readFrom, enrich, multiline, log }, positions);
  const reader = new TailLoop(options, files, positions);
  await reader.begin();
  const running = reader.run();
  return {
    stats: () => reader.stats(),
    async close() {
      reader.stop();
      await running;
    },
  };
}

class TailLoop {
  readonly #options: FileTailOptions;
  readonly #pollMillis: number;
  readonly #files: FollowedFiles;
  readonly #positions: Positions;
  readonly #deliver: (records: Records) => Promise<boolean>;
  readonly #counts = { readBytes: 0, documents: 0, deadLetters: 0, retries: 0, unsaved: 0 };
  /** Records of contents that are gone, and so of no position. */
  #orphans: Records = { documents: [], deadLetters: [] };
  #stopped = false;
  #wake: () => void = () => undefined;
  #turn = 0;
  #nextDiscovery = Date.now();
  #saveFailed = false;

  constructor(options: FileTailOptions, files: FollowedFiles, positions: Positions) {
    this.#options = options;
    this.#pollMillis = options.pollMillis ?? 250;
    this.#files = files;
    this.#positions = positions;
    this.#deliver = createDelivery({
      ingest: options.ingest,
      index: options.index,
      log: options.log,
      sleep: (millis) => this.#sleep(millis),
      onRetry: () => {
        this.#counts.retries += 1;
      },
    });
  }

  stats(): FileTailStats {
    return { openFiles: this.#files.open.size, heldBytes: this.#heldBytes(), ...this.#files.counts, ...this.#counts };
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  async begin(): Promise<void> {
    await this.#files.discover();
    await this.#save();
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      let hasMore = false;
      try {
        hasMore = await this.#cycle();
      } catch (error) {
        this.#options.log.warn('Following log files failed; it goes on', { reason: String(error) });
      }
      if (!hasMore) await this.#sleep(this.#pollMillis);
    }
    await this.#lookOnceMore();
    for (const file of this.#files.open.values()) await file.close();
    await this.#positions.close();
  }

  /** A file that came since the last look may be rotated before the next start, which finds it only by its position. */
  async #lookOnceMore(): Promise<void> {
    const known = new Set(this.#files.open.keys());
    try {
      await this.#files.discover();
      const met = [...this.#files.open].filter(([identity]) => !known.has(identity));
      // Only theirs: what was read last of the others may not have been taken in.
      await this.#positions.update(
        met.map(([, file]) => this.#files.positionOf(file)),
        [],
      );
    } catch (error) {
      this.#options.log.warn('The last look for log files failed', { reason: String(error) });
    }
  }

  /** True when there is more to read at once. */
  async #cycle(): Promise<boolean> {
    const now = Date.now();
    if (now >= this.#nextDiscovery) {
      this.#nextDiscovery = now + (this.#options.discoverMillis ?? 2000);
      await this.#files.discover();
    }
    const hasMore = await this.#readSome();
    // From here to `take` nothing may fail: what was drained is no longer in any assembler.
    const drained = [...this.#files.open.values()].map((file) => file.drain());
    const documents = [...this.#orphans.documents, ...drained.flatMap((lines) => lines.documents)];
    const deadLetters = [...this.#orphans.deadLetters, ...drained.flatMap((lines) => lines.deadLetters)];
    if (documents.length + deadLetters.length > 0 && !(await this.#deliver({ documents, deadLetters }))) {
      this.#stopped = true;
      return false;
    }
    this.#orphans = { documents: [], deadLetters: [] };
    this.#counts.documents += documents.length;
    this.#counts.deadLetters += deadLetters.length;
    await this.#save();
    await this.#closeRotated();
    return hasMore;
  }

  async #save(): Promise<void> {
    const changed = [...this.#files.open.values()].filter((file) => file.take()).map((file) => this.#files.positionOf(file));
    if (changed.length === 0 && !this.#saveFailed) return;
    try {
      await this.#positions.update(changed, []);
      this.#saveFailed = false;
    } catch (error) {
      this.#counts.unsaved += 1;
      const isFirst = !this.#saveFailed;
      this.#saveFailed = true;
      if (isFirst)
        this.#options.log.warn('The positions of log files cannot be saved; a crash now would make lines come twice', {
          reason: String(error),
        });
    }
  }

  async #readSome(): Promise<boolean> {
    // Each turn begins with another file, so that a busy one cannot starve the rest.
    const all = [...this.#files.open.values()];
    this.#turn += 1;
    const first = all.length === 0 ? 0 : this.#turn % all.length;
    let budget = maxBatchBytes;
    let hasMore = false;
    const looked = await Promise.all(all.map(async (file) => ({ file, state: await this.#look(file) })));
    for (const { file, state } of [...looked.slice(first), ...looked.slice(0, first)]) {
      if (state === undefined || file.nextCheckMillis > Date.now()) continue;
      if (budget <= 0) return true;
      const before = file.offset;
      try {
        hasMore = (await this.#readFile(file, state, Math.min(budget, maxReadBytes))) || hasMore;
      } catch (error) {
        this.#files.report(file.path, error);
      }
      const read = Math.max(0, file.offset - before);
      this.#counts.readBytes += read;
      budget -= read;
    }
    if (this.#heldBytes() > maxHeldBytes) {
      [...this.#files.open.values()].reduce((a, b) => (a.heldBytes >= b.heldBytes ? a : b)).cut(Date.now());
    }
    return hasMore;
  }

  /** The state of a file; notices that another file has taken its path. */
  async #look(file: FollowedFile): Promise<FileState | undefined> {
    const now = Date.now();
    if (file.nextCheckMillis > now) return undefined;
    try {
      if (file.rotated) return await file.state();
      const found = await stat(file.path, { bigint: true }).catch(undefinedIfMissing);
      const state = found === undefined ? undefined : toState(found, now);
      if (state?.identity === file.identity) return state;
      await this.#files.rotate(file);
      this.#nextDiscovery = 0;
      return await file.state();
    } catch (error) {
      this.#files.report(file.path, error);
      return undefined;
    }
  }

  async #readFile(file: FollowedFile, state: FileState, maxBytes: number): Promise<boolean> {
    const now = Date.now();
    if (file.hasBegun(state) && !file.rotated) this.#files.begin(file, file.seenMillis);
    const outcome = await file.read(state, maxBytes, now);
    if (outcome !== 'truncated') await this.#files.settle(file);
    if (outcome === 'more') return true;
    if (outcome === 'truncated') {
      if (!(await this.#files.carryOn(file))) this.#abandon(file, now);
      this.#files.restart(file);
      return true;
    }
    file.flushQuiet(now);
    const idleMillis = now - file.lastGrowthMillis;
    if (file.rotated && !file.finished && idleMillis >= (this.#options.rotateWaitMillis ?? 5000)) file.finish(now);
    file.nextCheckMillis = idleMillis > sleepyMillis ? now + this.#pollMillis * 4 : 0;
    return false;
  }

  /** Keeps what was read of a content that is gone. */
  #abandon(file: FollowedFile, now: number): void {
    file.finish(now);
    const { documents, deadLetters } = file.drain();
    this.#orphans = { documents: [...this.#orphans.documents, ...documents], deadLetters: [...this.#orphans.deadLetters, ...deadLetters] };
  }

  async #closeRotated(): Promise<void> {
    for (const file of [...this.#files.open.values()]) {
      if (!file.finished || !file.rotated || !file.isTaken) continue;
      const { links, size } = await file.state();
      if (size !== file.offset) continue;
      const isDeleted = links === 0;
      if (!isDeleted && Date.now() - file.lastGrowthMillis < closeRenamedMillis) continue;
      await this.#positions.update(isDeleted ? [] : [this.#files.positionOf(file, true)], isDeleted ? [file.identity] : []);
      await this.#files.close(file);
    }
  }

  #heldBytes(): number {
    let held = 0;
    for (const file of this.#files.open.values()) held += file.heldBytes;
    return held;
  }

  /** False when the loop was stopped. */
  async #sleep(millis: number): Promise<boolean> {
    if (this.#stopped) return false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, millis);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return !this.#stopped;
  }
}
