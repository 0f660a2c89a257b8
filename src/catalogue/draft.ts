import { type CatalogueState, type Kind, kinds, type Records } from './catalogue-state.ts';

/** One changed object; `value` undefined is a removal. */
export type Change = Readonly<{ kind: Kind; name: string; value: Records[Kind] | undefined }>;

/** A change of the catalogue while it is being put together: reads see its own writes, nothing is visible outside before it is saved. */
export class Draft {
  /** UTC milliseconds; the same through the whole change. */
  readonly nowMillis: number;
  #state: CatalogueState;
  readonly #copied = new Set<Kind>();
  readonly #changes = new Map<string, Change>();

  constructor(state: CatalogueState, nowMillis: number) {
    this.#state = state;
    this.nowMillis = nowMillis;
  }

  /** The state with the changes so far. A later change gives another object, so that derived lookups are never stale. */
  get state(): CatalogueState {
    return this.#state;
  }

  get changes(): readonly Change[] {
    return [...this.#changes.values()];
  }

  get<K extends Kind>(kind: K, name: string): Records[K] | undefined {
    return this.#state[kind].get(name);
  }

  put<K extends Kind>(kind: K, name: string, value: Records[K]): void {
    this.#writable(kind).set(name, value);
    this.#changes.set(`${kind} ${name}`, { kind, name, value });
  }

  remove(kind: Kind, name: string): void {
    if (!this.#state[kind].has(name)) return;
    this.#writable(kind).delete(name);
    this.#changes.set(`${kind} ${name}`, { kind, name, value: undefined });
  }

  #writable<K extends Kind>(kind: K): Map<string, Records[K]> {
    const map = this.#copied.has(kind) ? this.#state[kind] : new Map(this.#state[kind]);
    this.#copied.add(kind);
    this.#state = { ...this.#state, [kind]: map };
    return map as Map<string, Records[K]>;
  }
}

export function emptyState(): CatalogueState {
  return Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as unknown as CatalogueState;
}
