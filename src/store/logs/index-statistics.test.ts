import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogTable } from '../../queries/search/testing/log-table.ts';
import type { Engine } from '../engine/engine.ts';
import { createIndexStatistics } from './index-statistics.ts';

let table: LogTable;
beforeEach(async () => {
  table = await LogTable.open();
});
afterEach(() => table.close());

const documents = (index: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ index, text: `{"timestamp":"2026-11-21T10:00:00Z","level":"INFO","n":${n}}` }));

/** Statements over the documents themselves that a question needs. */
function counting(engine: Engine, before: (sql: string) => Promise<void> = async () => undefined) {
  const scans: string[] = [];
  const select: Engine['select'] = async (sql, limits) => {
    if (sql.includes('FROM logs')) {
      scans.push(sql);
      await before(sql);
    }
    return engine.select(sql, limits);
  };
  return { scans, statistics: createIndexStatistics({ select }) };
}

const partsOf = async () =>
  (await table.engine.select(`SELECT name FROM system.parts WHERE table = 'logs' AND active AND rows > 0`)).map(({ name }) => String(name));

describe('statistics of indices', () => {
  it('are those of the rows, and what was counted once is not counted again', async () => {
    const { scans, statistics } = counting(table.engine);
    expect(await statistics(['a'])).toEqual(new Map());
    await table.engine.command('SYSTEM STOP MERGES logs');
    await table.load([...documents('a', 50), ...documents("it's", 150)]);
    const first = await statistics(['a', "it's", 'nothing']);
    expect([...first].map(([index, { docs, parts }]) => [index, docs, parts]).toSorted()).toEqual([
      ['a', 50, 1],
      ["it's", 150, 1],
    ]);
    const [part] = await table.engine.select(
      `SELECT bytes_on_disk AS bytes FROM system.parts WHERE table = 'logs' AND active AND rows > 0`,
    );
    expect(first.get('a')?.storeBytes).toBe(Math.round(Number(part?.bytes) / 4));
    expect(await statistics(['a', "it's"])).toEqual(first);
    expect(scans).toHaveLength(1);
    const [known] = await partsOf();
    await table.load(documents('a', 7));
    expect((await statistics(['a'])).get('a')).toMatchObject({ docs: 57, parts: 2 });
    expect(scans).toHaveLength(2);
    expect(scans[1]).not.toContain(known);
  });

  it('follow merges and deletions', async () => {
    const { statistics } = counting(table.engine);
    for (let n = 1; n <= 3; n++) await table.load([...documents('a', n), ...documents('b', 1)]);
    expect((await statistics(['a'])).get('a')?.docs).toBe(6);
    await table.engine.command('OPTIMIZE TABLE logs FINAL');
    expect((await statistics(['a', 'b'])).get('b')).toMatchObject({ docs: 3, parts: 1 });
    expect(await table.deleteWhere("_index = 'a'")).toBe(6);
    const left = await statistics(['a', 'b']);
    expect([left.get('a'), left.get('b')?.docs]).toEqual([undefined, 3]);
    expect(await table.deleteWhere('1')).toBe(3);
    expect(await statistics(['a', 'b'])).toEqual(new Map());
  });

  it('are right when parts are merged away between the list and the count', async () => {
    for (let n = 0; n < 3; n++) await table.load(documents('a', 10));
    let merges = 0;
    const { scans, statistics } = counting(table.engine, async () => {
      if (merges++ < 2) {
        await table.load(documents('a', 10));
        await table.engine.command('OPTIMIZE TABLE logs FINAL');
      }
    });
    expect((await statistics(['a'])).get('a')?.docs).toBe(50);
    expect(scans).toHaveLength(3);
  });
});
