import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config/schema.ts';
import { Journal } from './journal/journal.ts';
import { type Damage, recover } from './journal/recover.ts';
import { AppError } from './lib/errors.ts';
import { parseAutomaticId, type SealedSegment } from './model/journal-line.ts';
import { Ballast, type Deletions } from './store/ballast.ts';
import { DeferredMerges } from './store/deferred-merges.ts';
import { openEmbeddedEngine } from './store/engine/embedded.ts';
import type { Engine } from './store/engine/engine.ts';
import { lastSegment } from './store/last-segment.ts';
import { Loader } from './store/logs/loader.ts';
import { createLogStore, type LogStore } from './store/logs/log-store.ts';
import { stopReplacements } from './store/logs/replace-statements.ts';
import { makeDataFolder } from './store/make-data-folder.ts';
import { migrate } from './store/migrate.ts';

/** Journal, loader and store, joined: from an acknowledged frame to rows that are found. */
export type WritePath = Readonly<{
  engine: Engine;
  /** For statements that delete: on a full disk they have room that others have not. */
  deletions: Deletions;
  store: LogStore;
  journal: Journal;
  loader: Loader;
  damages: readonly Damage[];
  migrations: readonly string[];
  /** Changes whenever segments were loaded. */
  dataVersion: () => number;
  /** What came in before this time (milliseconds since the epoch) can be searched. */
  loadedUntilMillis: () => number;
  /** All rows of this segment and of those before it can be searched; 0 when there is none. */
  loadedUntilSegment: () => number;
  /** Resolves when everything that was acknowledged before the call can be searched. */
  refresh: () => Promise<void>;
  /** Deletes all rows of these indices, those in the journal too. Idempotent. */
  deleteIndices: (indices: readonly string[]) => Promise<void>;
  /** Seals and loads what is left, for at most so many milliseconds; the next start loads the rest. */
  close: (millis: number) => Promise<void>;
}>;

/** A store that has taken nothing for so long is not waited for. */
const patienceMillis = 2000;

export type WritePathEvents = Readonly<{
  /** `lagMillis`: since the segment was opened. */
  onLoaded: (segment: SealedSegment, lagMillis: number) => void;
  onTrouble: (line: string) => void;
}>;

/** While another segment is being loaded, one may become so many times as old as it should, and larger by it. */
const growFactor = 3;

/** Of one segment: 20,000 a second come in, and merging what came in since would take a good part of the CPU that they need. */
const manyRows = 4000;

