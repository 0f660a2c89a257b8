import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { logColumn, logFields } from '../model/log-fields.ts';
import { openEmbeddedEngine } from './engine/embedded.ts';
import { migrate } from './migrate.ts';

const mib = 1024 ** 2;

it('applies each migration once, has a column for each known field, and refuses a newer data folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshscope-store-'));
  const engine = await openEmbeddedEngine({ folder, memoryBytes: 512 * mib, loaders: 1, readers: 1 });
  try {
    const all = [
      '0001-logs.sql',
      '0002-fields.sql',
      '0003-catalogue.sql',
      '0004-spans.sql',
      '0005-contents.sql',
      '0006-saved.sql',
      '0007-minute-counts.sql',
    ];
    expect(await migrate(engine)).toEqual(all);
    expect(await migrate(engine)).toEqual([]);
    // As a kill leaves it between a statement and the note that it ran.
    await engine.command('TRUNCATE TABLE migrations');
    expect(await migrate(engine)).toEqual(all);
    const columns = (await engine.select("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'logs'")).map(
      (row) => row.name,
    );
    expect(columns).toEqual(expect.arrayContaining(logFields.map((field) => logColumn(field.path))));
    await engine.command("INSERT INTO migrations (id, name) SELECT 9999, '9999-future.sql'");
    await expect(migrate(engine)).rejects.toMatchObject({ code: 'data_too_new', message: expect.stringContaining('9999-future.sql') });
  } finally {
    await engine.close();
  }
});

it('says what a query did wrong, and stops one that takes too long or is no longer wanted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshscope-store-'));
  const engine = await openEmbeddedEngine({ folder, memoryBytes: 512 * mib, loaders: 1, readers: 2 });
  try {
    await expect(engine.select('SELECT nope')).rejects.toMatchObject({ code: 'store_failed' });
    await expect(engine.select('SELECT sum(sipHash64(number)) FROM numbers(100000000000)', { timeoutMillis: 300 })).rejects.toMatchObject({
      code: 'query_too_expensive',
    });
    await expect(
      engine.select('SELECT groupArray(toString(number)) FROM numbers(100000000)', { memoryBytes: 50 * mib }),
    ).rejects.toMatchObject({ code: 'query_too_expensive' });
    const gone = new AbortController();
    const query = engine.select('SELECT sum(sipHash64(number)) FROM numbers(100000000000)', { signal: gone.signal });
    setTimeout(() => gone.abort(new Error('client left')), 100);
    await expect(query).rejects.toThrow('client left');
    expect(await engine.select('SELECT 18446744073709551615 AS big, 1 AS small')).toEqual([{ big: '18446744073709551615', small: 1 }]);
  } finally {
    await engine.close();
  }
});
