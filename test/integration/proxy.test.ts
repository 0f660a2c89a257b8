import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, describe, expect, it } from 'vitest';
import { everythingByHttp, fakeCollector, talk, temporaryFolder } from '../harness/mcp-process.ts';
import { builtCli, eventually } from '../harness/server-process.ts';

const stops: (() => unknown)[] = [];
afterAll(() => Promise.all(stops.map((stop) => stop())));

/** `meshscope proxy` in front of an address; resolves when it listens. */
async function proxy(to: string) {
  const collector = await fakeCollector();
  const process_ = talk(process.execPath, [
    builtCli,
    'proxy',
    '--to',
    to,
    '--port',
    '0',
    '--url',
    collector.url,
    '--spool',
    temporaryFolder(),
  ]);
  const [line] = (await process_.lines(1)) as [string];
  return {
    url: line.split(' ')[0] as string,
    taken: collector.taken,
    async stop() {
      process_.child.kill('SIGTERM');
      const { code, stderr } = await process_.closed;
      expect([code, stderr.toString()]).toEqual([0, '']);
    },
  };
}

async function everything(kind: 'streamableHttp' | 'sse') {
  const { url, child, closed } = await everythingByHttp(kind);
  stops.push(() => {
    child.kill('SIGKILL');
    return closed;
  });
  return url;
}

/** What a client learns of a server; what differs from run to run is left out. */
async function visit(url: string, kind: 'streamableHttp' | 'sse'): Promise<unknown[]> {
  const client = new Client({ name: 'visitor', version: '1' });
  const logs: string[] = [];
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logs.push(params.level));
  await client.connect(kind === 'sse' ? new SSEClientTransport(new URL(url)) : new StreamableHTTPClientTransport(new URL(url)));
  const progress: unknown[] = [];
  const results = [
    client.getServerVersion(),
    client.getServerCapabilities(),
    await client.listTools(),
    await client.listPrompts(),
    await client.listResources(),
    await client.callTool({ name: 'echo', arguments: { message: 'hé \u{1f600}'.repeat(5000) } }),
    await client.callTool({ name: 'get-sum', arguments: { a: 1.5, b: 2 } }),
    await client.callTool({ name: 'get-sum', arguments: { a: 'x' } }),
    await client.callTool({ name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 3 } }, undefined, {
      onprogress: (step) => void progress.push(step),
    }),
    await client.callTool({ name: 'get-tiny-image', arguments: {} }),
    await client.getPrompt({ name: 'no-such-prompt' }).catch((error: Error) => error.message),
    await client.setLoggingLevel('error').catch((error: Error) => error.message),
  ];
  if (kind === 'streamableHttp') await (client.transport as StreamableHTTPClientTransport).terminateSession();
  await client.close();
  return [...results, progress];
}

describe.each(['streamableHttp', 'sse'] as const)('server-everything by %s', (kind) => {
  it('is the same through the proxy, and its calls are recorded', async () => {
    const url = await everything(kind);
    const { url: through, taken, stop } = await proxy(url);
    expect(await visit(through, kind)).toEqual(await visit(url, kind));
    await stop();
    const calls = taken.logs.filter(({ tool }) => tool !== undefined);
    expect(calls.map(({ tool, request }) => [tool, (request as { status: string }).status])).toEqual([
      ['echo', 'ok'],
      ['get-sum', 'ok'],
      ['get-sum', 'tool_error'],
      ['trigger-long-running-operation', 'ok'],
      ['get-tiny-image', 'ok'],
    ]);
    expect(calls[3]).toMatchObject({ mcp: { client: 'visitor', transport: 'tcp', progress: 3 } });
    expect(new Set(calls.map(({ mcp }) => (mcp as { session: string }).session)).size).toBe(1);
  });
});

