import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedEngine } from '../../store/engine/embedded.ts';
import type { Engine } from '../../store/engine/engine.ts';
import { migrate } from '../../store/migrate.ts';
import { createRunSql, type RunSql } from './run-sql.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-run-sql-'));
let engine: Engine;
let run: RunSql;
const options = { maxRows: 10, signal: undefined };

beforeAll(async () => {
  engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 1, readers: 3 });
  await migrate(engine);
  await engine.command(
    "INSERT INTO metrics (name, service, type, time, value) SELECT concat('m', toString(number % 10)), 'files', 'gauge', now(), number FROM numbers(600000)",
  );
  run = createRunSql(engine, { timeoutMillis: 2000, memoryBytes: 128 * 1024 ** 2, maxRows: 2_000_000 });
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const doubling = (times: number, first: string, again: (name: string) => string) =>
  `SELECT length(toString(a${times})) FROM (SELECT ${first} AS a0, ${Array.from({ length: times }, (_, at) => `${again(`a${at}`)} AS a${at + 1}`).join(', ')} FROM metrics)`;

describe('a statement that takes too much', () => {
  it.each([
    ['rows against rows', 'SELECT count() FROM metrics a JOIN metrics b ON a.value != b.value'],
    ['rows against rows of one key', 'SELECT count() FROM metrics a JOIN metrics b USING (service) JOIN metrics c USING (service)'],
    ['a result of many bytes', 'SELECT groupArray(concat(name, service, name, service, name, service, toString(value))) FROM metrics'],
    [
      'groups of everything',
      'SELECT value, groupArray(b) FROM (SELECT value, service b FROM metrics UNION ALL SELECT value + 0.5, name FROM metrics UNION ALL SELECT value + 0.25, name FROM metrics UNION ALL SELECT value + 0.2, name FROM metrics) GROUP BY value',
    ],
    [
      'arrays in arrays',
      'SELECT sum(arrayCount(x -> arrayExists(y -> y > x + 1000000, g), g)) FROM (SELECT groupArray(value) AS g FROM metrics)',
    ],
    ['texts that grow', `SELECT length(${'replaceAll('.repeat(8)}groupConcat(name)${", 'm', 'mmmmmmmmmmmmmmmm')".repeat(8)}) FROM metrics`],
    ['aliases of aliases', doubling(30, 'value', (name) => `${name} + ${name}`)],
    ['texts of texts', doubling(40, "'xxxxxxxxxxxxxxxx'", (name) => `concat(${name}, ${name})`)],
    [
      'rows of one array',
      'SELECT count() FROM (SELECT arrayJoin(g) AS x, arrayJoin(g) + 1 AS y, arrayJoin(h) AS z FROM (SELECT groupArray(value) AS g, groupArray(name) AS h FROM metrics))',
    ],
    ['rows that are read', Array.from({ length: 5 }, () => 'SELECT sum(value) FROM metrics').join(' UNION ALL ')],
  ])('is stopped: %s', async (_name, statement) => {
    await expect(run(statement, options)).rejects.toMatchObject({ code: expect.stringMatching(/^(?:query_too_expensive|bad_request)$/) });
    expect((await run('SELECT count() FROM metrics', options)).rows).toEqual([['600000']]);
  });

  it('is stopped when its caller goes away, and makes room', async () => {
    const slow = createRunSql(engine, {});
    const abort = new AbortController();
    const statement = 'SELECT count() FROM metrics a JOIN metrics b ON a.value != b.value';
    // Either may be stopped first, and none may be without somebody who waits for it.
    const stopped = Promise.allSettled([1, 2].map(() => slow(statement, { maxRows: 1, signal: abort.signal })));
    await expect(slow('SELECT 1', options)).rejects.toMatchObject({ code: 'too_busy' });
    setTimeout(() => abort.abort(), 300);
    const aborted = { status: 'rejected', reason: expect.objectContaining({ name: 'AbortError' }) };
    expect(await stopped).toEqual([aborted, aborted]);
    expect((await slow('SELECT 1', options)).rows).toEqual([[1]]);
  });

  it('leaves the settings of others alone', async () => {
    await run('SELECT 1', options);
    for (let at = 0; at < 4; at++) expect(await engine.select("SELECT getSetting('readonly') AS r")).toEqual([{ r: 0 }]);
  });
});
