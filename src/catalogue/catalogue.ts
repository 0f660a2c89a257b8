import { AppError } from '../lib/errors.ts';
import { parseJson, stringifyJson } from '../lib/json/json-text.ts';
import { RowsRemainError } from './catalogue-errors.ts';
import type { CatalogueState, Kind, Records } from './catalogue-state.ts';
import { kinds } from './catalogue-state.ts';
import { type Change, Draft, emptyState } from './draft.ts';
import { type EffectiveMapping, effectiveMapping } from './effective-mapping.ts';
import { type NamedTarget, type ReadOptions, type ReadTarget, resolveRead, selectNames } from './resolve-read.ts';
import { createForWrite, resolveWrite, type WriteOptions, type WriteTarget } from './resolve-write.ts';
import type { Settings } from './settings.ts';

/** One object of the catalogue as it is stored; `value` is JSON text, null when the object is deleted. */
export type CatalogueEntry = Readonly<{ kind: string; name: string; value: string | null }>;

/** Where the catalogue is kept. Supplied by the composition root over a table of the engine. */
export interface CatalogueStorage {
  /** The newest entry of each kind and name. */
  load(): Promise<readonly CatalogueEntry[]>;
  /** MUST resolve only when all entries are durable; after a restart either all of them are there or none. */
  save(entries: readonly CatalogueEntry[]): Promise<void>;
}

/** How the rows of deleted indices go away. */
export interface IndexRows {
  /**
   * Deletes all rows of these indices, those still in the journal included. MUST be idempotent: it is called again for the same names
   * when it failed or when the process died.
   */
  deleteRows(indices: readonly string[]): Promise<void>;
}

export type CatalogueOptions = Readonly<{ storage: CatalogueStorage; rows: IndexRows; now?: () => number }>;

const maxCachedTargets = 10_000;

/** Bounds the statement that saves one change (characters). */
const maxCreatedText = 8 * 1024 ** 2;

/**
 * Indices, aliases, data streams, templates and policies. Reads are synchronous and see one immutable state. Changes run one after the
 * other, are saved before they become visible, and either happen as a whole or not at all.
 */
export class Catalogue {
  readonly #storage: CatalogueStorage;
  readonly #rows: IndexRows;
  readonly #now: () => number;
  readonly #mappings = new WeakMap<object, EffectiveMapping>();
  readonly #targets = new Map<string, WriteTarget>();
  #state: CatalogueState;
  #tail: Promise<unknown> = Promise.resolve();
  #removals: Promise<unknown> = Promise.resolve();

  private constructor(options: CatalogueOptions, state: CatalogueState) {
    this.#storage = options.storage;
    this.#rows = options.rows;
    this.#now = options.now ?? Date.now;
    this.#state = state;
  }

  /** Loads the stored state. Rows of indices whose deletion was interrupted are removed by `finishDeletions`. */
  static async open(options: CatalogueOptions): Promise<Catalogue> {
    const draft = new Draft(emptyState(), 0);
    for (const { kind, name, value } of await options.storage.load()) {
      if (value === null || !kinds.includes(kind as Kind)) continue;
      draft.put(kind as Kind, name, parseJson(value) as unknown as Records[Kind]);
    }
    return new Catalogue(options, draft.state);
  }

  get state(): CatalogueState {
    return this.#state;
  }

  get nowMillis(): number {
    return this.#now();
  }

  /**
   * Runs `plan` on a draft when all earlier changes are done, saves what it changed, and only then makes it visible. When `plan` or
   * the storage throws, nothing has changed. `plan` may run twice: when it needs the name of an index whose rows are still being
   * removed, it runs again after that. Rows of indices that the plan deleted are gone when the promise resolves, unless the store has
   * no room to delete them; other changes do not wait for them.
   */
  async change<T>(plan: (draft: Draft) => T): Promise<T> {
    try {
      return await this.#changeOnce(plan);
    } catch (error) {
      if (!(error instanceof RowsRemainError)) throw error;
      await this.#deleteRows().catch(() => Promise.reject(error));
      return this.#changeOnce(plan);
    }
  }

