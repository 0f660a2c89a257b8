import { execFile, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newLedger, postBulk, writeBulks, writeForward } from '../harness/load-writers.ts';
import { builtCli, eventually, runServer, type ServerProcess, startServer, temporaryData } from '../harness/server-process.ts';

const mebibyte = 1024 ** 2;

async function count(url: string, index: string): Promise<number> {
  await fetch(`${url}/${index}/_refresh`, { method: 'POST' });
  const response = await fetch(`${url}/${index}/_count`);
  return response.status === 404 ? 0 : ((await response.json()) as { count: number }).count;
}

/** Record ids in an index, each as often as it is there. */
async function recordIds(url: string, index: string): Promise<string[]> {
  await fetch(`${url}/${index}/_refresh`, { method: 'POST' });
  const ids: string[] = [];
  let after: unknown[] | undefined;
  for (;;) {
    const body = { size: 5000, _source: ['request_id'], sort: [{ _doc: 'asc' }], ...(after ? { search_after: after } : {}) };
    const response = await fetch(`${url}/${index}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    expect(response.status, text).toBe(200);
    const { hits } = (JSON.parse(text) as { hits: { hits: { _source: { request_id: string }; sort: unknown[] }[] } }).hits;
    if (hits.length === 0) return ids;
    ids.push(...hits.map(({ _source }) => _source.request_id));
    after = hits.at(-1)?.sort;
  }
}

describe('a start', () => {
  it('on an empty folder is quick and small', async () => {
    const server = await startServer();
    await sleep(1000);
    const bytes = await server.residentBytes();
    process.stdout.write(`ready after ${Math.round(server.readyMillis)} ms, ${Math.round(bytes / mebibyte)} MiB resident when idle\n`);
    expect(bytes).toBeLessThan(400 * mebibyte);
    expect(await server.stop()).toBe(0);
    expect(server.stderr()).toBe('meshscope: SIGTERM: storing what was acknowledged, then stopping\n');
  });

  it('on a folder in use is refused in one line, and harms nothing', async () => {
    const server = await startServer();
    const second = await runServer({ data: server.data });
    expect(second).toEqual({
      exit: 1,
      stdout: '',
      stderr: expect.stringMatching(/^meshscope: the data folder .* is in use by another meshscope; [^\n]*\n$/),
    });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await server.stop();
  });

  it('on a port that is taken and was asked for is refused in one line', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as { port: number };
    for (const flag of ['--port', '--forward.port', '--elasticsearch.port']) {
      const { exit, stderr } = await runServer({ flags: [flag, String(port)] });
      expect({ exit, stderr }, flag).toEqual({
        exit: 1,
        stderr: expect.stringMatching(new RegExp(`^meshscope: [^\\n]*${port}[^\\n]*\\n$`)),
      });
    }
    holder.close();
  });

  it('beside taken conventional ports says so in its table', async () => {
    // A network of its own, so that the conventional ports of this machine are left alone.
    const script = `ip link set lo up && ${process.execPath} -e "for (const port of [9200, 24224]) require('net').createServer().listen(port, '127.0.0.1')" & sleep 0.5; exec ${process.execPath} ${builtCli} up --data ${temporaryData()} --port 0`;
    const child = spawn('unshare', ['-n', '--kill-child', 'sh', '-c', script], { detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const ended = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
    await Promise.race([ended, eventually('a table', async () => output.includes('Open http'), 20_000).catch(() => undefined)]);
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    if (/not permitted|not found|ENOENT/.test(output) || output === '') {
      process.stdout.write(`skipped: no network of its own here: ${output.trim()}\n`);
      return;
    }
    expect(output).toMatch(/^ {2}Elasticsearch +127\.0\.0\.1:9200 \(not opened: the port is taken\)$/m);
    expect(output).toMatch(/^ {2}Fluent Forward +127\.0\.0\.1:24224 \(not opened: the port is taken\)$/m);
  });

  it('on a folder that may not be written is refused in one line', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'meshscope-denied-'));
    chmodSync(parent, 0o755);
    const run = promisify(execFile)(
      process.execPath,
      [builtCli, 'up', '--data', join(parent, 'data'), '--port', '0', '--conventional-ports', 'off'],
      {
        ...(process.getuid?.() === 0 ? { uid: 65_534 } : {}),
        cwd: '/',
        timeout: 20_000,
      },
    );
    if (process.getuid?.() !== 0) chmodSync(parent, 0o555);
    await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^meshscope: [^\n]*(EACCES|permission)[^\n]*\n$/) });
  });

  it('on a file in place of the folder is refused in one line', async () => {
    const data = join(temporaryData(), 'file');
    writeFileSync(data, 'x');
    const { exit, stderr } = await runServer({ data: temporaryData(), flags: ['--data', data] });
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: expect.stringMatching(/^meshscope: [^\n]*\n$/) });
  });
});

describe('a journal segment that is damaged', () => {
  /** Ten frames of one record each in one segment, and the server gone. */
  let left: string;
  let recovered: string;
  beforeAll(async () => {
    const server = await startServer({ flags: ['--journal.segmentMillis', '10m'] });
    for (let n = 0; n < 10; n++)
      await postBulk(server.url, `{"create":{"_index":"damaged"}}\n{"request_id":"r${n}","msg":"${'x'.repeat(200)}"}\n`);
    await server.kill();
    left = server.data;
  });

  const damages: Record<string, (path: string, bytes: Buffer) => void> = {
    'by a flipped bit': (path, bytes) => writeFileSync(path, flip(bytes)),
    'by a cut': (path, bytes) => truncateSync(path, Math.floor(bytes.length * 0.55)),
    'by zeros at its end': (path, bytes) =>
      writeFileSync(path, Buffer.concat([bytes.subarray(0, Math.floor(bytes.length * 0.55)), Buffer.alloc(5000)])),
  };
  const flip = (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    const at = Math.floor(bytes.length * 0.55);
    copy[at] = (copy[at] as number) ^ 0x10;
    return copy;
  };

  it.each(Object.keys(damages))('%s is recovered up to there, once, and the rest is kept aside', async (name) => {
    const data = temporaryData();
    cpSync(left, data, { recursive: true, verbatimSymlinks: true });
    const segments = readdirSync(join(data, 'journal')).filter((entry) => entry.endsWith('.tsv'));
    expect(segments).toHaveLength(1);
    const path = join(data, 'journal', segments[0] as string);
    damages[name]?.(path, readFileSync(path));
    const bytes = statSync(path).size;
    const server = await startServer({ data });
    expect(await recordIds(server.url, 'damaged')).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
    const note = /^Note: journal segment (\S+) was damaged behind byte (\d+): (\d+) bytes are kept aside as (\S+)$/m.exec(server.stdout());
    expect(note, server.stdout()).not.toBeNull();
    const [, , kept, damaged, savedAs] = note as RegExpExecArray;
    expect(Number(kept) + Number(damaged)).toBe(bytes);
    expect(statSync(savedAs as string).size).toBe(Number(damaged));
    await server.stop();
    recovered = data;
  });

  it('is not recovered again', async () => {
    const again = await startServer({ data: recovered });
    expect(again.stdout()).not.toMatch(/damaged/);
    expect(await recordIds(again.url, 'damaged')).toHaveLength(5);
    await again.stop();
  });
});

describe('SIGTERM under load', () => {
  async function stopUnderLoad(data: string, end: (server: ServerProcess) => Promise<unknown>) {
    const server = await startServer({ data });
    const ledger = newLedger();
    const abort = new AbortController();
    const writers = Promise.allSettled([
      writeBulks(server, ledger, 100, abort.signal),
      writeBulks(server, ledger, 1, abort.signal),
      writeForward(server, ledger, 20, abort.signal),
    ]);
    await sleep(800);
    const exit = await end(server);
    abort.abort();
    await writers;
    return { ledger, exit, stderr: server.stderr() };
  }

  async function expectAll(data: string, acknowledged: ReadonlySet<string>) {
    const server = await startServer({ data });
    const found = await recordIds(server.url, 'crash,mcp-mesh-logs-forward');
    expect(acknowledged.size).toBeGreaterThan(50);
    expect([...acknowledged].filter((id) => !found.includes(id)).slice(0, 5)).toEqual([]);
    expect(new Set(found).size).toBe(found.length);
    await server.stop();
  }

  it('exits with 0 and keeps what was acknowledged', async () => {
    const data = temporaryData();
    const { ledger, exit, stderr } = await stopUnderLoad(data, (server) => server.stop());
    expect(exit, stderr).toBe(0);
    expect(readdirSync(join(data, 'journal')).filter((name) => name.endsWith('.tsv'))).toEqual([]);
    await expectAll(data, ledger.acknowledged);
  });

  it('given twice ends it at once and keeps what was acknowledged', async () => {
    const data = temporaryData();
    const { ledger } = await stopUnderLoad(data, async (server) => {
      server.signal('SIGTERM');
      // One within a second is the same one again.
      await sleep(1100);
      const exit = await server.stop();
      // At its very end nothing listens to signals any more.
      expect([0, 'SIGKILL', 'SIGTERM']).toContain(exit);
    });
    await expectAll(data, ledger.acknowledged);
  });
});

describe('a request', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
  });

  it('to a full journal is answered with 429 and Retry-After, and taken later', async () => {
    const server = await startServer({ flags: ['--journal.maxBytes', '1MiB', '--journal.segmentMillis', '3s'] });
    const body = `{"create":{"_index":"full"}}\n${JSON.stringify({ msg: 'x'.repeat(300_000) })}\n`;
    const statuses: (number | undefined)[] = [];
    for (let n = 0; n < 5; n++) statuses.push((await postBulk(server.url, body)).items[0]?.create?.status);
    expect(statuses).toEqual([201, 201, 201, 429, 429]);
    const single = await fetch(`${server.url}/full/_doc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ msg: 'x'.repeat(300_000) }),
    });
    expect(single.status).toBe(429);
    expect(single.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await single.json()).toMatchObject({ error: { type: 'es_rejected_execution_exception' }, status: 429 });
    await eventually('the journal has room', async () => (await postBulk(server.url, body)).items[0]?.create?.status === 201);
    expect(await count(server.url, 'full')).toBe(4);
    await server.stop();
  });

  it('of 200 MB is answered with 413, and does not stop others', async () => {
    const large = fetch(`${server.url}/large/_doc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"msg":"${'x'.repeat(200e6)}"}`,
    });
    const small = await fetch(`${server.url}/large/_doc`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    expect(small.status).toBe(201);
    const response = await large;
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { type: 'content_too_long_exception', root_cause: [{}] }, status: 413 });
    expect(await count(server.url, 'large')).toBe(1);
  });

  it('of 40 MB of documents with ids takes less than 1.2 GB', async () => {
    const server = await startServer();
    const pairs: string[] = [];
    for (let bytes = 0, n = 0; bytes < 40e6; n++) {
      const pair = `{"index":{"_index":"big","_id":"id${n}"}}\n${JSON.stringify({ level: 'INFO', msg: `${n} ${'m'.repeat(300)}`, request_id: `r${n}` })}\n`;
      bytes += pair.length;
      pairs.push(pair);
    }
    let [peak, busy] = [0, true];
    const watch = (async () => {
      while (busy) {
        peak = Math.max(peak, await server.residentBytes());
        await sleep(20);
      }
    })();
    const response = await fetch(`${server.url}/_bulk?filter_path=errors`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: pairs.join(''),
    });
    expect(await response.json()).toEqual({ errors: false });
    expect(await count(server.url, 'big')).toBe(pairs.length);
    busy = false;
    await watch;
    process.stdout.write(`40 MB in one request: at most ${Math.round(peak / mebibyte)} MiB resident\n`);
    expect(peak).toBeLessThan(1.2e9);
    await server.stop();
  });

  it('whose gzip stream is cut is answered with 400, and nothing of it is kept', async () => {
    const body = gzipSync('{"create":{"_index":"cut"}}\n{"a":1}\n'.repeat(1000));
    const response = await fetch(`${server.url}/_bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
      body: body.subarray(0, body.length / 2),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { reason: expect.stringMatching(/gzip/) }, status: 400 });
    expect(await count(server.url, 'cut')).toBe(0);
  });

  it('that arrives byte by byte, or never ends, holds up nobody and is not stored by half', async () => {
    const { port } = new URL(server.url);
    const body = '{"create":{"_index":"slow"}}\n{"a":1}\n';
    const open = (length: number) => {
      const socket = connect({ host: '127.0.0.1', port: Number(port) });
      socket.on('error', () => undefined);
      socket.write(
        `POST /_bulk HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${length}\r\n\r\n`,
      );
      return socket;
    };
    const unfinished = Array.from({ length: 200 }, () => open(1000));
    for (const socket of unfinished) socket.write(body);
    const slow = open(body.length);
    let answer = '';
    slow.on('data', (chunk) => (answer += chunk));
    for (const byte of body) {
      slow.write(byte);
      await sleep(20);
    }
    await eventually('an answer', async () => answer.includes('"status":201'));
    await postBulk(server.url, body);
    for (const socket of unfinished) socket.destroy();
    slow.destroy();
    expect(await count(server.url, 'slow')).toBe(2);
  });

  it('of 10,000 at once is acknowledged as all of them are, and its document found', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1000 });
    const post = (n: number) =>
      new Promise<number>((resolve, reject) => {
        const body = JSON.stringify({ request_id: `r${n}`, level: 'INFO', msg: `Load test log ${n}` });
        const sent = request(
          `${server.url}/load/_doc`,
          { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': body.length } },
          (response) => {
            response.resume().once('end', () => resolve(response.statusCode ?? 0));
          },
        );
        sent.once('error', reject).end(body);
      });
    const started = performance.now();
    const statuses = await Promise.all(Array.from({ length: 10_000 }, (_, n) => post(n)));
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(
      `10,000 documents in ${seconds.toFixed(1)} s, ${Math.round((await server.residentBytes()) / mebibyte)} MiB resident\n`,
    );
    expect(new Set(statuses)).toEqual(new Set([201]));
    const found = await recordIds(server.url, 'load');
    expect(found).toHaveLength(10_000);
    expect(new Set(found).size).toBe(10_000);
    agent.destroy();
  });
});