export async function openWritePath(config: Config, events: WritePathEvents): Promise<WritePath> {
  makeDataFolder(config.data);
  const folder = join(config.data, 'journal');
  mkdirSync(folder, { recursive: true });
  const { memoryBytes, loaders, readers } = config.store;
  const engine = await openEmbeddedEngine({ folder: config.data, memoryBytes, loaders, readers });
  const migrations = await migrate(engine);
  // The loader does this too, but only when there is something to replace; deletions would wait for it.
  await engine.command(stopReplacements);
  const ballast = Ballast.open(join(config.data, 'store'), events.onTrouble);
  const deletions: Deletions = {
    select: (sql, limits) => engine.select(sql, limits),
    command: (sql) => ballast.spend(() => engine.command(sql)),
    spend: (work) => ballast.spend(work),
  };
  const stored = createLogStore(engine, { deletions, settledSegment: () => loadedUntilSegment() });
  const { segments, damages } = await recover(folder);
  const lastId = Math.max(
    ...(await Promise.all((['logs', 'spans', 'metrics'] as const).map((table) => lastSegment(engine, table)))),
    segments.at(-1)?.id ?? 0,
  );
  let version = 0;
  let newestLoaded = lastId;
  const loader = new Loader({
    engine,
    parallel: loaders,
    onTrouble: events.onTrouble,
    onLoaded: (segment) => {
      version++;
      newestLoaded = Math.max(newestLoaded, segment.id);
      journal.release(segment);
      events.onLoaded(segment, Math.max(0, Date.now() - segment.openedAt));
    },
  });
  const merges = await DeferredMerges.open(engine, events.onTrouble);
  const { segmentMillis } = config.journal;
  const segmentBytes = Math.min(config.journal.segmentBytes, config.store.memoryBytes / 8);
  const journal = await Journal.open({
    folder,
    maxBytes: config.journal.maxBytes,
    segmentBytes,
    segmentMillis,
    lastId,
    waitingBytes: segments.reduce((sum, segment) => sum + segment.bytes, 0),
    onSealed: (segment) => {
      // It grew because others were being loaded all the time.
      const isLate = segment.bytes >= segmentBytes || Date.now() - segment.openedAt >= growFactor * segmentMillis;
      if ((isLate || segment.rows >= manyRows) && segment.content.spans) merges.postpone();
      loader.add(segment);
    },
    isFull: () => ballast.isSpent,
    shouldGrow: (ageMillis) => loader.isBusy || ((loader.waiting > 0 || loader.isResting) && ageMillis < growFactor * segmentMillis),
    onTrouble: events.onTrouble,
  });
  for (const segment of segments) loader.add(segment);
  // Versions of documents in the journal are known to this process only when it wrote them itself.
  const recovered = segments.some(({ content }) => content.keyed) ? loader.idle() : Promise.resolve();

  /** Waits for the store, but not for one that takes nothing: a sender had better try again later. */
  async function whileAccepting(loaded: Promise<void>): Promise<void> {
    let done = false;
    const ended = loaded.finally(() => {
      done = true;
    });
    const refused = async () => {
      while (!done) {
        if (loader.refusedMillis > patienceMillis)
          throw new AppError('journal_full', 'the store takes nothing now, and what waits for it is needed; try again later');
        await sleep(50);
      }
    };
    await Promise.race([ended, refused()]);
  }

  /** Rows with automatic ids that are still on their way are found by loading them. */
  const isOnItsWay = ({ id }: { id: string }) => {
    const segment = parseAutomaticId(id)?.segment;
    return segment !== undefined && (journal.holds(segment) || loader.holds(segment));
  };

  const store: LogStore = {
    ...stored,
    async findVersions(keys) {
      await whileAccepting(recovered);
      if (keys.some(isOnItsWay)) await whileAccepting(refresh());
      return stored.findVersions(keys);
    },
    async readSource(index, id) {
      if (isOnItsWay({ id })) await whileAccepting(refresh());
      return stored.readSource(index, id);
    },
  };

  const loadedUntilMillis = () =>
    Math.min(journal.oldestOpenedAt ?? Number.MAX_VALUE, loader.oldestOpenedAt ?? Number.MAX_VALUE, Date.now());

  // Segments are handed to the loader in their order, so none before the newest that was loaded is still to come to it.
  const loadedUntilSegment = () => Math.min((loader.firstWaiting ?? Number.MAX_SAFE_INTEGER) - 1, newestLoaded);

  async function refresh(): Promise<void> {
    await journal.seal();
    await loader.idle();
  }

  async function deleteIndices(indices: readonly string[]): Promise<void> {
    // A full disk takes no segments before there is room, which this makes.
    if (loader.refusedMillis > 0) await stored.dropIndices(indices);
    await whileAccepting(refresh());
    await stored.deleteIndices(indices);
  }

  async function close(millis: number): Promise<void> {
    try {
      await journal.close();
      const deadline = Date.now() + millis;
      // A store that takes nothing is not waited for: the next start loads what is left.
      const timer = setInterval(() => {
        if (Date.now() > deadline || loader.refusedMillis > patienceMillis) loader.stop();
      }, 100);
      await loader.idle();
      clearInterval(timer);
      await merges.close();
      await ballast.close();
    } finally {
      await engine.close();
    }
  }

  return {
    engine,
    deletions,
    store,
    journal,
    loader,
    damages,
    migrations,
    dataVersion: () => version,
    loadedUntilMillis,
    loadedUntilSegment,
    refresh,
    deleteIndices,
    close,
  };
}
