import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedEngine } from '../../store/engine/embedded.ts';
import type { Engine } from '../../store/engine/engine.ts';
import { migrate } from '../../store/migrate.ts';
import { compileSql } from './compile-sql.ts';
import { createRunSql, type RunSql } from './run-sql.ts';
import { sqlFunctionNames } from './sql-functions.ts';
import { sqlViews } from './sql-views.ts';
import { hostileStatements } from './testing/hostile-statements.ts';
import { usefulStatements } from './testing/useful-statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-sql-'));
const secret = join(folder, 'secret.csv');
let engine: Engine;
let run: RunSql;

beforeAll(async () => {
  writeFileSync(secret, 'planted,secret\n');
  engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 1, readers: 3 });
  await migrate(engine);
  const at = (second: number) => `toDateTime64('2026-11-21 07:00:0${second}', 9, 'UTC')`;
  await engine.command(`INSERT INTO logs (_index, timestamp, level, msg, agent_name, trace_trace_id, request_duration_ms, request_params, doc)
    SELECT * FROM values('_index String, timestamp DateTime64(9, \\'UTC\\'), level String, msg String, agent_name String, trace_trace_id String,
      request_duration_ms Nullable(Float64), request_params String, doc String',
    ('mcp-calls', ${at(1)}, 'INFO', 'read ok', 'files', 't1', 12.5, '{"path":"/a"}', '{"tool":"read","mcp":{"session":"s1"}}'),
    ('mcp-calls', ${at(2)}, 'ERROR', 'it\\'s failed', 'files', 't2', 100, '', '{"tool":"write"}'),
    ('agents', ${at(3)}, 'ERROR', 'timeout of 30 s', 'planner', 't2', NULL, '', '{}'))`);
  await engine.command(`INSERT INTO spans (slot, trace_hash, trace_id, span_id, parent_id, record, name, kind, start, end, duration_ns, timing, status, service, attributes)
    SELECT toDateTime(start), cityHash64(trace_id), * FROM (SELECT 't2' AS trace_id, 'a' AS span_id, '' AS parent_id, 'span' AS record, 'tools/call write' AS name,
      'server' AS kind, ${at(1)} AS start, ${at(3)} AS end, 2000000000 AS duration_ns, 7 AS timing, 'error' AS status, 'files' AS service,
      map('mcp.method.name', '"tools/call"', 'quoted', '"a\\\\"b"', 'n', '3') AS attributes)`);
  await engine.command(`INSERT INTO metrics (name, service, type, time, value) VALUES ('load', 'files', 'gauge', ${at(1)}, 0.5)`);
  run = createRunSql(engine, {});
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const rowsOf = async (statement: string) => (await run(statement, { maxRows: 100, signal: undefined })).rows;

