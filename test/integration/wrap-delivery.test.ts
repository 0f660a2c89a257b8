import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedEngine } from '../../src/store/engine/embedded.ts';
import {
  type FakeCollector,
  fakeCollector,
  hasSpooled,
  lostRecords,
  nowhere,
  spooled,
  talk,
  temporaryFolder,
  wrapArgs,
} from '../harness/mcp-process.ts';
import { eventually, type ServerProcess, startServer } from '../harness/server-process.ts';
import { mountSmallDisk } from '../harness/small-disk.ts';

const node = process.execPath;

/** Answers each request with its own arguments, and starts in a hundredth of the time that a program of Node takes. */
const echo = [
  'sed',
  '-uE',
  's/,"method":"[^"]*"\\}$/,"result":{}}/;t;s/,"method":"[^"]*","params":/,"result":{"content":[],"structuredContent":/;s/\\}$/}}/',
];

/** The same for long ones, which sed reads byte by byte. */
const echoOfLong = [
  node,
  '-e',
  "require('readline').createInterface({input:process.stdin}).on('line',l=>{const m=JSON.parse(l);console.log(JSON.stringify({jsonrpc:'2.0',id:m.id,result:{content:[{type:'text',text:JSON.stringify(m.params)}]}}))})",
];

/** A call that waits for a collector which never answers takes 5 s at least; one that does not may take a while on a busy machine. */
const notWaitingMillis = 4000;

/** Makes so many calls of a tool, named one after the other, and ends. Resolves to the time of the slowest in milliseconds. */
async function session(url: string, spool: string, prefix: string, calls = 5, padding = ''): Promise<number> {
  const client = talk(node, wrapArgs(padding === '' ? echo : echoOfLong, { url, spool }));
  let slowest = 0;
  for (let id = 0; id < calls; id++) {
    const started = performance.now();
    await client.ask({ id, method: 'tools/call', params: { name: `${prefix}${id}`, arguments: { padding } } });
    if (id > 0) slowest = Math.max(slowest, performance.now() - started);
  }
  client.child.stdin?.end();
  expect((await client.closed).code).toBe(0);
  return slowest;
}

const names = (prefix: string, calls = 5) => Array.from({ length: calls }, (_, id) => `${prefix}${id}`);
const toolsOf = (logs: readonly Record<string, unknown>[]) => logs.flatMap(({ tool }) => (typeof tool === 'string' ? [tool] : []));
const spanNames = (spans: readonly Record<string, unknown>[]) => spans.map(({ name }) => String(name).replace('tools/call ', ''));

/** Keeps a recorder running so long that it delivers what others left. */
async function laterRecorder(url: string, spool: string, until: () => boolean | Promise<boolean>): Promise<void> {
  const client = talk(node, wrapArgs(echo, { url, spool }));
  await eventually('delivery of what others left', async () => (await until()) || undefined);
  client.child.stdin?.end();
  await client.closed;
}

