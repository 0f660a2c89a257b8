/**
 * Versions of documents with explicit ids: what the store has, overlaid with what is in the journal but not loaded yet.
 * Requests with explicit ids are decided one after the other, so that of two that create one id exactly one wins.
 * Documents with automatic ids never come here.
 */
export type DocumentKey = Readonly<{ index: string; id: string }>;

export interface StoredVersions {
  /** Newest version in the store of each of these documents; those without one are left out. */
  findVersions(keys: readonly DocumentKey[]): Promise<readonly (DocumentKey & { version: number })[]>;
}

/** `version` is 0 when the document does not exist. */
export type CurrentVersion = { version: number; exists: boolean };

type Pending = CurrentVersion & { segment: number };

export const keyOf = ({ index, id }: DocumentKey) => `${index}\n${id}`;

export class DocumentVersions {
  readonly #store: StoredVersions;
  readonly #pending = new Map<string, Pending>();
  readonly #keysOfSegment = new Map<number, string[]>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(store: StoredVersions) {
    this.#store = store;
  }

  /** Runs `work` when all earlier such work is done. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    // Its failure is the caller's; the next work begins all the same.
    this.#queue = Promise.allSettled([done]);
    return done;
  }

  /** MUST run inside `exclusively`. */
  async current(keys: readonly DocumentKey[]): Promise<Map<string, CurrentVersion>> {
    const found = new Map<string, CurrentVersion>();
    const unknown: DocumentKey[] = [];
    // What is pending is noted before the store is asked: it may be loaded, and so forgotten, while the store answers.
    for (const key of keys) {
      const pending = this.#pending.get(keyOf(key));
      if (pending) found.set(keyOf(key), { version: pending.version, exists: pending.exists });
      else unknown.push(key);
    }
    if (unknown.length > 0) {
      for (const { version, ...key } of await this.#store.findVersions(unknown)) found.set(keyOf(key), { version, exists: true });
    }
    return found;
  }

  /** The frame with this version is on the disk. */
  note(key: DocumentKey, version: number, exists: boolean, segment: number): void {
    const text = keyOf(key);
    this.#pending.set(text, { version, exists, segment });
    const keys = this.#keysOfSegment.get(segment);
    if (keys) keys.push(text);
    else this.#keysOfSegment.set(segment, [text]);
  }

  /** Whether the journal knows more of a document than the store. */
  isPending(key: DocumentKey): boolean {
    return this.#pending.has(keyOf(key));
  }

  /** The store has all of this segment, but not necessarily of those before it. */
  forgetLoaded(segment: number): void {
    for (const key of this.#keysOfSegment.get(segment) ?? []) {
      if (this.#pending.get(key)?.segment === segment) this.#pending.delete(key);
    }
    this.#keysOfSegment.delete(segment);
  }
}
