import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { instrument } from './instrument.ts';
import { MeshPublisher } from './mesh-publisher.ts';
import { ReplyCounter } from './resp.ts';
import { flush } from './telemetry.ts';

const folder = mkdtempSync(join(tmpdir(), 'sdk-redis-'));
let port = 0;
let redis: ChildProcess;
const made: MeshPublisher[] = [];

const cli = (...args: string[]) =>
  execFileSync('redis-cli', ['-p', String(port), '-a', 'pass word', '--no-auth-warning', ...args], { encoding: 'utf8' }).trim();

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function startRedis(): Promise<void> {
  redis = spawn(
    'redis-server',
    ['--port', String(port), '--requirepass', 'pass word', '--save', '', '--dir', folder, '--bind', '127.0.0.1'],
    { stdio: 'ignore' },
  );
  await vi.waitFor(() => expect(cli('ping')).toBe('PONG'), 60_000);
}

async function stopRedis(): Promise<void> {
  const ended = new Promise((resolve) => redis.once('exit', resolve));
  redis.kill('SIGKILL');
  await ended;
}

function publisher(stream: string, options: { maxLength?: number; maxWaiting?: number; database?: number } = {}): MeshPublisher {
  const url = `redis://:pass%20word@127.0.0.1:${port}/${options.database ?? ''}`;
  const one = new MeshPublisher({
    url,
    stream,
    maxLength: options.maxLength ?? 0,
    ...(options.maxWaiting ? { maxWaiting: options.maxWaiting } : {}),
  });
  made.push(one);
  return one;
}

beforeAll(async () => {
  port = await freePort();
  await startRedis();
});
afterEach(() => {
  for (const one of made.splice(0)) one.close();
});
afterAll(async () => {
  await stopRedis();
  rmSync(folder, { recursive: true });
});

describe('MeshPublisher', () => {
  it('adds entries in order, with any text in them', async () => {
    const one = publisher('order', { database: 2 });
    for (let count = 0; count < 3000; count += 1) one.publish({ n: String(count), text: 'größe\r\n$5\r\n*1 "quoted"' });
    await one.flush(5000);
    expect(one.counts).toEqual({ published: 3000, dropped: 0, refused: 0, waiting: 0 });
    expect(cli('-n', '2', 'xlen', 'order')).toBe('3000');
    const last = cli('-n', '2', '--json', 'xrevrange', 'order', '+', '-', 'COUNT', '1');
    expect(last).toContain('2999');
    expect(last).toContain('published_at');
  });

  it('trims the stream', async () => {
    const one = publisher('trimmed', { maxLength: 100 });
    for (let count = 0; count < 2000; count += 1) one.publish({ n: String(count) });
    await one.flush(5000);
    expect(Number(cli('xlen', 'trimmed'))).toBeLessThan(400);
  });

  it('keeps a bound while Redis is away, and counts what it drops', async () => {
    const one = publisher('away', { maxWaiting: 5000 });
    const span = { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), function_name: 'add', success: 'true' };
    one.publish(span);
    await one.flush(5000);

    await stopRedis();
    for (let count = 0; count < 12_000; count += 1) one.publish(span);
    expect(one.counts.dropped).toBeGreaterThanOrEqual(7000);
    expect(one.counts.waiting).toBeLessThanOrEqual(5000);
    await startRedis();
    await one.flush(10_000);
    expect(one.counts.waiting).toBe(0);
    expect(one.counts.published + one.counts.dropped).toBe(12_001);
    expect(Number(cli('xlen', 'away'))).toBeGreaterThan(4000);
  });

  it('counts what Redis refuses, and does not store with a wrong password', async () => {
    cli('set', 'text', 'not a stream');
    const one = publisher('text');
    one.publish({ n: '1' });
    await one.flush(2000);
    expect(one.counts).toMatchObject({ published: 0, refused: 1, waiting: 0 });
    const wrong = new MeshPublisher({ url: `redis://:wrong@127.0.0.1:${port}`, stream: 'wrong', maxLength: 0 });
    made.push(wrong);
    wrong.publish({ n: '1' });
    await wrong.flush(300);
    expect(wrong.counts).toMatchObject({ published: 0, waiting: 1 });
    expect(cli('exists', 'wrong')).toBe('0');
  });

  it("publishes calls as MCP Mesh's agents do", async () => {
    const server = new McpServer({ name: 'mesh-agent', version: '1' });
    server.registerTool('work', {}, () => ({ content: [{ type: 'text', text: 'x' }] }));
    server.registerTool('fail', {}, () => ({ content: [{ type: 'text', text: 'no luck' }], isError: true }));
    const mesh = { url: `redis://:pass%20word@127.0.0.1:${port}`, stream: 'mesh:trace' };
    instrument(server, { url: false, mesh });
    const client = new Client({ name: 'c', version: '1' });
    instrument(client, { url: false, service: 'caller', mesh });
    const [near, far] = InMemoryTransport.createLinkedPair();
    await server.connect(far);
    await client.connect(near);
    await client.callTool({ name: 'work' });
    await client.callTool({ name: 'fail' });
    await flush(3000);
    const entries = (JSON.parse(cli('--json', 'xrange', 'mesh:trace', '-', '+')) as [string, string[]][]).map(([, list]) =>
      Object.fromEntries(list.flatMap((key, index) => (index % 2 === 0 ? [[key, list[index + 1]]] : []))),
    );
    expect(entries).toHaveLength(4);
    const work = entries.find((entry) => entry.function_name === 'work');
    const caller = entries.find((entry) => entry.function_name === 'proxy_call_wrapper' && entry.span_id === work?.parent_span);
    expect(work).toMatchObject({
      agent_name: 'mesh-agent',
      runtime: 'typescript',
      success: 'true',
      error: 'null',
      trace_id: caller?.trace_id,
    });
    expect(caller).toMatchObject({ agent_name: 'caller', parent_span: 'null', tool_name: 'work' });
    expect(work?.duration_ms).toMatch(/^\d+\.\d\d$/);
    expect(Number(work?.start_time)).toBeCloseTo(Date.now() / 1000, -2);
    expect(entries.find((entry) => entry.function_name === 'fail')).toMatchObject({ success: 'false', error: 'no luck' });
  });
});

describe('ReplyCounter', () => {
  it('counts answers however they are cut', () => {
    const bytes = Buffer.from('+OK\r\n:1\r\n$5\r\na\r\nbc\r\n-ERR no\r\n$-1\r\n$0\r\n\r\n');
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const replies = new ReplyCounter();
      const answers: string[] = [];
      for (let at = 0; at < bytes.length; at += size) answers.push(...replies.push(bytes.subarray(at, at + size)));
      expect(answers).toEqual(['+', ':', '$', '-ERR no', '$', '$']);
    }
    expect(() => new ReplyCounter().push(Buffer.from('HTTP/1.1 400\r\n'))).toThrow();
  });
});