describe('records', () => {
  it('are with the collector when the conversation ends, once, and nothing waits any more', async () => {
    const { url, taken } = await fakeCollector();
    const spool = temporaryFolder();
    await session(url, spool, 'a');
    expect(toolsOf(taken.logs)).toEqual(names('a'));
    expect(spanNames(taken.spans)).toEqual(names('a'));
    expect(readdirSync(spool)).toEqual([]);
  });

  it('wait while there is no collector, and the next recorder delivers them under their own name', async () => {
    const spool = temporaryFolder();
    await session(nowhere, spool, 'a');
    await session(nowhere, spool, 'b');
    expect(toolsOf(spooled(spool).logs).toSorted()).toEqual([...names('a'), ...names('b')]);
    const { url, taken } = await fakeCollector();
    const client = talk(node, wrapArgs(echo, { url, spool }, ['--name', 'another']));
    await eventually('delivery', async () => taken.spans.length === 10);
    client.child.stdin?.end();
    await client.closed;
    expect(toolsOf(taken.logs).toSorted()).toEqual([...names('a'), ...names('b')]);
    expect(JSON.stringify(taken.spans)).not.toContain('another');
    expect(readdirSync(spool)).toEqual([]);
  });

  it('are kept, and the conversation does not wait, when the collector has no room, wants a password, is another program or never answers', async () => {
    let works = false;
    const spool = temporaryFolder();
    const collectors = await Promise.all([503, 401, 404, 0].map((status) => fakeCollector(() => (works ? 200 : status))));
    const all: string[] = [];
    for (const [at, { url }] of collectors.entries()) {
      expect(await session(url, spool, `${at}`)).toBeLessThan(notWaitingMillis);
      all.push(...names(`${at}`));
      expect(toolsOf(spooled(spool).logs).toSorted()).toEqual(all);
    }
    works = true;
    const [{ url, taken }] = collectors as [FakeCollector];
    await laterRecorder(url, spool, () => taken.spans.length >= all.length);
    expect(toolsOf(taken.logs).toSorted()).toEqual(all);
    expect(spanNames(taken.spans).toSorted()).toEqual(all);
  });

  it('are not repeated for the spans when only the logs were taken', async () => {
    let works = false;
    const { url, taken } = await fakeCollector((path) => (works || path !== '/v1/traces' ? 200 : 503));
    const spool = temporaryFolder();
    const client = talk(node, wrapArgs(echo, { url, spool }));
    await client.ask({ id: 1, method: 'tools/call', params: { name: 'once' } });
    await eventually('the logs', async () => taken.logs.length === 1);
    await sleep(500);
    works = true;
    await eventually('the spans', async () => taken.spans.length === 1);
    client.child.stdin?.end();
    await client.closed;
    expect([toolsOf(taken.logs), spanNames(taken.spans)]).toEqual([['once'], ['once']]);
  });

  it('of a recorder that was killed are delivered; only the batch on its way can come twice', async () => {
    let answers = true;
    const { url, taken } = await fakeCollector(() => (answers ? 200 : 0));
    const spool = temporaryFolder();
    const client = talk(node, wrapArgs(echo, { url, spool }));
    for (let id = 0; id < 3; id++) await client.ask({ id, method: 'tools/call', params: { name: `a${id}` } });
    await eventually('the first batch', async () => taken.spans.length === 3);
    answers = false;
    for (let id = 3; id < 6; id++) await client.ask({ id, method: 'tools/call', params: { name: `a${id}` } });
    await sleep(600);
    client.child.kill('SIGKILL');
    await client.closed;
    answers = true;
    await laterRecorder(url, spool, () => taken.spans.length >= 6);
    expect(toolsOf(taken.logs)).toEqual(names('a', 6));
    expect(spanNames(taken.spans)).toEqual(names('a', 6));
  });

  it('of a file that a crash has cut are delivered up to the cut', async () => {
    const spool = temporaryFolder();
    await session(nowhere, spool, 'a', 2);
    const [name] = readdirSync(spool) as [string];
    const whole = readFileSync(join(spool, name), 'utf8');
    writeFileSync(join(spool, name), whole.slice(0, -20));
    const host = hostname().replaceAll(/[^\w-]/g, '-');
    writeFileSync(join(spool, `${host}.999999.x.0.ndjson`), 'no header\nL{"msg":"?"}\n');
    writeFileSync(join(spool, `other-machine.999999.x.0.ndjson`), 'not ours\n');
    writeFileSync(join(spool, 'README'), 'not ours either\n');
    const { url, taken } = await fakeCollector();
    await laterRecorder(url, spool, () => taken.logs.length >= 3);
    expect(toolsOf(taken.logs)).toEqual(names('a', 2));
    expect(spanNames(taken.spans)).toEqual(names('a', 1));
    expect(taken.logs.at(-1)).toMatchObject({ level: 'WARNING', mcp: { lost_records: 1 } });
    expect(readdirSync(spool).toSorted()).toEqual(['README', 'other-machine.999999.x.0.ndjson']);
  });

  it('that the collector refuses are counted, and hold up nothing', async () => {
    let refuses = true;
    const { url, taken } = await fakeCollector(() => (refuses ? 400 : 200));
    const spool = temporaryFolder();
    const client = talk(node, wrapArgs(echo, { url, spool }));
    await client.ask({ id: 0, method: 'tools/call', params: { name: 'a0' } });
    await eventually('the refusal', async () => taken.requests >= 2);
    refuses = false;
    await client.ask({ id: 1, method: 'tools/call', params: { name: 'a1' } });
    client.child.stdin?.end();
    await client.closed;
    expect(toolsOf(taken.logs)).toEqual(['a1']);
    expect(taken.logs.filter(({ mcp }) => (mcp as { lost_records?: number }).lost_records === 2)).toHaveLength(1);
  });

  it('take the way past a full disk, and those lost are counted', async () => {
    const disk = mountSmallDisk(1024 ** 2);
    if (disk === undefined) return;
    try {
      disk.fill();
      const spool = join(disk.folder, 'spool');
      const { url, taken } = await fakeCollector();
      await session(url, spool, 'a');
      expect(toolsOf(taken.logs)).toEqual(names('a'));
      // Without a collector either, they end with the process.
      const client = talk(node, wrapArgs(echo, { url: nowhere, spool }));
      for (let id = 0; id < 3; id++) await client.ask({ id, method: 'tools/call', params: { name: 'b' } });
      client.child.stdin?.end();
      const { code, stderr } = await client.closed;
      expect(code).toBe(0);
      // A log and a span of each call, and its start as well where the machine let it take a second.
      expect([6, 7, 8, 9]).toContain(lostRecords(stderr.toString()));
      // A disk that fills up on the way: what is on it stays whole.
      disk.clear();
      await session(nowhere, spool, 'c', 10, 'x'.repeat(10_000));
      expect(await session(nowhere, spool, 'd', 150, 'x'.repeat(10_000))).toBeLessThan(notWaitingMillis);
      const kept = toolsOf(spooled(spool).logs);
      expect(kept.length).toBeGreaterThan(5);
      expect(new Set(kept).size).toBe(kept.length);
    } finally {
      disk.unmount();
    }
  });

  it('of audit are sent again until they are taken, alone, and those of a batch have the same numbers then', async () => {
    let works = false;
    const numbers: string[] = [];
    const { url, taken } = await fakeCollector((path) => (works || path !== '/api/audit' ? 200 : 429));
    const spool = temporaryFolder();
    const client = talk(node, wrapArgs(echo, { url, spool }, ['--audit']));
    await client.ask({ id: 1, method: 'tools/call', params: { name: 'once' } });
    await eventually('the logs', async () => taken.logs.length === 1);
    numbers.push(...spooled(spool).audits.map(({ details }) => String((details as { record_id: string }).record_id)));
    await sleep(500);
    works = true;
    await eventually('the rest', async () => taken.spans.length === 1);
    client.child.stdin?.end();
    await client.closed;
    expect([taken.logs.length, taken.spans.length, taken.audits.length]).toEqual([1, 1, 1]);
    expect(taken.audits.map(({ details }) => (details as { record_id: string }).record_id)).toEqual(numbers);
  });

  it('of audit that no collector knows are counted as lost', async () => {
    const { url, taken } = await fakeCollector((path) => (path === '/api/audit' ? 404 : 200));
    const client = talk(node, wrapArgs(echo, { url, spool: temporaryFolder() }, ['--audit']));
    await client.ask({ id: 1, method: 'tools/call', params: { name: 'once' } });
    await eventually('the loss', async () => taken.logs.some(({ mcp }) => (mcp as { lost_records?: number }).lost_records === 1));
    client.child.stdin?.end();
    await client.closed;
    expect([toolsOf(taken.logs), spanNames(taken.spans)]).toEqual([['once'], ['once']]);
  });

  it('of contents leave room for the others while nobody takes them, and those without room are counted', async () => {
    const spool = temporaryFolder();
    const client = talk(node, wrapArgs(echoOfLong, { url: nowhere, spool }));
    for (let id = 0; id < 16; id++) {
      await client.ask({ id, method: 'tools/call', params: { name: `c${id}`, arguments: { padding: `${id} ${'x'.repeat(900_000)}` } } });
      // What comes faster than it is recorded is passed over, which is not what this is about.
      if (id % 4 === 3) await eventually('the calls are in the spool', async () => toolsOf(spooled(spool).logs).length > id);
    }
    client.child.stdin?.end();
    expect((await client.closed).code).toBe(0);
    const { logs, contents } = spooled(spool);
    expect(toolsOf(logs).toSorted()).toEqual(names('c', 16).toSorted());
    const lost = logs.reduce((sum, { mcp }) => sum + ((mcp as { lost_records?: number }).lost_records ?? 0), 0);
    expect(contents.length).toBeGreaterThan(10);
    // Arguments and, as text within text, results.
    expect(contents.length + lost).toBe(32);
    expect(contents.reduce((sum, text) => sum + text.length, 0)).toBeLessThan(20 * 1024 ** 2);
  });
});

