import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import { automaticId, noContent, type SealedSegment } from '../../model/journal-line.ts';
import { openEmbeddedEngine } from '../engine/embedded.ts';
import type { Engine } from '../engine/engine.ts';
import { migrate } from '../migrate.ts';
import { loadInPieces } from './load-in-pieces.ts';
import { Loader, type LoaderOptions } from './loader.ts';
import { deleteOldVersions } from './replace-statements.ts';
import { seenSegments } from './seen-segments.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-loader-'));
const engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 2, readers: 1 });
await migrate(engine);
afterAll(() => engine.close());
beforeEach(async () => {
  await engine.command('TRUNCATE TABLE logs');
  await engine.command('TRUNCATE TABLE dead_letters');
});

let lastId = 1_000_000;

type Line = readonly [kind: string, index: string, id: string, flat: string, document: string];
const document = (text: string, id = '', flat = ''): Line => ['+', 'i', id, flat, text];
const deletion = (id: string): Line => ['-', 'i', id, '', ''];

function segmentOf(lines: readonly Line[]): SealedSegment {
  const id = ++lastId;
  const path = join(folder, `${id}.tsv`);
  const text = lines.map(([kind, index, key, flat, line], row) => [kind, index, key, row, flat, line].join('\t'));
  writeFileSync(path, `${text.join('\n')}\n`);
  const content = {
    ...noContent,
    documents: true,
    keyed: lines.some(([, , key]) => key !== ''),
    deadLetters: lines.some(([kind]) => kind === '!'),
  };
  return { id, path, bytes: 1, rows: lines.length, openedAt: Date.now(), content };
}

function loaderOf(options: Partial<LoaderOptions> = {}) {
  const loaded: number[] = [];
  const trouble: string[] = [];
  const loader = new Loader({
    engine,
    parallel: 2,
    backoffMillis: [5],
    onLoaded: ({ id }) => loaded.push(id),
    onTrouble: (line) => trouble.push(line),
    ...options,
  });
  return { loader, loaded, trouble };
}

const stored = async () =>
  (await engine.select('SELECT _id AS id, raw AS doc FROM logs ORDER BY _segment, _row')).map(({ id, doc }) => [id, doc]);

/** An engine whose loads are held up or refused first. */
const engineWith = (load: (sql: string, attempt: number) => Promise<void>): Engine => {
  let attempt = 0;
  return {
    select: (...args) => engine.select(...args),
    selectColumns: (...args) => engine.selectColumns(...args),
    command: (sql) => engine.command(sql),
    close: () => engine.close(),
    load: async (sql) => {
      await load(sql, attempt++);
      await engine.load(sql);
    },
  };
};

