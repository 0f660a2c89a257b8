import { randomBytes } from 'node:crypto';
import { elasticsearchError, illegalArgument } from '../../lib/elasticsearch-errors.ts';
import type { AppError } from '../../lib/errors.ts';

/** Elasticsearch's `search.max_open_scroll_context` and its longest keep-alive. */
const maxOpen = 500;
const defaultMaxKeepAliveMillis = 24 * 3_600_000;

type Entry<T> = { value: T; expires: number };

/** Scrolls and points in time that are open. Kept in memory: a restart ends them, as it does in Elasticsearch. */
export class SearchContexts<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #now: () => number;
  readonly #maxKeepAliveMillis: number;

  constructor(now: () => number, maxKeepAliveMillis = defaultMaxKeepAliveMillis) {
    this.#now = now;
    this.#maxKeepAliveMillis = maxKeepAliveMillis;
  }

  get size(): number {
    this.#dropExpired();
    return this.#entries.size;
  }

  /** Returns the opaque id. Throws when too many are open. */
  open(value: T, keepAliveMillis: number): string {
    this.#dropExpired();
    if (this.#entries.size >= maxOpen) {
      throw elasticsearchError(
        'too_many_scroll_contexts_exception',
        `Trying to create too many scroll contexts. Must be less than or equal to: [${maxOpen}]. Close those that are no longer needed.`,
        { code: 'query_too_expensive' },
      );
    }
    const id = randomBytes(24).toString('base64url');
    this.#entries.set(id, { value, expires: this.#now() + this.#check(keepAliveMillis) });
    return id;
  }

  /** Throws 404 when there is none. A keep-alive starts its time anew. */
  use(id: string, keepAliveMillis: number | undefined): T {
    this.#dropExpired();
    const entry = this.#entries.get(id);
    if (!entry) throw contextMissing(id);
    if (keepAliveMillis !== undefined) entry.expires = this.#now() + this.#check(keepAliveMillis);
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

  #check(millis: number): number {
    if (millis <= this.#maxKeepAliveMillis) return millis;
    const hours = this.#maxKeepAliveMillis / 3_600_000;
    throw illegalArgument(`Keep alive for request (${millis}ms) is too large. It must be less than (${hours}h).`);
  }

  #dropExpired(): void {
    const now = this.#now();
    for (const [id, { expires }] of this.#entries) if (expires <= now) this.#entries.delete(id);
  }
}

function contextMissing(id: string): AppError {
  const reason = `No search context found for id [${id.slice(0, 100)}]`;
  return elasticsearchError('search_context_missing_exception', reason, { code: 'not_found' });
}
