import type { CatalogueEntry, CatalogueStorage } from './catalogue.ts';

/** Keeps the catalogue in memory only; for tests and for tools that need no durability. */
export class MemoryStorage implements CatalogueStorage {
  readonly #entries = new Map<string, CatalogueEntry>();

  async load(): Promise<readonly CatalogueEntry[]> {
    return [...this.#entries.values()];
  }

  async save(entries: readonly CatalogueEntry[]): Promise<void> {
    for (const entry of entries) this.#entries.set(`${entry.kind} ${entry.name}`, entry);
  }
}