/** A server over HTTP whose answers the test writes. */
async function upstream(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void | Promise<void>) {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    await answer(request, response, Buffer.concat(parts).toString());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp?a=1`;
}

const post = (url: string, body: unknown, more: RequestInit = {}) =>
  fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), ...more });
const ask = (id: number, name: string) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: {} } });
const result = (id: number) => ({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'x' }] } });
const outcomes = (logs: readonly Record<string, unknown>[]) =>
  logs.flatMap(({ tool, request }) => (tool === undefined ? [] : [`${tool} ${(request as { status: string }).status}`]));

describe('the proxy', () => {
  it('passes on path, headers, status and body as they are', async () => {
    let seen: { url: string | undefined; headers: string[]; body: string } | undefined;
    const to = await upstream((request, response, body) => {
      seen = { url: request.url, headers: request.rawHeaders, body };
      const headers = ['WWW-Authenticate', 'Bearer resource_metadata="x"', 'Mcp-Session-Id', 'S1', 'X-Odd', 'a', 'X-Odd', 'b'];
      response.writeHead(401, 'Who are you', headers).end('{ "not": "changed",  "n": 1.0 }');
    });
    const { url, stop, taken } = await proxy(to);
    expect(new URL(url).search).toBe('?a=1');
    const odd = '{ "jsonrpc":"2.0", "id": 1.0,\n "method":"tools/call","params":{"name":"t","n":12345678901234567890} }';
    const headers = {
      'Mcp-Method': 'tools/call',
      'Mcp-Name': '=?base64?eA==?=',
      'Mcp-Param-X': '1',
      Authorization: 'Bearer very-secret-token',
    };
    const answer = await post(url, odd, { headers });
    expect([answer.status, answer.statusText, await answer.text()]).toEqual([401, 'Who are you', '{ "not": "changed",  "n": 1.0 }']);
    expect([answer.headers.get('www-authenticate'), answer.headers.get('x-odd')]).toEqual(['Bearer resource_metadata="x"', 'a, b']);
    expect([seen?.url, seen?.body]).toEqual(['/mcp?a=1', odd]);
    for (const [name, value] of Object.entries(headers)) {
      const at = seen?.headers.findIndex((header) => header.toLowerCase() === name.toLowerCase()) ?? -1;
      expect(seen?.headers[at + 1]).toBe(value);
    }
    expect(seen?.headers[(seen?.headers.indexOf('Host') ?? 0) + 1]).toBe(new URL(to).host);
    await stop();
    expect(taken.logs).toMatchObject([{ tool: 't', request: { status: 'transport' }, exception: { type: '401' } }]);
    expect(JSON.stringify(taken)).not.toMatch(/very-secret-token|"S1"/);
  });

  it('holds up no event, keeps comments and ids, and passes on the place to resume from', async () => {
    let lastEventId: unknown;
    const to = await upstream(async (request, response) => {
      lastEventId = request.headers['last-event-id'];
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no', 'cache-control': 'no-transform' });
      for (const part of [
        ': hi\n\n',
        'id: 7\nretry: 10\ndata: {"jsonrpc":"2.0",\n',
        `data: ${JSON.stringify(result(1)).slice(17)}\r\n\r\n`,
      ]) {
        response.write(part);
        await sleep(300);
      }
      response.end();
    });
    const { url, stop, taken } = await proxy(to);
    const answer = await post(url, ask(1, 'stream'), { headers: { 'Last-Event-ID': '6' } });
    expect([answer.headers.get('x-accel-buffering'), answer.headers.get('cache-control'), lastEventId]).toEqual([
      'no',
      'no-transform',
      '6',
    ]);
    const parts: [number, string][] = [];
    const started = performance.now();
    for await (const chunk of answer.body as ReadableStream<Uint8Array>)
      parts.push([performance.now() - started, Buffer.from(chunk).toString()]);
    expect(parts[0]?.[1]).toBe(': hi\n\n');
    expect((parts.at(-1)?.[0] ?? 0) - (parts[0]?.[0] ?? 0)).toBeGreaterThan(400);
    expect(parts.map(([, text]) => text).join('')).toContain('id: 7\nretry: 10\n');
    await stop();
    expect(outcomes(taken.logs)).toEqual(['stream ok']);
  });

  it('tells the server at once that a client is gone, which without a session cancels the call', async () => {
    let isGone = false;
    const to = await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': open\n\n');
      response.on('close', () => {
        isGone = true;
      });
    });
    const { url, stop, taken } = await proxy(to);
    const client = new AbortController();
    const answer = await post(url, ask(1, 'given-up'), { signal: client.signal });
    await sleep(300);
    client.abort();
    await answer.text().catch(() => undefined);
    await eventually('the end', async () => isGone);
    await stop();
    expect(outcomes(taken.logs)).toEqual(['given-up cancelled']);
  });

  it('tells clients without sessions apart, and reads what is compressed', async () => {
    const waiting: (() => void)[] = [];
    const to = await upstream((_, response, body) => {
      const { id } = JSON.parse(body) as { id: number };
      waiting.push(() => {
        const bytes = gzipSync(JSON.stringify(result(id)));
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', 'content-length': bytes.length })
          .end(bytes);
      });
      if (waiting.length === 2) for (const send of waiting.toReversed()) send();
    });
    const { url, stop, taken } = await proxy(to);
    const answers = await Promise.all([post(url, ask(0, 'one')), post(url, ask(0, 'two'))]);
    for (const answer of answers) expect(await answer.json()).toEqual(result(0));
    await stop();
    expect(outcomes(taken.logs).toSorted()).toEqual(['one ok', 'two ok']);
  });

  it('says when there is no server, and breaks off where the server does', async () => {
    const gone = await proxy('http://127.0.0.1:9/mcp');
    expect((await post(gone.url, ask(1, 'nobody'))).status).toBe(502);
    await gone.stop();
    expect(outcomes(gone.taken.logs)).toEqual(['nobody transport']);
    const to = await upstream((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{"half');
      setTimeout(() => response.destroy(), 50);
    });
    const broken = await proxy(to);
    await expect(post(broken.url, ask(1, 'half')).then((answer) => answer.text())).rejects.toThrow();
    await broken.stop();
    expect(outcomes(broken.taken.logs)).toEqual(['half transport']);
  });

  it('is for this machine: other names and other pages are refused', async () => {
    const to = await upstream((_, response) => void response.end('reached'));
    const { url, stop } = await proxy(to);
    const { port } = new URL(url);
    expect(await (await fetch(url, { headers: { Origin: 'http://localhost:5173' } })).text()).toBe('reached');
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', 'x'])
      expect((await fetch(url, { headers: { Origin: origin } })).status).toBe(403);
    const raw = talk('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', 'Host: evil.example', `http://127.0.0.1:${port}/mcp`]);
    expect((await raw.closed).stdout.toString()).toBe('403');
    await stop();
  });
});
