import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noContent } from '../../src/model/journal-line.ts';
import { RedisServer } from '../../src/sources/redis-streams/testing/redis-server.ts';
import { openEmbeddedEngine } from '../../src/store/engine/embedded.ts';
import { deleteOldVersions } from '../../src/store/logs/replace-statements.ts';
import { type Ledger, newLedger, postBulk, writeBulks, writeEntries, writeForward, writeKeyed } from '../harness/load-writers.ts';
import { type ServerProcess, startServer, temporaryData, untilNoneLeft } from '../harness/server-process.ts';

const kills = 30;
const keys = Array.from({ length: 5 }, (_, index) => `key-${index}`);
const stream = 'mesh:trace';

/** Segments are small and young, so that every kill finds some of them being written, sealed, loaded and deleted; requests are small, so that there are not hundreds. */
const flags = ['--journal.segmentMillis', '120', '--journal.segmentBytes', '64KiB'];

/** Kills the server in the midst of what is sent by every door; `redisToo`: after Redis, which then comes back. Failures of senders are what a kill looks like from outside; only what was acknowledged counts. */
async function load(server: ServerProcess, ledger: Ledger, redis: RedisServer, redisToo: boolean): Promise<void> {
  const abort = new AbortController();
  const ended = Promise.allSettled([
    writeBulks(server, ledger, 20, abort.signal),
    writeBulks(server, ledger, 3, abort.signal),
    writeForward(server, ledger, 10, abort.signal),
    writeForward(server, ledger, 2, abort.signal),
    writeKeyed(server, ledger, keys, abort.signal),
    writeEntries(redis, stream, abort.signal),
  ]);
  await sleep(30 + Math.random() * 300);
  if (redisToo) {
    await redis.kill();
    await sleep(Math.random() * 100);
    await redis.start();
    await sleep(Math.random() * 300);
  }
  await server.kill();
  abort.abort();
  await ended;
}

async function getJson<Answer>({ url }: ServerProcess, path: string): Promise<Answer> {
  const response = await fetch(`${url}${path}`);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text) as Answer;
}

const journalBytes = async (server: ServerProcess) => (await getJson<{ journal: { bytes: number } }>(server, '/api/status')).journal.bytes;