describe('Loader', () => {
  it('keeps the newest of each explicit id, in whatever order segments get into the table', async () => {
    const segments = [
      segmentOf([document('{"n":1}', '1:a'), document('{"n":1}', '1:b'), document('{"n":1}', '1:c'), document('{"free":1}')]),
      segmentOf([document('{"n":2}', '2:a'), deletion('2:b'), document('{"n":3}', '3:a')]),
      segmentOf([document('{"n":4}', '3:b'), deletion('2:c')]),
      segmentOf([document('{"free":2}')]),
    ];
    // The first gets in when the last, which has no explicit ids and so waits for nobody, is done.
    const done: number[] = [];
    const slow = engineWith(async (sql) => {
      while (sql.includes(`logs-${segments[0]?.id}'`) && !done.includes(segments[3]?.id ?? 0))
        await new Promise((resolve) => setTimeout(resolve, 5));
    });
    const { loader } = loaderOf({ engine: slow, parallel: 4, onLoaded: ({ id }) => done.push(id) });
    for (const segment of segments) loader.add(segment);
    expect(loader.firstWaiting).toBe(segments[0]?.id);
    await loader.idle();
    expect(await stored()).toEqual([
      ['', '{"free":1}'],
      ['a', '{"n":3}'],
      ['b', '{"n":4}'],
      ['', '{"free":2}'],
    ]);
    expect([...done].sort((a, b) => a - b)).toEqual(segments.map(({ id }) => id));
    expect(segments.filter(({ path }) => existsSync(path))).toEqual([]);
    expect(loader.waiting).toBe(0);
  });

  it('replaces a row with an automatic id, of its own index only', async () => {
    const first = segmentOf([document('{"n":1}'), document('{"n":2}'), document('{"n":3}')]);
    const [own, other, gone] = [0, 1, 2].map((row) => automaticId(first.id, row));
    const second = segmentOf([document('{"n":9}', `2:${own}`), ['+', 'elsewhere', `1:${other}`, '', '{"n":8}'], deletion(`2:${gone}`)]);
    const { loader } = loaderOf();
    loader.add(first);
    loader.add(second);
    await loader.idle();
    expect(await stored()).toEqual([
      ['', '{"n":2}'],
      [own, '{"n":9}'],
      [other, '{"n":8}'],
    ]);
  });

  it('stores a segment once that a crash left behind after the insert', async () => {
    const segment = segmentOf([
      document('{"n":1}', '1:a'),
      document('{"n":2}', '2:a'),
      document('{"n":3}'),
      ['!', 'i', 'source', 'reason', 'eA=='],
    ]);
    for (const times of [1, 2, 3]) {
      const { loader } = loaderOf();
      const copy = { ...segment, path: `${segment.path}.${times}` };
      writeFileSync(copy.path, '+\ti\t1:a\t0\t\t{"n":1}\n+\ti\t2:a\t1\t\t{"n":2}\n+\ti\t\t2\t\t{"n":3}\n!\ti\tsource\t3\treason\teA==\n');
      loader.add(copy);
      await loader.idle();
    }
    expect(await stored()).toEqual([
      ['a', '{"n":2}'],
      ['', '{"n":3}'],
    ]);
    expect(await engine.select('SELECT payload, reason FROM dead_letters')).toEqual([{ payload: 'x', reason: 'reason' }]);
  });

  /** The engine holds mutations back, so that one is left which was begun and whose segment is gone. */
  async function leaveReplacement(segment: SealedSegment): Promise<void> {
    await engine.command('SYSTEM STOP MERGES logs');
    const [row] = await engine.select('SELECT DISTINCT _partition_id AS partition FROM logs');
    await engine.command(deleteOldVersions([segment], String(row?.partition)).replaceAll('sync = 2', 'sync = 0'));
  }
  const unfinished = () => engine.select(`SELECT command FROM system.mutations WHERE table = 'logs' AND NOT is_done`);

  it('goes on where a kill has left a replacement whose segment was loaded since', async () => {
    const { loader } = loaderOf();
    loader.add(segmentOf([document('{"n":1}', '1:a'), document('{"n":2}')]));
    await loader.idle();
    const gone = segmentOf([document('{"n":3}', '2:a')]);
    await leaveReplacement(gone);
    rmSync(gone.path);
    expect(await unfinished()).toHaveLength(1);
    await engine.command('SYSTEM START MERGES logs');
    const next = loaderOf();
    next.loader.add(segmentOf([document('{"n":4}', '2:a')]));
    await next.loader.idle();
    expect(await stored()).toEqual([
      ['', '{"n":2}'],
      ['a', '{"n":4}'],
    ]);
    expect([await unfinished(), next.trouble]).toEqual([[], []]);
  });

  it('leaves no replacement behind that an error interrupted', async () => {
    const { loader } = loaderOf();
    loader.add(segmentOf([document('{"n":1}', '1:a')]));
    await loader.idle();
    let failed = false;
    const segment = segmentOf([document('{"n":2}', '2:a')]);
    // Where the file is there still, the engine may or may not be done before it is not.
    const gone = segmentOf([document('{"n":3}', '3:a')]);
    const failing: Engine = {
      ...engineWith(async () => undefined),
      command: async (sql) => {
        if (failed || !sql.startsWith('DELETE')) return engine.command(sql);
        failed = true;
        await leaveReplacement(gone);
        rmSync(gone.path);
        await engine.command('SYSTEM START MERGES logs');
        throw new AppError('store_failed', 'interrupted');
      },
    };
    const next = loaderOf({ engine: failing });
    next.loader.add(segment);
    await next.loader.idle();
    expect(failed).toBe(true);
    expect(await stored()).toEqual([['a', '{"n":2}']]);
    expect(await unfinished()).toEqual([]);
  });

  it('tells what a snapshot sees: all that is in the store, and nothing that comes later', async () => {
    let goOn: () => void = () => undefined;
    let refuse = true;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const [late, keyed, refused] = [segmentOf([document('{"n":1}')]), segmentOf([document('{"n":2}', '1:a')]), segmentOf([document('{}')])];
    const uneven = engineWith(async (sql) => {
      if (sql.includes(late.path)) await held;
      if (sql.includes(refused.path) && refuse) throw new AppError('store_failed', 'full');
    });
    const { loader, loaded } = loaderOf({ engine: uneven });
    expect(loader.handedOver).toEqual({ waiting: [], newest: undefined });
    for (const segment of [late, keyed, refused]) loader.add(segment);
    await vi.waitFor(async () => expect(await stored()).toHaveLength(1));
    // It is in the store, and waits for the older one before what it replaces is removed.
    expect(loaded).toEqual([]);
    expect(await seenSegments(engine, loader.handedOver)).toEqual({ last: keyed.id, missing: [late.id] });
    goOn();
    await vi.waitFor(() => expect(loaded).toEqual([late.id, keyed.id]));
    expect(await seenSegments(engine, loader.handedOver)).toEqual({ last: keyed.id, missing: [] });
    refuse = false;
    await loader.idle();
    expect(await seenSegments(engine, loader.handedOver)).toEqual({ last: refused.id, missing: [] });
  });

  it.each([
    ['twice as long as a few rows took', 1, 50, 100],
    ['not too long', 1, 5000, 300],
    ['not at all after many rows', 1000, 50, 0],
  ])('rests %s', async (_, rows, tookMillis, restMillis) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const slow = engineWith(async () => {
        vi.advanceTimersByTime(tookMillis);
      });
      const { loader } = loaderOf({ engine: slow });
      expect(loader.isResting).toBe(false);
      loader.add(segmentOf(Array.from({ length: rows }, () => document('{"n":1}'))));
      await loader.idle();
      vi.advanceTimersByTime(Math.max(restMillis - 1, 0));
      expect(loader.isResting).toBe(restMillis > 0);
      vi.advanceTimersByTime(1);
      expect(loader.isResting).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it('tries again while the store refuses, says so once, and says when it is over', async () => {
    const full = engineWith(async (_, attempt) => {
      if (attempt < 20) throw new AppError('disk_full', 'the disk of the store is full');
    });
    const { loader, loaded, trouble } = loaderOf({ engine: full });
    for (let count = 0; count < 5; count++) loader.add(segmentOf([document('{"n":1}')]));
    await loader.idle();
    expect(loaded).toHaveLength(5);
    expect(await stored()).toHaveLength(5);
    expect(trouble).toEqual([expect.stringMatching(/waits in the journal .* full$/), expect.stringMatching(/takes segments again/)]);
  });

  it('leaves segments where they are when it is stopped', async () => {
    const { loader, loaded } = loaderOf({ engine: engineWith(() => Promise.reject(new AppError('disk_full', 'full'))) });
    const segment = segmentOf([document('{"n":1}', '1:a')]);
    loader.add(segment);
    setTimeout(() => loader.stop(), 50);
    await loader.idle();
    expect(loaded).toEqual([]);
    expect(existsSync(segment.path)).toBe(true);
  });

  it('loads documents that the engine cannot read by their flattened form', async () => {
    // As if the scan had not found out that this is a hard one.
    const hard = `{"a":${'['.repeat(1100)}1${']'.repeat(1100)}}`;
    const { loader, trouble } = loaderOf();
    loader.add(segmentOf([document('{"n":1}'), document(hard), document('{"n":2}')]));
    await loader.idle();
    expect(await engine.select('SELECT raw FROM logs ORDER BY _row')).toEqual([{ raw: '{"n":1}' }, { raw: hard }, { raw: '{"n":2}' }]);
    expect(trouble).toEqual([expect.stringMatching(/flattened form/)]);
  });

  it('makes dead letters of what cannot be read in any form, and of nothing else', async () => {
    const lines = Array.from({ length: 1010 }, (_, n) => document(`{"n":${n}}`, n % 2 === 0 ? `1:k${n}` : ''));
    lines[7] = document('{"n":7}', '', '{broken');
    lines[1004] = document('{"n":1004}', '1:k1004', '{"a":');
    const { loader, trouble } = loaderOf();
    const segment = segmentOf(lines);
    loader.add(segment);
    await loader.idle();
    expect(await engine.select('SELECT count() AS rows, uniq(_row) AS distinct FROM logs')).toEqual([{ rows: '1008', distinct: '1008' }]);
    expect(await engine.select('SELECT source, target, payload FROM dead_letters ORDER BY id')).toEqual([
      { source: 'store', target: 'i', payload: '{"n":7}' },
      { source: 'store', target: 'i', payload: '{"n":1004}' },
    ]);
    expect(trouble).toEqual([expect.stringMatching(/2 of its 1010 records are now dead letters/)]);
    expect(readdirSync(folder).filter((name) => name.startsWith(String(segment.id)))).toEqual([]);
  });

  it('goes on with pieces where a crash stopped it', async () => {
    const lines = Array.from({ length: 1010 }, (_, n) => document(`{"n":${n}}`));
    lines[3] = document('{"n":3}', '', '{broken');
    const segment = segmentOf(lines);
    const dying = engineWith(async (_, attempt) => {
      if (attempt > 8) throw new AppError('store_failed', 'killed');
    });
    await expect(loadInPieces(dying, segment)).rejects.toThrow('killed');
    const { loader } = loaderOf();
    loader.add(segment);
    await loader.idle();
    expect(await engine.select('SELECT count() AS rows, uniq(_row) AS distinct FROM logs')).toEqual([{ rows: '1009', distinct: '1009' }]);
    expect(await engine.select('SELECT count() AS letters FROM dead_letters')).toEqual([{ letters: '1' }]);
  });

  it('stores a segment of more rows than a block as one part', async () => {
    const id = ++lastId;
    const path = join(folder, `${id}.tsv`);
    const rows = 1_060_000;
    writeFileSync(path, Array.from({ length: rows }, (_, row) => `+\ti\t\t${row}\t=\t{}\n`).join(''));
    const { loader } = loaderOf();
    loader.add({ id, path, bytes: 1, rows, openedAt: Date.now(), content: { ...noContent, documents: true } });
    await loader.idle();
    expect(await engine.select(`SELECT count() AS rows, uniq(_part) AS parts FROM logs`)).toEqual([{ rows: String(rows), parts: '1' }]);
    expect(await engine.select(`SELECT max(level) AS level FROM system.parts WHERE table = 'logs' AND active AND rows > 0`)).toEqual([
      { level: 0 },
    ]);
  });
});
