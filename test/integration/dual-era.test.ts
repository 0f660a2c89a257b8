import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/built-server.ts';
import { fakeCollector, nowhere, spooled, type Talk, talk, temporaryFolder, wrapArgs } from '../harness/mcp-process.ts';
import { builtCli } from '../harness/server-process.ts';

const node = process.execPath;
const server = join(import.meta.dirname, '../harness/dual-era-server.mjs');

const modern = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'dual', version: '1' },
  'io.modelcontextprotocol/logLevel': 'debug',
};
const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'dual', version: '1' } };
const long = 'é'.repeat((9 * 1024 ** 2) / 2);

type Message = Readonly<{ id: number | string; method: string; params: Record<string, unknown> }>;

/** What a client of each era says. Ids are used again. */
const conversations: Readonly<Record<'legacy' | 'modern', readonly Message[]>> = {
  legacy: [
    { id: 0, method: 'initialize', params: initialize },
    { id: 1, method: 'tools/list', params: {} },
    { id: 2, method: 'tools/call', params: { name: 'echo', arguments: { message: 'hé \u{1f600}\u2028' } } },
    { id: 3, method: 'tools/call', params: { name: 'work', arguments: {}, _meta: { progressToken: 'p' } } },
    { id: 4, method: 'tools/call', params: { name: 'fail', arguments: {} } },
    { id: 5, method: 'tools/call', params: { name: 'none', arguments: {} } },
    { id: 6, method: 'tools/call', params: { name: 'echo', arguments: { message: long } } },
    { id: 7, method: 'no/such', params: {} },
  ],
  modern: [
    { id: 'server-discover-probe-0', method: 'server/discover', params: { _meta: modern } },
    { id: 1, method: 'tools/list', params: { _meta: modern } },
    { id: 2, method: 'tools/call', params: { name: 'echo', arguments: { message: 'hé \u{1f600}\u2028' }, _meta: modern } },
    { id: 3, method: 'tools/call', params: { name: 'work', arguments: {}, _meta: { ...modern, progressToken: 'p' } } },
    { id: 4, method: 'tools/call', params: { name: 'fail', arguments: {}, _meta: modern } },
    { id: 5, method: 'tools/call', params: { name: 'none', arguments: {}, _meta: modern } },
    { id: 6, method: 'tools/call', params: { name: 'echo', arguments: { message: long }, _meta: modern } },
    { id: 7, method: 'tools/call', params: { name: 'echo', arguments: { message: 'no envelope' } } },
  ],
};

const batch = '[{"jsonrpc":"2.0","id":90,"method":"tools/list","params":{}},{"jsonrpc":"2.0","id":91,"method":"ping"}]';
const noMessages = [
  Buffer.from('garbage'),
  Buffer.from([0x7b, 0xff, 0xfe, 0xe2, 0x82]),
  Buffer.from('{"jsonrpc":"2.0","id":'),
  Buffer.from(batch),
];
const outcomes = (logs: readonly Record<string, unknown>[]) =>
  logs
    .flatMap(({ tool, request: about }) => (typeof tool === 'string' ? [`${tool} ${(about as { status: string }).status}`] : []))
    .toSorted();
const expected = ['echo ok', 'echo ok', 'fail tool_error', 'none rpc_error', 'work ok'];

describe('a server of both eras by stdio', () => {
  async function converse(client: Talk, messages: readonly Message[]) {
    for (const message of messages) {
      await client.ask(message);
      if (message.method === 'initialize') client.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    }
    for (const line of noMessages) client.write(Buffer.concat([line, Buffer.from('\n')]));
    await client.ask({ ...(messages[2] as Message), id: 'last' });
    client.child.stdin?.end();
    return client.closed;
  }

  it.each(['legacy', 'modern'] as const)('is the direct one through wrap, byte for byte: %s', async (era) => {
    const direct = await converse(talk(node, [server]), conversations[era]);
    const spool = temporaryFolder();
    const through = await converse(talk(node, wrapArgs([node, server], { spool })), conversations[era]);
    expect(direct.stdout.length).toBeGreaterThan(9 * 1024 ** 2);
    expect(through.stdout.equals(direct.stdout)).toBe(true);
    expect([through.stderr.toString(), through.code, through.signal]).toEqual([direct.stderr.toString(), direct.code, direct.signal]);
    const { logs, spans } = spooled(spool);
    expect(outcomes(logs)).toEqual([...expected, 'echo ok', ...(era === 'modern' ? ['echo rpc_error'] : [])].toSorted());
    expect(logs.filter(({ mcp }) => (mcp as { invalid?: string }).invalid === 'client')).toHaveLength(3);
    expect(logs.flatMap(({ mcp }) => (mcp as { log?: { level: string } }).log?.level ?? [])).toEqual(['warning', 'warning', 'warning']);
    expect(JSON.stringify(spans)).toContain(era === 'modern' ? '2026-07-28' : '2025-11-25');
  });
});

