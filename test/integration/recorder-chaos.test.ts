import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/built-server.ts';
import { fakeCollector, isGone, lostRecords, nowhere, spooled, talk, temporaryFolder, wrapArgs } from '../harness/mcp-process.ts';
import { builtCli, eventually } from '../harness/server-process.ts';
import { mountSmallDisk } from '../harness/small-disk.ts';

const node = process.execPath;

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A conversation that is recorded: `call` resolves to the milliseconds until the answer. */
type Recorded = Readonly<{
  pid: number;
  call: (tool: string, padding?: string) => Promise<number>;
  /** Ends it; resolves to what was said on standard error. */
  end: () => Promise<string>;
}>;

const result = (id: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'done' }] } });
const timed = async (answer: () => Promise<unknown>) => {
  const started = performance.now();
  await answer();
  return performance.now() - started;
};

async function wrapped(url: string, spool: string): Promise<Recorded> {
  const server = `require('readline').createInterface({input:process.stdin}).on('line',l=>console.log(${JSON.stringify(result('ID'))}.replace('"ID"',JSON.parse(l).id)))`;
  const client = talk(node, wrapArgs([node, '-e', server], { url, spool }));
  let id = 0;
  return {
    pid: client.child.pid as number,
    call: (name, padding = '') => timed(() => client.ask({ id: id++, method: 'tools/call', params: { name, arguments: { padding } } })),
    async end() {
      client.child.stdin?.end();
      const { code, stderr } = await client.closed;
      expect(code).toBe(0);
      return stderr.toString();
    },
  };
}

/** A server over HTTP. It never answers calls of `hang`, and ends during those of `die`. */
async function httpServer(port = 0) {
  const seen = { closed: 0 };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { id, params } = JSON.parse(Buffer.concat(parts).toString()) as { id: number; params: { name: string } };
    response.on('close', () => {
      if (!response.writableFinished) seen.closed++;
    });
    if (params.name === 'hang') return;
    if (params.name === 'die') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': working\n\n');
      setTimeout(() => server.closeAllConnections(), 50);
      server.close();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(result(id));
  });
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, seen };
}

async function startProxy(to: string, url: string, spool: string) {
  const process_ = talk(node, [builtCli, 'proxy', '--to', to, '--port', '0', '--url', url, '--spool', spool]);
  const [line] = (await process_.lines(1)) as [string];
  const address = line.split(' ')[0] as string;
  let id = 0;
  const post = (name: string, padding = '', signal: AbortSignal | null = null) =>
    fetch(address, {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: id++, method: 'tools/call', params: { name, arguments: { padding } } }),
    });
  return {
    post,
    pid: process_.child.pid as number,
    call: (name: string, padding?: string) => timed(async () => expect(await (await post(name, padding)).text()).toContain('done')),
    async end() {
      process_.child.kill('SIGTERM');
      const { code, stderr } = await process_.closed;
      expect(code).toBe(0);
      return stderr.toString();
    },
  };
}

const proxied = async (url: string, spool: string): Promise<Recorded> => startProxy((await httpServer()).url, url, spool);

const toolsOf = (logs: readonly Record<string, unknown>[]) => logs.flatMap(({ tool }) => (typeof tool === 'string' ? [tool] : []));
const names = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `t${String(from + at).padStart(3, '0')}`);

describe.each([
  ['wrap', wrapped],
  ['proxy', proxied],
] as const)('meshscope %s', (_, start) => {
  async function calls(conversation: Recorded, tools: readonly string[], padding?: string): Promise<void> {
    for (const tool of tools) expect(await conversation.call(tool, padding)).toBeLessThan(2900);
  }

  it('goes on while its collector is killed and comes back, and each record arrives once', async () => {
    const port = await freePort();
    const [first, spool] = [await fakeCollector(() => 200, port), temporaryFolder()];
    const conversation = await start(first.url, spool);
    await calls(conversation, names(0, 5));
    await eventually('the first records', async () => first.taken.spans.length === 5 || undefined);
    await sleep(200);
    await first.close();
    await calls(conversation, names(5, 10));
    await sleep(1500);
    const second = await fakeCollector(() => 200, port);
    await calls(conversation, names(10, 15));
    await eventually('the rest', async () => second.taken.spans.length >= 10 || undefined);
    expect(await conversation.end()).toBe('');
    expect(toolsOf(first.taken.logs)).toEqual(names(0, 5));
    expect(toolsOf(second.taken.logs).toSorted()).toEqual(names(5, 15));
    expect(second.taken.spans).toHaveLength(10);
    expect(spooled(spool).logs).toEqual([]);
  });

  it('does not wait for a collector that is slow', async () => {
    let slow = true;
    const collector = await fakeCollector(async () => {
      if (slow) await sleep(3000);
      return 200;
    });
    const spool = temporaryFolder();
    const conversation = await start(collector.url, spool);
    await calls(conversation, names(0, 20));
    await eventually('the first batch', async () => collector.taken.logs.length > 0 || undefined);
    slow = false;
    await eventually('all records', async () => collector.taken.spans.length >= 20 || undefined);
    await conversation.end();
    expect(toolsOf(collector.taken.logs)).toEqual(names(0, 20));
    expect(collector.taken.spans).toHaveLength(20);
  });

  it('goes on with a full disk and no collector, and says how many records were lost', async () => {
    const disk = mountSmallDisk(1024 ** 2);
    if (disk === undefined) return;
    try {
      disk.fill();
      const conversation = await start(nowhere, join(disk.folder, 'spool'));
      // More than is kept in memory.
      await calls(conversation, names(0, 300), 'x'.repeat(15_000));
      const lost = lostRecords(await conversation.end());
      // A log and a span of each call, and its start as well where the machine let it take a second.
      expect(lost).toBeGreaterThanOrEqual(600);
      expect(lost).toBeLessThanOrEqual(900);
    } finally {
      disk.unmount();
    }
  });

  it('leaves no process behind and everything in the spool when it is killed', async () => {
    const spool = temporaryFolder();
    const conversation = await start(nowhere, spool);
    await calls(conversation, names(0, 5));
    await eventually('the records', async () => spooled(spool).spans.length >= 5 || undefined);
    process.kill(conversation.pid, 'SIGKILL');
    expect(await isGone(conversation.pid, 5000)).toBe(true);
    expect(toolsOf(spooled(spool).logs)).toEqual(names(0, 5));
  });
});

