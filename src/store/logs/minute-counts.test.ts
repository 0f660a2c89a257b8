import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { automaticId, noContent, type SealedSegment } from '../../model/journal-line.ts';
import { openEmbeddedEngine } from '../engine/embedded.ts';
import { migrate } from '../migrate.ts';
import { applyRetention } from '../retention.ts';
import { loadInPieces } from './load-in-pieces.ts';
import { loadLogsStatement } from './load-statement.ts';
import { Loader } from './loader.ts';
import { createLogStore } from './log-store.ts';
import { minuteCounts } from './minute-counts.ts';
import { readUncounted } from './uncounted-days.ts';

describe('columns that an expression reads', () => {
  it.each([
    ["level = 'ERROR'", true],
    ["(agent_name = 'a' AND NOT (level IN ('x', 'y')))", true],
    ["_index = 'it\\'s msg' AND exception_type != ''", true],
    ["hasToken(lowerUTF8(level), 'msg')", true],
    [`${minuteCounts.minuteStart} * 2`, true],
    ["service_name LIKE 'a%'", true],
    ["msg = 'level'", false],
    ["level = 'ERROR' AND _segment <= 5", false],
    ['timestamp > 5', false],
    [minuteCounts.rowMillis, false],
    ['doc.level.:String', false],
    ['doc.minute', false],
    ['`level`', false],
    ['arrayExists(level -> level, x)', false],
    ["level = 'a' OR level_key = 'b'", false],
    ["level = '' /* ' */ AND msg = ' '", false],
    ['(SELECT level)', false],
    ['Level', false],
  ])('%s: %s', (sql, expected) => {
    expect(minuteCounts.covers(sql)).toBe(expected);
  });
});

const folder = mkdtempSync(join(tmpdir(), 'meshscope-counts-'));
const engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 2, readers: 1 });
await migrate(engine);
const store = createLogStore(engine);
afterAll(() => engine.close());

const indices = ['a', 'b', "it's"];
const dayMillis = 86_400_000;
const today = Date.UTC(2026, 10, 21, 12);

beforeEach(async () => {
  for (const table of ['logs', 'minute_counts', 'uncounted', 'dead_letters']) await engine.command(`TRUNCATE TABLE ${table}`);
});

type Line = Readonly<{ index: string; id?: string; level?: string; millis?: number; deleted?: boolean; flat?: string }>;

let lastId = 0;
let version = 0;

function segmentOf(lines: readonly Line[], openedAt = today): SealedSegment {
  const id = ++lastId;
  const path = join(folder, `${id}.tsv`);
  const text = lines.map(({ index, id: key, level = 'INFO', millis = today, deleted, flat = '' }, row) => {
    const document = JSON.stringify({ timestamp: new Date(millis).toISOString(), level, n: row });
    return [deleted ? '-' : '+', index, key === undefined ? '' : `${++version}:${key}`, row, flat, deleted ? '' : document].join('\t');
  });
  writeFileSync(path, `${text.join('\n')}\n`);
  const content = { ...noContent, documents: true, keyed: lines.some(({ id: key }) => key !== undefined) };
  return { id, path, bytes: 1, rows: lines.length, openedAt, content };
}

async function load(...segments: readonly SealedSegment[]): Promise<void> {
  const loader = new Loader({ engine, parallel: 2, backoffMillis: [5], onLoaded: () => undefined, onTrouble: () => undefined });
  for (const segment of segments) loader.add(segment);
  await loader.idle();
}

const grouped = async (from: string) =>
  (
    await engine.select(
      `SELECT _index, minute, level, sum(n) AS total FROM (${from}) GROUP BY _index, minute, level ORDER BY _index, minute, level`,
    )
  ).map((row) => [row._index, row.minute, row.level, Number(row.total)]);

const ofLogs = (where: string) =>
  `SELECT _index, toInt32(floor(toUnixTimestamp64Milli(timestamp) / 60000)) AS minute, level, 1 AS n FROM logs WHERE ${where}`;

/** What queries make of the counts, which must be what rows say. Returns the number of documents, and how many were counted ahead. */
async function check(): Promise<readonly [number, number]> {
  const days = (await engine.select(readUncounted(indices))).map(({ index, day }) => ({ index: String(index), day: String(day) }));
  const counted = `SELECT _index, minute, level, n FROM minute_counts WHERE ${minuteCounts.counted(days) || '1'}`;
  const rows = await grouped(ofLogs('1'));
  expect(await grouped(days.length === 0 ? counted : `${counted} UNION ALL ${ofLogs(minuteCounts.uncounted(days))}`)).toEqual(rows);
  const [ahead] = await engine.select(`SELECT sum(n) AS n FROM (${counted})`);
  return [rows.reduce((sum, [, , , n]) => sum + Number(n), 0), Number(ahead?.n)];
}

const many = (index: string, count: number, first = today): readonly Line[] =>
  Array.from({ length: count }, (_, n) => ({ index, level: n % 3 === 0 ? 'ERROR' : 'INFO', millis: first + n * 7_000 }));