describe('kill -9', () => {
  it(`${kills} times under load by three doors loses nothing that was acknowledged and doubles nothing`, { timeout: 420_000 }, async () => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.remove());
    const options = {
      data: temporaryData(),
      env: { MCP_MESH_DISTRIBUTED_TRACING_ENABLED: 'true', REDIS_URL: `redis://127.0.0.1:${redis.port}`, TRACE_EXPORTER_TYPE: 'none' },
      // What a dead process was given is taken over soon.
      flags: [...flags, '--redis.reclaimMillis', '1s'],
    };
    const ledger = newLedger();
    for (let kill = 0; kill < kills; kill++) await load(await startServer(options), ledger, redis, kill % 3 === 0);

    const last = await startServer(options);
    const entries = (await redis.send('XRANGE', stream, '-', '+')) as [string, string[]][];
    const unread = async () => {
      const { consumer } = await getJson<{ consumer: { group_pending?: number; group_lag?: number } }>(last, '/trace/status');
      // Redis does not always know how many are left, and then says neither that there are none.
      return (consumer.group_pending ?? 1) + (consumer.group_lag ?? 1);
    };
    await untilNoneLeft(last, 'entries in Redis', unread);
    await untilNoneLeft(last, 'bytes in the journal', () => journalBytes(last));
    expect(await last.stop(), last.stderr()).toBe(0);
    expect(last.stdout()).not.toMatch(/damaged/);

    const engine = await openEmbeddedEngine({ folder: options.data, memoryBytes: 2 * 1024 ** 3, loaders: 1, readers: 1 });
    const rows = await engine.select(`SELECT request_id, count() AS copies FROM logs WHERE _index != 'keyed' GROUP BY request_id`);
    const keyed = await engine.select(`SELECT _id, metrics_count AS value, _version AS version FROM logs WHERE _index = 'keyed'`);
    const byMinute = (from: string, where: string, minute: string, total: string) =>
      engine.select(
        `SELECT _index, level, ${minute} AS at, toUInt64(${total}) AS n FROM ${from} WHERE ${where} GROUP BY _index, level, at ORDER BY ALL`,
      );
    const counted = await byMinute('minute_counts', '1', 'minute', 'sum(n)');
    const minute = 'toInt32(floor(toUnixTimestamp64Milli(timestamp) / 60000))';
    const inRows = await byMinute('logs', "_index != 'keyed'", minute, 'count()');
    const uncounted = await engine.select('SELECT DISTINCT _index FROM uncounted');
    const spans = await engine.select('SELECT origin, count() AS copies FROM spans GROUP BY origin');
    await engine.close();

    expect(counted).toEqual(inRows);
    expect(uncounted).toEqual([{ _index: 'keyed' }]);
    const stored = new Map(rows.map((row) => [String(row.request_id), Number(row.copies)]));
    const lost = [...ledger.acknowledged].filter((id) => !stored.has(id));
    const doubled = [...stored].filter(([, copies]) => copies > 1);
    const unknown = [...stored.keys()].filter((id) => !ledger.sent.has(id));
    process.stdout.write(
      `${kills} kills: ${ledger.sent.size} records sent, ${ledger.acknowledged.size} acknowledged, ${stored.size} stored, ${lost.length} lost, ${doubled.length} doubled\n`,
    );
    expect(ledger.acknowledged.size).toBeGreaterThan(1000);
    expect({ lost: lost.slice(0, 5), doubled: doubled.slice(0, 5), unknown: unknown.slice(0, 5) }).toEqual({
      lost: [],
      doubled: [],
      unknown: [],
    });

    const wrong = [...ledger.keyed].filter(([key, { acknowledged, sent }]) => {
      const found = keyed.filter((row) => row._id === key).map((row) => Number(row.value));
      return found.length !== 1 || (found[0] !== acknowledged && !sent.has(found[0] as number));
    });
    expect(wrong).toEqual([]);
    expect(keyed).toHaveLength(keys.length);

    const storedSpans = new Map(spans.map(({ origin, copies }) => [String(origin), Number(copies)]));
    const kept = entries.map(([id]) => `${stream} ${id}`);
    process.stdout.write(`${kept.length} entries kept by Redis, ${storedSpans.size} stored\n`);
    expect(kept.length).toBeGreaterThan(1000);
    expect(kept.filter((origin) => !storedSpans.has(origin))).toEqual([]);
    expect([...storedSpans].filter(([, copies]) => copies > 1)).toEqual([]);
  });

  it('in the middle of a replacement, whose segment is loaded afterwards, holds up no later deletion', async () => {
    const data = temporaryData();
    const write = (server: ServerProcess, value: number) =>
      postBulk(
        server.url,
        `{"index":{"_index":"keyed","_id":"a"}}\n{"metrics":{"count":${value}}}\n{"create":{"_index":"free"}}\n{"n":1}\n`,
      );
    const first = await startServer({ data, flags });
    await write(first, 1);
    expect(await first.stop(), first.stderr()).toBe(0);

    // What the process leaves that is killed then: the engine would go on by itself, but the file is gone.
    const engine = await openEmbeddedEngine({ folder: data, memoryBytes: 1024 ** 3, loaders: 1, readers: 1 });
    await engine.command('SYSTEM STOP MERGES logs');
    writeFileSync(`${data}/gone.tsv`, '+\tkeyed\t1:a\t0\t\t{}\n');
    const gone = { id: Number.MAX_SAFE_INTEGER, path: `${data}/gone.tsv`, bytes: 0, rows: 1, openedAt: 0, content: noContent };
    const [row] = await engine.select(`SELECT _partition_id AS partition FROM logs LIMIT 1`);
    await engine.command(deleteOldVersions([gone], String(row?.partition)).replaceAll('sync = 2', 'sync = 0'));
    await engine.close();
    rmSync(gone.path);

    const second = await startServer({ data, flags });
    const query = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":{"match_all":{}}}' };
    const answer = await fetch(`${second.url}/free/_delete_by_query`, query);
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ deleted: 1 })]);
    await write(second, 2);
    await untilNoneLeft(second, 'bytes in the journal', () => journalBytes(second));
    expect(await second.stop(), second.stderr()).toBe(0);
    expect(second.stderr()).not.toMatch(/waits in the journal/);
  });
});