describe('a statement', () => {
  it.each(usefulStatements)('%s', async (statement, expected) => {
    const answer = rowsOf(statement);
    if (expected === 'bad_request') await expect(answer).rejects.toMatchObject({ code: 'bad_request' });
    else expect(await answer).toEqual(expected);
  });

  it('is answered with at most so many rows, and says so', async () => {
    expect(await run('SELECT msg, timestamp FROM logs ORDER BY timestamp', { maxRows: 2, signal: undefined })).toEqual({
      columns: ['msg', 'timestamp'],
      rows: [
        ['read ok', '2026-11-21 07:00:01.000000000'],
        ["it's failed", '2026-11-21 07:00:02.000000000'],
      ],
      truncated: true,
    });
    expect((await run('SELECT msg FROM logs LIMIT 2', { maxRows: 2, signal: undefined })).truncated).toBe(false);
  });

  it.each(sqlViews.map(({ name }) => name))('reads all columns of %s by the types that are documented', async (name) => {
    const view = sqlViews.find((one) => one.name === name);
    const [types] = await rowsOf(`SELECT * FROM ${name} LIMIT 1`);
    expect(types).toHaveLength(view?.columns.length ?? 0);
    const columns = view?.columns ?? [];
    const [found] = await engine.select(
      `SELECT ${columns.map((one) => `toTypeName(\`${one.name}\`) AS \`${one.name}\``).join(', ')} FROM (${compileSql(`SELECT * FROM ${name}`)}) LIMIT 1`,
    );
    const plain = Object.entries(found ?? {}).map(([own, type]) => [own, String(type).replaceAll(/LowCardinality\((\w+)\)/g, '$1')]);
    expect(plain).toEqual(columns.map((one) => [one.name, one.type]));
  });

  it('may call only functions that the engine has', async () => {
    const known = await engine.select('SELECT name, alias_to FROM system.functions');
    const names = new Set(known.map(({ name }) => String(name).toLowerCase()));
    expect(sqlFunctionNames.filter((name) => !names.has(name.toLowerCase().replace(/if$/, '')) && !names.has(name.toLowerCase()))).toEqual(
      [],
    );
  });
});

/** Everything that the engine says it would read or call, once names are resolved. */
async function resolved(compiled: string) {
  const lines = await engine.select(`SELECT * FROM (EXPLAIN QUERY TREE ${compiled})`).catch(() => undefined);
  const text = (lines ?? []).map(({ explain }) => String(explain)).join('\n');
  const all = (pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name]) => String(name).toLowerCase()));
  return { tables: all(/ table_name: ([^,\n]+)/g), functions: all(/ function_name: ([^,\n]+)/g), isRun: lines !== undefined };
}

/** Functions that operators and our own views stand for. */
const ownFunctions = `and or not equals notEquals less greater lessOrEquals greaterOrEquals in notIn like notLike ilike notILike plus minus multiply divide modulo negate
  isNull isNotNull concat tuple array _CAST CAST arrayElement caseWithExpression multiIf if toIntervalSecond toIntervalMinute toIntervalHour mapApply bitTest
  toJSONString ifNull toString toUInt64 getSubcolumn tupleElement nothing nothingUInt64 nothingNull`;

describe('a hostile statement', () => {
  const allowed = new Set([...sqlFunctionNames, ...ownFunctions.split(/\s+/)].map((name) => name.toLowerCase()));

  it('cannot name a function where a value is expected', async () => {
    const taken: string[] = [];
    for (const name of sqlFunctionNames.filter((one) => !one.endsWith('If'))) {
      for (const values of [
        '`length`',
        "`length`, ['a']",
        "['a'], `length`",
        "`length`, ['a'], ['b']",
        "['a'], ['b'], `length`",
        "`length`, map('a', 'b')",
        "'a', `length`",
      ]) {
        const call = `${name}(${values})`;
        const found = await engine.select(`SELECT ${call}`).catch((error: Error) => error.message);
        // The engine looks for a function only where it would take a lambda.
        if (typeof found !== 'string' || /__function_ref|lambda/i.test(found)) taken.push(call);
      }
    }
    const refused = taken.filter((call) => {
      try {
        compileSql(`SELECT ${call.replaceAll('`length`', 'length')} FROM (SELECT 1 AS length)`);
        return false;
      } catch {
        return true;
      }
    });
    expect(taken.length).toBeGreaterThan(5);
    expect(taken.filter((call) => !refused.includes(call))).toEqual([]);
  });

  it('that is taken, whatever it was made of, reads the four tables and calls the known functions', { timeout: 120_000 }, async () => {
    const pieces = [...usefulStatements.map(([one]) => one), ...hostileStatements.filter((one) => one.length < 300)].flatMap(
      (one) => one.replaceAll('SECRET', secret).match(/'[^']*'|`[^`]*`|\w+|[^\s\w]/g) ?? [],
    );
    const parts = [...new Set(pieces)];
    const templates = usefulStatements.map(([one]) => one.match(/'[^']*'|`[^`]*`|\w+|[^\s\w]/g) ?? []);
    const caught = await resolved('SELECT arrayMap(file, [content]) FROM meshscope.contents');
    expect([caught.functions.has('file'), caught.tables.has('meshscope.contents')]).toEqual([true, true]);
    // A SELECT without FROM reads `system.one`.
    let taken = 0;
    const statements = fc.sample(
      fc
        .tuple(
          fc.constantFrom(...templates),
          fc.array(fc.tuple(fc.nat(60), fc.nat(2), fc.constantFrom(...parts)), { minLength: 1, maxLength: 3 }),
        )
        .map(([tokens, changes]) => {
          const mixed = [...tokens];
          for (const [at, removed, part] of changes) mixed.splice(at % (mixed.length + 1), removed, part);
          return mixed.join(' ');
        }),
      { numRuns: 6000, seed: 20261121 },
    );
    for (const statement of new Set(statements)) {
      let compiled: string;
      try {
        compiled = compileSql(statement);
      } catch {
        continue;
      }
      const { tables, functions, isRun } = await resolved(compiled);
      if (isRun) taken++;
      const wrong = [
        ...[...tables].filter((name) => !/^meshscope\.(?:logs|spans|traces|metrics)$|^system\.one$/.test(name)),
        ...[...functions].filter((name) => !allowed.has(name)),
      ];
      expect(wrong, statement).toEqual([]);
    }
    expect(taken).toBeGreaterThan(100);
  });

  it('is refused before the engine sees it', async () => {
    const asked: string[] = [];
    const watched: Pick<Engine, 'select'> = {
      select: async (sql) => {
        asked.push(sql);
        return [];
      },
    };
    const refuse = createRunSql(watched, {});
    for (const one of hostileStatements) {
      const statement = one.replaceAll('SECRET', secret);
      const answered = await refuse(statement, { maxRows: 1, signal: undefined }).catch((error: unknown) => error);
      expect(['bad_request', 'too_large'], statement.slice(0, 200)).toContain((answered as { code?: string }).code ?? 'none');
    }
    expect([asked, hostileStatements.length > 60]).toEqual([[], true]);
  });
});