describe('counts of minutes', () => {
  it('are of all documents with automatic ids, whatever their time', async () => {
    const odd = [-1, -60_000, -60_001, 0, 1, 59_999, Date.UTC(1905, 0, 1), Date.UTC(2250, 0, 1, 0, 0, 59, 999)];
    await load(segmentOf([...many('a', 50), ...many('b', 20), ...odd.map((millis) => ({ index: 'a', millis }))]));
    expect(await check()).toEqual([78, 78]);
  });

  const rowsIn = async (table: string) => Number((await engine.select(`SELECT count() AS n FROM ${table}`))[0]?.n);

  it('count a segment once that comes again', async () => {
    const segment = segmentOf(many('a', 100));
    for (let times = 0; times < 3; times++) {
      copyFileSync(segment.path, `${segment.path}.copy`);
      await load({ ...segment, path: `${segment.path}.copy` });
    }
    expect(await check()).toEqual([100, 100]);
  });

  it('count a segment once that a crash left in the table of logs only', async () => {
    const segment = segmentOf(many('a', 100));
    await engine.command('DETACH TABLE minutes_of_logs');
    await engine.load(loadLogsStatement(segment));
    await engine.command('ATTACH TABLE minutes_of_logs');
    expect([await rowsIn('logs'), await rowsIn('minute_counts')]).toEqual([100, 0]);
    await load(segment);
    expect(await check()).toEqual([100, 100]);
  });

  it('count a segment once that a crash left in the table of counts only', async () => {
    const segment = segmentOf(many('a', 100));
    await engine.load(loadLogsStatement(segment));
    // Forgets the token with the rows.
    await engine.command('TRUNCATE TABLE logs');
    expect([await rowsIn('logs'), await rowsIn('minute_counts')]).toEqual([0, 24]);
    await load(segment);
    expect(await check()).toEqual([100, 100]);
  });

  it('leave documents with explicit ids out, and their index on that day', async () => {
    await load(segmentOf([...many('a', 10), ...many('b', 10)]), segmentOf([{ index: 'b', id: 'x' }]));
    await load(
      segmentOf([{ index: 'b', id: 'x', level: 'WARN' }]),
      segmentOf([
        { index: 'b', id: 'x', deleted: true },
        { index: 'b', id: 'y' },
      ]),
    );
    expect(await check()).toEqual([21, 10]);
    await load(segmentOf(many('b', 5), today + dayMillis));
    expect(await check()).toEqual([26, 15]);
  });

  it('are not believed any more where one document was replaced or deleted by its id', async () => {
    const first = segmentOf([...many('a', 10), ...many('b', 10)], today - dayMillis);
    await load(first);
    await load(segmentOf([{ index: 'a', id: automaticId(first.id, 3), deleted: true }]));
    expect(await check()).toEqual([19, 10]);
    await load(segmentOf([{ index: 'b', id: automaticId(first.id, 13), level: 'WARN' }, ...many("it's", 3)]));
    expect(await check()).toEqual([22, 3]);
  });

  it('survive deletions by condition, of indices, and retention', async () => {
    for (const day of [0, 1, 2, 9])
      await load(
        segmentOf(
          indices.flatMap((index) => many(index, 20)),
          today - day * dayMillis,
        ),
      );
    expect(await store.deleteWhere("_index = 'a' AND level = 'ERROR' AND toDate(_ingested) = '2026-11-20'")).toBe(7);
    expect(await check()).toEqual([233, 220]);
    expect(await store.deleteWhere("_index = 'none' OR level = 'none'")).toBe(0);
    await store.deleteIndices(["it's"]);
    await load(segmentOf([{ index: "it's" }]));
    expect(await check()).toEqual([154, 140]);
    await applyRetention(engine, { days: 3, budgetBytes: 1e12, otherBytes: 0 }, new Date(today));
    expect(await check()).toEqual([114, 100]);
    await applyRetention(engine, { days: 3, budgetBytes: 1, otherBytes: 0 }, new Date(today));
    await check();
  });

  it('leave a day out of which documents had to go in in pieces', async () => {
    const segment = segmentOf([...many('a', 30), { index: 'a', flat: '{broken' }]);
    await loadInPieces(engine, segment);
    expect(await check()).toEqual([30, 0]);
  });

  it('are right after anything, in any order', async () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const loaded: SealedSegment[] = [];
    const line = (): Line => {
      const index = indices[random(3)] as string;
      const place = loaded[random(Math.max(1, loaded.length))];
      const id = [undefined, undefined, undefined, `k${random(5)}`, place && automaticId(place.id, random(5))][random(5)];
      return {
        index,
        ...(id ? { id, deleted: random(3) === 0 } : {}),
        level: ['INFO', 'ERROR'][random(2)] as string,
        millis: today - random(600_000),
      };
    };
    for (let step = 0; step < 12; step++) {
      const action = random(10);
      if (action === 0) await store.deleteIndices([indices[random(3)] as string]);
      else if (action === 1) await store.deleteWhere(`_index = 'a' AND _row % ${1 + random(3)} = 0`);
      else if (action === 2) await engine.command('OPTIMIZE TABLE minute_counts FINAL');
      else {
        const keyed = random(2) === 0;
        const lines = Array.from({ length: 1 + random(6) }, line);
        const segment = segmentOf(
          keyed ? lines : lines.map(({ index, level, millis }) => ({ index, level, millis }) as Line),
          today + random(20) * dayMillis,
        );
        loaded.push(segment);
        await load(segment);
      }
      await check();
    }
    expect((await check())[1]).toBeGreaterThan(0);
  });
});
