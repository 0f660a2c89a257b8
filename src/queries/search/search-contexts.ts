import { randomBytes } from 'node:crypto';
import { contextMissing, SearchError } from './search-error.ts';

/** Elasticsearch's `search.max_open_scroll_context` and its longest keep-alive. */
const maxOpen = 500;
const maxKeepAliveMillis = 24 * 3_600_000;

type Entry<T> = { value: T; expires: number };

/** Scrolls and points in time that are open. Kept in memory: a restart ends them, as it does in Elasticsearch. */
export class SearchContexts<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    this.#dropExpired();
    return this.#entries.size;
  }

  /** Returns the opaque id. Throws when too many are open. */
  open(value: T, keepAliveMillis: number): string {
    this.#dropExpired();
    if (this.#entries.size >= maxOpen) {
      throw new SearchError(
        'too_many_scroll_contexts_exception',
        `Trying to create too many scroll contexts. Must be less than or equal to: [${maxOpen}]. Close those that are no longer needed.`,
        {},
        'query_too_expensive',
      );
    }
    const id = randomBytes(24).toString('base64url');
    this.#entries.set(id, { value, expires: this.#now() + checkKeepAlive(keepAliveMillis) });
    return id;
  }

  /** Throws 404 when there is none. A keep-alive starts its time anew. */
  use(id: string, keepAliveMillis: number | undefined): T {
    this.#dropExpired();
    const entry = this.#entries.get(id);
    if (!entry) throw contextMissing(id);
    if (keepAliveMillis !== undefined) entry.expires = this.#now() + checkKeepAlive(keepAliveMillis);
    return entry.value;
  }

  replace(id: string, value: T): void {
    const entry = this.#entries.get(id);
    if (entry) entry.value = value;
  }

  close(id: string): boolean {
    this.#dropExpired();
    return this.#entries.delete(id);
  }

  closeAll(): number {
    const count = this.size;
    this.#entries.clear();
    return count;
  }

  #dropExpired(): void {
    const now = this.#now();
    for (const [id, { expires }] of this.#entries) if (expires <= now) this.#entries.delete(id);
  }
}

function checkKeepAlive(millis: number): number {
  if (millis <= maxKeepAliveMillis) return millis;
  throw new SearchError('illegal_argument_exception', `Keep alive for request (${millis}ms) is too large. It must be less than (24h).`);
}
