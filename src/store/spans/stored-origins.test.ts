import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noContent } from '../../model/journal-line.ts';
import { spanLine } from '../../model/signal-lines.ts';
import { unknownSpan } from '../../model/span.ts';
import { openEmbeddedEngine } from '../engine/embedded.ts';
import type { Engine } from '../engine/engine.ts';
import { migrate } from '../migrate.ts';
import { loadSpansStatement } from './load-spans-statement.ts';
import { createStoredOrigins } from './stored-origins.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-origins-'));
const now = 1_763_700_000_000;
let engine: Engine;

beforeAll(async () => {
  engine = await openEmbeddedEngine({ folder, memoryBytes: 512 * 1024 ** 2, loaders: 1, readers: 1 });
  await migrate(engine);
  const origins = [`mesh:trace ${now - 1000}-0`, `mesh:trace ${now - 1000}-1`, 'mesh:trace 5-1', "it's \\ 7-1", ''];
  const path = join(folder, 'segment.tsv');
  writeFileSync(
    path,
    origins
      .map((origin, row) => spanLine({ ...unknownSpan, record: 'span', traceId: 't', spanId: `${row}`, origin }, row + 1, 'redis'))
      .join(''),
  );
  await engine.load(
    loadSpansStatement({ id: 1, path, bytes: 1, rows: origins.length, openedAt: now, content: { ...noContent, spans: true } }),
  );
  const payload = JSON.stringify({ origin: `mesh:trace ${now}-7`, fields: {} }).replaceAll('\\', '\\\\');
  await engine.command(
    `INSERT INTO dead_letters (id, received, source, target, reason, payload) VALUES ('1', fromUnixTimestamp64Milli(${now}, 'UTC'), 'redis', 'spans', 'r', '${payload}'),
     ('2', fromUnixTimestamp64Milli(${now}, 'UTC'), 'redis', 'spans', 'r', 'no json'), ('3', fromUnixTimestamp64Milli(${now}, 'UTC'), 'other', 'spans', 'r', '{"origin":"mesh:trace 8-8"}')`,
  );
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('createStoredOrigins', () => {
  let refreshed = 0;
  const storedOrigins = () =>
    createStoredOrigins(engine, async () => {
      refreshed++;
    });

  it.each([
    ['spans', [`mesh:trace ${now - 1000}-0`, `mesh:trace ${now - 1000}-2`], [`mesh:trace ${now - 1000}-0`]],
    ['dead letters', [`mesh:trace ${now}-7`, 'mesh:trace 8-8'], [`mesh:trace ${now}-7`]],
    ['ids that are no times', ['mesh:trace 5-1', `mesh:trace ${now - 1000}-1`], ['mesh:trace 5-1', `mesh:trace ${now - 1000}-1`]],
    ['a clock that is a day ahead', ["it's \\ 7-1", `mesh:trace ${now + 86_400_000}-1`], ["it's \\ 7-1"]],
    ['other streams', [`other ${now - 1000}-0`], []],
  ])('finds %s', async (_, asked, found) => {
    const before = refreshed;
    expect([...(await storedOrigins()(asked))].sort()).toEqual([...found].sort());
    expect(refreshed).toBe(before + 1);
  });

  it('asks nothing about nothing', async () => {
    const before = refreshed;
    expect(await storedOrigins()([])).toEqual(new Set());
    expect(refreshed).toBe(before);
  });
});