describe('meshscope proxy', () => {
  it('serves others while a call hangs, and a client that vanishes takes its request along', async () => {
    const upstream = await httpServer();
    const { url, taken } = await fakeCollector();
    const proxy = await startProxy(upstream.url, url, temporaryFolder());
    const script = `fetch(process.argv[1],{method:'POST',headers:{'content-type':'application/json'},body:process.argv[2]}).catch(()=>0);console.log('sent');setInterval(()=>0,1000)`;
    const waiting = new AbortController();
    const hung = proxy.post('hang', '', waiting.signal).catch((error: Error) => error.name);
    for (const tool of names(0, 5)) expect(await proxy.call(tool)).toBeLessThan(2000);
    waiting.abort();
    expect(await hung).toBe('AbortError');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'v', method: 'tools/call', params: { name: 'hang' } });
    const client = talk(node, ['-e', script, (await proxy.post('t')).url, body]);
    await client.lines(1);
    await sleep(500);
    client.child.kill('SIGKILL');
    await eventually('the end of both requests', async () => upstream.seen.closed === 2 || undefined);
    await proxy.end();
    const outcomes = taken.logs.flatMap(({ tool, request }) => (tool === 'hang' ? [(request as { status: string }).status] : []));
    expect(outcomes).toEqual(['cancelled', 'cancelled']);
  });

  it('goes on when its server was killed during a call and is back', async () => {
    const port = await freePort();
    const first = await httpServer(port);
    const { url, taken } = await fakeCollector();
    const proxy = await startProxy(first.url, url, temporaryFolder());
    await proxy.call('before');
    await expect(proxy.post('die').then((answer) => answer.text())).rejects.toThrow();
    expect((await proxy.post('nobody')).status).toBe(502);
    await httpServer(port);
    await proxy.call('after');
    await proxy.end();
    const outcomes = taken.logs.map(({ tool, request }) => `${tool} ${(request as { status: string }).status}`);
    expect(outcomes).toEqual(['before ok', 'die transport', 'nobody transport', 'after ok']);
  });
});

describe('meshscope wrap', () => {
  it.each([
    [20_000, 200],
    [60_000, 1000],
  ])('goes on while the server writes %d lines of %d bytes to standard error, and counts what was not recorded', async (lines, size) => {
    const server = `let n=0;const b=('e'.repeat(${size - 1})+'\\n').repeat(100);(function f(){while(n<${lines}){n+=100;if(!process.stderr.write(b))return process.stderr.once('drain',f)}process.stderr.write('over\\n')})();
require('readline').createInterface({input:process.stdin}).on('line',l=>console.log(${JSON.stringify(result('ID'))}.replace('"ID"',JSON.parse(l).id)))`;
    const spool = temporaryFolder();
    const client = talk(node, wrapArgs([node, '-e', server], { spool }));
    let last = '';
    client.child.stderr?.on('data', (chunk: Buffer) => {
      last = (last + chunk.toString('latin1', chunk.length - 5)).slice(-5);
    });
    for (let id = 0; id < 20; id++) {
      expect(await timed(() => client.ask({ id, method: 'tools/call', params: { name: `t${id}` } }))).toBeLessThan(5000);
      await sleep(50);
    }
    await eventually('the end of the flood', async () => last === 'over\n', 60_000);
    client.child.stdin?.end();
    const { code, stderr } = await client.closed;
    // What is said at the end: the last of a flood may be more than can be read, and the spool holds 64 MiB.
    const [, unread = '0'] = /the last (\d+) bytes are not recorded/.exec(stderr.subarray(lines * size).toString()) ?? [];
    const [, unkept = '0'] = /: (\d+) records were lost/.exec(stderr.subarray(lines * size).toString()) ?? [];
    expect([code, stderr.toString('latin1', lines * size - 2, lines * size + 5)]).toEqual([0, 'e\nover\n']);
    const { logs } = spooled(spool);
    const read = logs.filter(({ mcp }) => (mcp as { stream?: string }).stream === 'stderr').length;
    const about = logs.map(({ mcp }) => mcp as { lost_records?: number; skipped_bytes?: number });
    const lost = about.reduce((sum, { lost_records: count = 0 }) => sum + count, Number(unkept));
    const skipped = about.reduce((sum, { skipped_bytes: bytes = 0 }) => sum + bytes, Number(unread));
    process.stdout.write(`${lines} lines: ${read} recorded, ${lost} lost records, ${skipped} bytes not read\n`);
    if (lost + skipped === 0) expect([read, toolsOf(logs).length]).toEqual([lines + 1, 20]);
    // The few bytes of the last line may be among those that make up a whole one.
    else expect(read + lost + Math.ceil(skipped / size)).toBeGreaterThanOrEqual(lines);
    // More than the spool holds cannot all be there; how much of the rest is read before the end is a matter of time, so it is only counted.
    if (size === 1000) expect(lost + skipped).toBeGreaterThan(0);
  });
});