describe('records in a real meshscope', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server?.stop());

  it('are found', async () => {
    const spool = temporaryFolder();
    await session(server.url, spool, 'real');
    // Delivers what the first had no time for at its end.
    const later = talk(node, wrapArgs(echo, { url: server.url, spool }));
    const search = async () => {
      const answer = await fetch(`${server.url}/mcp-calls/_search?size=10&sort=timestamp&q=tool:real*`);
      const { hits } = (await answer.json()) as { hits?: { hits: { _source: Record<string, unknown> }[] } };
      const found = hits?.hits.map(({ _source }) => _source) ?? [];
      return found.length >= 5 && found;
    };
    const found = await eventually('the records', search);
    expect(toolsOf(found)).toEqual(names('real'));
    const { trace_id: traceId } = (found[0] as { trace: { trace_id: string } }).trace;
    const trace = await eventually('the span', async () => {
      const answer = await fetch(`${server.url}/trace/${traceId}`);
      return answer.ok && ((await answer.json()) as { Spans: { Operation: string }[] });
    });
    expect(trace.Spans.map(({ Operation }) => Operation)).toEqual(['tools/call real0']);
    later.child.stdin?.end();
    await later.closed;
  });

  it('of what was called are audit records too, when asked for', async () => {
    const spool = temporaryFolder();
    const home = temporaryFolder();
    const talks: [readonly string[], Record<string, string>][] = [
      [['--audit'], {}],
      [['--audit', 'a*,echo/b1'], {}],
      [['--name', 'bank'], { MESHSCOPE_AUDIT: 'bank/b*' }],
      [[], {}],
      [['--audit', 'off'], { MESHSCOPE_AUDIT: 'on' }],
    ];
    for (const [at, [flags, env]] of talks.entries()) {
      // Nobody is there at first.
      const url = at % 2 === 0 ? server.url : nowhere;
      const client = talk(node, wrapArgs(echo, { url, spool }, ['--name', 'echo', ...flags]), { env: { HOME: home, ...env } });
      const clientInfo = { name: `client-${at}`, version: '1' };
      await client.ask({ id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo } });
      for (const [id, name] of [...names('a', 2), ...names('b', 2)].entries())
        await client.ask({
          id: id + 1,
          method: 'tools/call',
          params: { name, arguments: { secret: 's' }, _meta: { user_id: `user-${id}` } },
        });
      await client.ask({ id: 9, method: 'ping' });
      client.child.stdin?.end();
      expect((await client.closed).code).toBe(0);
    }
    const read = async () => {
      const answer = await fetch(`${server.url}/api/audit?action=tools/call`);
      return ((await answer.json()) as { records: { actor: string; resource: string; result: string; details: { client: string } }[] })
        .records;
    };
    // A file that is being taken over can be missed in the folder, so the server is asked too.
    await laterRecorder(server.url, spool, async () => (await read()).length >= 9 && !hasSpooled(spool, 'A'));
    const records = await read();
    const seen = records.map(({ actor, resource, result, details }) => `${details.client} ${actor} ${resource} ${result}`);
    const all = ['a0', 'a1', 'b0', 'b1'].map((name, id) => `user-${id} tool:echo/${name} ok`);
    expect(seen.toSorted()).toEqual([
      ...all.map((one) => `client-0 ${one}`),
      ...[0, 1, 3].map((id) => `client-1 ${all[id]}`),
      ...[2, 3].map((id) => `client-2 ${all[id]?.replace('echo', 'bank')}`),
    ]);
  });

  it('of long results have them whole, stored once for ten equal ones, and given back', async () => {
    const spool = temporaryFolder();
    const text = 'é'.repeat(500_000);
    const answer = [
      node,
      '-e',
      "require('readline').createInterface({input:process.stdin}).on('line',l=>{const m=JSON.parse(l);console.log(JSON.stringify({jsonrpc:'2.0',id:m.id,result:{content:[{type:'text',text:'\\u00e9'.repeat(m.params.arguments.n)}]}}))})",
    ];
    type Call = { tool: string; mcp: { result: { sha256: string; cut?: boolean; stored?: boolean } } };
    const stored = async (): Promise<readonly Call[]> => {
      const found = await fetch(`${server.url}/mcp-calls/_search?size=20&q=tool:long*`);
      const { hits } = (await found.json()) as { hits?: { hits: { _source: Call }[] } };
      return hits?.hits.map(({ _source }) => _source) ?? [];
    };
    // The second session, with nobody there, is delivered by the third.
    for (const url of [server.url, nowhere]) {
      const client = talk(node, wrapArgs(answer, { url, spool }));
      for (let id = 0; id < 5; id++) await client.ask({ id, method: 'tools/call', params: { name: 'long', arguments: { n: 500_000 } } });
      await client.ask({ id: 9, method: 'tools/call', params: { name: 'longer', arguments: { n: 600_000 } } });
      if (url !== nowhere) await eventually('delivery of the first', async () => (await stored()).length === 6 && !hasSpooled(spool, 'C'));
      client.child.stdin?.end();
      expect((await client.closed).code).toBe(0);
    }
    expect(spooled(spool).contents).toHaveLength(1);
    await laterRecorder(server.url, spool, async () => (await stored()).length === 12 && !hasSpooled(spool, 'C'));
    const calls = await stored();
    const long = calls.filter(({ tool }) => tool === 'long').map(({ mcp }) => mcp.result);
    expect(new Set(long.map(({ sha256, cut, stored }) => `${sha256} ${cut} ${stored}`)).size).toBe(1);
    expect(long[0]).toMatchObject({ cut: true, stored: true });
    const whole = await fetch(`${server.url}/api/contents/${long[0]?.sha256}`);
    expect(await whole.json()).toEqual({ content: [{ type: 'text', text }] });
    // Too long to be kept whole.
    const longer = calls.find(({ tool }) => tool === 'longer')?.mcp.result;
    expect(longer?.stored).toBeUndefined();
    expect((await fetch(`${server.url}/api/contents/${longer?.sha256}`)).status).toBe(404);
    // The last question: it is one to the stopped server's files.
    expect(await server.stop()).toBe(0);
    const engine = await openEmbeddedEngine({ folder: server.data, memoryBytes: 1024 ** 3, loaders: 1, readers: 1 });
    const kept = await engine.select('SELECT count() AS rows, sum(length(content)) AS bytes FROM contents');
    await engine.close();
    expect(kept).toEqual([{ rows: '1', bytes: String(Buffer.byteLength(JSON.stringify({ content: [{ type: 'text', text }] }))) }]);
  });
});
