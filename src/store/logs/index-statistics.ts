import { sqlStrings } from '../../lib/sql-text.ts';
import type { Engine } from '../engine/engine.ts';

/** `storeBytes`: the index's share of the parts that it is in. */
export type IndexStatistics = Readonly<{ docs: number; storeBytes: number; parts: number }>;

type Part = Readonly<{ name: string; rows: number; bytes: number }>;

/** Merges may replace parts while they are counted. Each turn leaves only those that are younger than the one before. */
const mostTurns = 20;

/**
 * How much the table `logs` holds of each index. A part never changes: merges, mutations and deletions write another one under another
 * name. So the rows of each index are counted once in each part, and later questions count new parts only.
 */
export function createIndexStatistics(
  engine: Pick<Engine, 'select'>,
): (indices: readonly string[]) => Promise<ReadonlyMap<string, IndexStatistics>> {
  /** By a part's name: documents by index. */
  const known = new Map<string, ReadonlyMap<string, number>>();

  async function activeParts(): Promise<readonly Part[]> {
    const rows = await engine.select(
      `SELECT name, rows, bytes_on_disk AS bytes FROM system.parts WHERE database = currentDatabase() AND table = 'logs' AND active AND rows > 0`,
    );
    return rows.map(({ name, rows, bytes }) => ({ name: String(name), rows: Number(rows), bytes: Number(bytes) }));
  }

  async function countIn(parts: readonly Part[]): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
    const rows = await engine.select(
      `SELECT _part AS part, toString(_index) AS index, count() AS docs FROM logs WHERE _part IN (${sqlStrings(parts.map(({ name }) => name))}) GROUP BY part, index`,
    );
    const counted = new Map(parts.map(({ name }) => [name, new Map<string, number>()]));
    for (const { part, index, docs } of rows) counted.get(String(part))?.set(String(index), Number(docs));
    return counted;
  }

  async function countedParts(): Promise<readonly Part[]> {
    let parts = await activeParts();
    for (let turn = 0; turn < mostTurns; turn++) {
      const unknown = parts.filter(({ name }) => !known.has(name));
      if (unknown.length === 0) break;
      const counted = await countIn(unknown);
      parts = await activeParts();
      // One that is no longer there may have gone before it was counted.
      for (const { name } of parts) {
        const documents = counted.get(name);
        if (documents) known.set(name, documents);
      }
    }
    return parts;
  }

  return async (indices) => {
    const found = new Map<string, IndexStatistics>();
    if (indices.length === 0) return found;
    const parts = await countedParts();
    const active = new Set(parts.map(({ name }) => name));
    for (const name of known.keys()) if (!active.has(name)) known.delete(name);
    const wanted = new Set(indices);
    for (const { name, rows, bytes } of parts)
      for (const [index, docs] of known.get(name) ?? []) {
        if (!wanted.has(index)) continue;
        const before = found.get(index) ?? { docs: 0, storeBytes: 0, parts: 0 };
        found.set(index, { docs: before.docs + docs, storeBytes: before.storeBytes + (docs * bytes) / rows, parts: before.parts + 1 });
      }
    return new Map([...found].map(([index, one]) => [index, { ...one, storeBytes: Math.round(one.storeBytes) }]));
  };
}
