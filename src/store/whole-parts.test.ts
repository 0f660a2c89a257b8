import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openEmbeddedEngine } from './engine/embedded.ts';
import { migrate } from './migrate.ts';
import { deleteByRow, dropWholeParts } from './whole-parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-parts-'));
const engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 1, readers: 1 });
await migrate(engine);
afterAll(() => engine.close());

/** One part of rows; `count` is their `metrics_count`. */
async function part(segment: number, rows: readonly Readonly<{ index: string; count?: number }>[]): Promise<void> {
  const values = rows.map(({ index, count }, row) => `('${index}', ${segment}, ${row}, now64(3), ${count ?? 'NULL'})`);
  await engine.command(`INSERT INTO logs (_index, _segment, _row, _ingested, metrics_count) VALUES ${values.join(', ')}`);
}

const rows = async () =>
  (await engine.select('SELECT _segment AS s, _index AS i FROM logs ORDER BY s, _row')).map(({ s, i }) => `${String(s)} ${String(i)}`);

const partRows = async () => {
  const [row] = await engine.select("SELECT sum(rows) AS rows FROM system.parts WHERE table = 'logs' AND active");
  return Number(row?.rows);
};

describe('dropWholeParts', () => {
  it('drops parts in which nothing else is left, marked rows aside, and no others', async () => {
    await engine.command('SYSTEM STOP MERGES logs');
    await part(1, [{ index: 'a' }, { index: 'a' }]);
    await part(2, [{ index: 'a' }, { index: 'b' }]);
    await part(3, [{ index: 'a' }]);
    await part(4, [{ index: 'c' }]);
    await dropWholeParts(engine, 'logs', "_index = 'a'", 2);
    expect(await rows()).toEqual(['2 a', '2 b', '3 a', '4 c']);
    await dropWholeParts(engine, 'logs', "_index = 'a'", 3);
    expect(await rows()).toEqual(['2 a', '2 b', '4 c']);
    await engine.command('SYSTEM START MERGES logs');
    await deleteByRow(engine, 'logs', "_index = 'b'");
    expect([await rows(), await partRows()]).toEqual([['2 a', '4 c'], 3]);
    await dropWholeParts(engine, 'logs', "_index = 'a'", 9);
    expect([await rows(), await partRows()]).toEqual([['4 c'], 1]);
  });

  it('keeps rows of which the condition is not known', async () => {
    await engine.command('TRUNCATE TABLE logs');
    await part(5, [{ index: 'd', count: 7 }, { index: 'd' }]);
    await dropWholeParts(engine, 'logs', 'metrics_count = 7', 9);
    expect(await rows()).toEqual(['5 d', '5 d']);
    await part(6, [{ index: 'd', count: 7 }]);
    await dropWholeParts(engine, 'logs', 'metrics_count = 7', 9);
    expect(await rows()).toEqual(['5 d', '5 d']);
  });

  it('is followed by a deletion by row, day by day', async () => {
    await engine.command('TRUNCATE TABLE logs');
    await part(7, [{ index: 'e' }, { index: 'f' }]);
    await engine.command("INSERT INTO logs (_index, _segment, _ingested) VALUES ('f', 8, toDateTime64('2026-01-01 00:00:00', 3))");
    await deleteByRow(engine, 'logs', "_index = 'e'");
    await deleteByRow(engine, 'fields', "_index = 'e'");
    expect(await rows()).toEqual(['7 f', '8 f']);
    await deleteByRow(engine, 'logs', "_index = 'f'");
    expect(await rows()).toEqual([]);
  });
});