  /** What `plan` would return now. Nothing is changed. */
  preview<T>(plan: (draft: Draft) => T): T {
    return plan(new Draft(this.#state, this.#now()));
  }

  /** Removes rows that a crash left behind; call it once the store answers. Rejects with the store's error. */
  async finishDeletions(): Promise<void> {
    await this.#deleteRows();
  }

  /**
   * The fast path of a write: synchronous and cached, undefined when the name must be created first with `createForWrite`. Throws
   * an `AppError` for writes that are refused.
   */
  resolveWrite(name: string, options: WriteOptions): WriteTarget | undefined {
    const key = `${options.op}${options.requireAlias ? '+' : '-'}${options.requireDataStream ? '+' : '-'}${name}`;
    const known = this.#targets.get(key);
    if (known) return known;
    const target = resolveWrite(this.#state, name, options, this.#now());
    // Date-math names mean another index tomorrow.
    if (target && !name.startsWith('<')) {
      if (this.#targets.size >= maxCachedTargets) this.#targets.clear();
      this.#targets.set(key, target);
    }
    return target;
  }

  /** Resolves a write to a name that may not exist yet and creates the index or data stream its templates ask for. */
  async createForWrite(name: string, options: WriteOptions): Promise<WriteTarget> {
    return this.resolveWrite(name, options) ?? (await this.change((draft) => createForWrite(draft, name, options)));
  }

  /**
   * Creates what `createForWrite` would for each of these names, as many as go into one change together. A name that cannot be
   * created does not keep the others from it; `createForWrite` says why. Rejects with the error of the storage.
   */
  async createAllForWrite(names: ReadonlyMap<string, WriteOptions>): Promise<void> {
    const left = [...names];
    while (left.length > 0) left.splice(0, await this.change((draft) => createSome(draft, left)));
  }

  /** The concrete indices behind an index expression, sorted by name. Throws 404 in Elasticsearch's form. */
  resolveRead(expression: string | undefined, options: ReadOptions = {}): readonly ReadTarget[] {
    return resolveRead(this.#state, expression, options, this.#now());
  }

  /** The names of indices, aliases and data streams behind an index expression, as they were selected. */
  selectNames(expression: string | undefined, options: ReadOptions = {}): readonly NamedTarget[] {
    return selectNames(this.#state, expression, options, this.#now());
  }

  /** The mapping of a concrete index, ready to be asked about fields; undefined when there is no such index. Cached. */
  mappingOf(index: string): EffectiveMapping | undefined {
    const record = this.#state.index.get(index);
    if (!record) return undefined;
    let mapping = this.#mappings.get(record.mappings);
    if (!mapping) {
      mapping = effectiveMapping(record.mappings);
      this.#mappings.set(record.mappings, mapping);
    }
    return mapping;
  }

  /** The settings of a concrete index by their full names, such as `index.max_result_window`; undefined when there is no such index. */
  settingsOf(index: string): Settings | undefined {
    return this.#state.index.get(index)?.settings;
  }

  async #changeOnce<T>(plan: (draft: Draft) => T): Promise<T> {
    const { result, changes } = await this.#serially(plan);
    if (changes.some(({ kind }) => kind === 'deletion')) await this.#deleteRows().catch(letRowsWait);
    return result;
  }

  async #serially<T>(plan: (draft: Draft) => T): Promise<Readonly<{ result: T; changes: readonly Change[] }>> {
    const done = this.#tail.then(async () => {
      const draft = new Draft(this.#state, this.#now());
      const result = plan(draft);
      const { changes } = draft;
      if (changes.length > 0) {
        await this.#storage.save(changes.map(toEntry));
        this.#state = draft.state;
        this.#targets.clear();
      }
      return { result, changes };
    });
    this.#tail = Promise.allSettled([done]);
    return done;
  }

  /** One removal at a time, each for all names that wait by then. */
  async #deleteRows(): Promise<void> {
    const done = this.#removals.then(async () => {
      const names = [...this.#state.deletion.keys()];
      if (names.length === 0) return;
      await this.#rows.deleteRows(names);
      await this.#serially((draft) => {
        for (const name of names) draft.remove('deletion', name);
      });
    });
    this.#removals = Promise.allSettled([done]);
    return done;
  }
}

/** Returns how many were tried. */
function createSome(draft: Draft, names: readonly (readonly [string, WriteOptions])[]): number {
  let text = 0;
  let tried = 0;
  for (const [name, options] of names) {
    if (text > maxCreatedText) break;
    tried++;
    try {
      const { index } = createForWrite(draft, name, options);
      text += stringifyJson(draft.get('index', index) ?? {}).length;
    } catch (error) {
      // Refused names are tried again one by one, for those who asked for them.
      if (!(error instanceof AppError)) throw error;
    }
  }
  return tried;
}

/** The deletion is done for everybody who asks: rows that a full disk keeps are deleted by `finishDeletions` when there is room. */
function letRowsWait(error: unknown): void {
  if (!(error instanceof AppError && (error.code === 'disk_full' || error.code === 'journal_full'))) throw error;
}

function toEntry({ kind, name, value }: Change): CatalogueEntry {
  return { kind, name, value: value === undefined ? null : stringifyJson(value) };
}