type Answer = Readonly<{ status: number | undefined; headers: IncomingHttpHeaders; body: Buffer }>;

/** What a request is answered with, without what belongs to the connection or to the moment. */
async function post(url: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const sent = request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
  });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const { date, connection, 'keep-alive': keepAlive, 'transfer-encoding': encoding, ...kept } = answer.headers as IncomingHttpHeaders;
  return { status: answer.statusCode, headers: kept, body: Buffer.concat(parts) };
}

const aboutModern = ({ method, params }: Message): Record<string, string> => ({
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': method,
  ...(typeof params.name === 'string' ? { 'mcp-name': params.name } : {}),
});

describe('a server of both eras by HTTP', () => {
  const stops: (() => Promise<unknown>)[] = [];
  afterAll(() => Promise.all(stops.map((stop) => stop())));

  const started = async (args: readonly string[]) => {
    const process_ = talk(node, args);
    const [line] = (await process_.lines(1)) as [string];
    const stop = () => {
      process_.child.kill('SIGTERM');
      return process_.closed;
    };
    stops.push(stop);
    return { line, stop };
  };

  let direct: string;
  /** In front of it, for what is not recorded. */
  let proxied: string;
  const proxy = async (collector: string) => {
    const args = [builtCli, 'proxy', '--to', direct, '--port', '0', '--url', collector, '--spool', temporaryFolder()];
    const { line, stop } = await started(args);
    return { url: line.split(' ')[0] as string, stop };
  };
  beforeAll(async () => {
    const port = String(await freePort());
    direct = `http://127.0.0.1:${port}/`;
    await started([server, port]);
    proxied = (await proxy(nowhere)).url;
  });

  it.each(['legacy', 'modern'] as const)('is the direct one through the proxy, byte for byte: %s', async (era) => {
    const { url: collector, taken } = await fakeCollector();
    const { url, stop } = await proxy(collector);
    const messages = conversations[era].filter(({ method }) => method !== 'initialize');
    for (const message of messages) {
      const text = JSON.stringify({ jsonrpc: '2.0', ...message });
      const headers = era === 'modern' ? aboutModern(message) : {};
      const [straight, through] = [await post(direct, text, headers), await post(url, text, headers)];
      expect(through.body.equals(straight.body)).toBe(true);
      expect([through.status, through.headers]).toEqual([straight.status, straight.headers]);
    }
    for (const [at, body] of noMessages.entries()) {
      const [straight, through] = [await post(direct, body), await post(url, body)];
      expect([at, through.status, through.headers, through.body.toString('latin1')]).toEqual([
        at,
        straight.status,
        straight.headers,
        straight.body.toString('latin1'),
      ]);
    }
    expect((await stop()).code).toBe(0);
    expect(outcomes(taken.logs)).toEqual(era === 'modern' ? expect.arrayContaining(expected) : expected);
  });

  it('says through the proxy too that it does not want a body, before that is sent', async () => {
    const offer = async (url: string, bytes: number) => {
      const sent = request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          expect: '100-continue',
          'content-length': bytes,
        },
      });
      let continued = false;
      sent.on('continue', () => {
        continued = true;
        sent.end(Buffer.alloc(bytes, 'x'));
      });
      sent.flushHeaders();
      const [answer] = await once(sent, 'response');
      answer.resume();
      await once(answer, 'end');
      sent.destroy();
      return [continued, answer.statusCode];
    };
    expect([await offer(direct, 100), await offer(proxied, 100)]).toEqual([
      [true, 400],
      [true, 400],
    ]);
    expect((await offer(proxied, 20 * 1024 ** 2)).at(-1)).toBe(413);
  });

  it('is told of a wrong header by the server, not by the proxy', async () => {
    const message = conversations.modern[2] as Message;
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    const headers = { ...aboutModern(message), 'mcp-name': 'another' };
    const [straight, through] = [await post(direct, text, headers), await post(proxied, text, headers)];
    expect(straight.status).toBe(400);
    expect([through.status, through.body.toString()]).toEqual([straight.status, straight.body.toString()]);
    expect(straight.body.toString()).toContain('-32020');
  });
});
