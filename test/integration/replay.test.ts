import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everythingByHttp } from '../harness/mcp-process.ts';
import { eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

let server: ServerProcess;
let mcp: string;

beforeAll(async () => {
  server = await startServer();
  mcp = (await everythingByHttp()).url;
});
afterAll(async () => {
  await server.stop();
});

async function replay(body: unknown, to = server.url) {
  const answer = await fetch(`${to}/api/replay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> & { error?: { message?: string } } };
}

describe('a replay', () => {
  it('sends the call, answers what the server answers, and is on the audit log', async () => {
    const { status, json } = await replay({ url: mcp, method: 'tools/call', params: { name: 'echo', arguments: { message: 'again' } } });
    expect(status).toBe(200);
    expect(json).toMatchObject({ result: { content: [{ type: 'text', text: 'Echo: again' }] }, took_ms: expect.any(Number) });
    const { records } = (await (await fetch(`${server.url}/api/audit?action=replay`)).json()) as { records: unknown[] };
    expect(records).toMatchObject([{ resource: 'tools/call echo', result: 'sent', details: { url: mcp } }]);
  });

  it('passes errors of the server on', async () => {
    const { json } = await replay({ url: mcp, method: 'resources/read', params: { uri: 'no://such' } });
    expect(json.error).toMatchObject({ code: expect.any(Number), message: expect.any(String) });
  });

  it.each([
    [{ url: 'file:///etc/passwd', method: 'tools/call', params: {} }, 400, 'member url'],
    [{ url: 'http://user:secret@127.0.0.1/mcp', method: 'tools/call', params: {} }, 400, 'no user name'],
    [{ url: 'http://127.0.0.1:9/mcp', method: 'tools/call', params: {} }, 400, 'did not answer'],
    [{ url: 'http://127.0.0.1:9/mcp', method: 'tools/call', params: { name: { toString: 1, valueOf: 1 } } }, 400, 'did not answer'],
    [{ url: 'http://127.0.0.1:9/mcp', method: 'tools/call', params: { name: 'x'.repeat(5000) } }, 400, 'did not answer'],
    [{ url: 'http://127.0.0.1:9/mcp', method: 'initialize', params: {} }, 400, 'member method'],
  ])('refuses %j', async (body, status, message) => {
    const answer = await replay(body);
    expect([answer.status, answer.json.error?.message]).toEqual([status, expect.stringContaining(message)]);
  });

  it('reads no more of a server without end than one message can have, and nothing for a caller that has gone away', async () => {
    const open = new Set<object>();
    const endless = createServer((_request, response) => {
      open.add(response);
      response.on('close', () => open.delete(response)).writeHead(200, { 'content-type': 'application/json' });
      const write = () => {
        while (response.writable && response.write(Buffer.alloc(65_536, 'x')));
        response.once('drain', write);
      };
      write();
    }).listen(0, '127.0.0.1');
    const silent = createServer((_request, response) => {
      open.add(response);
      response.on('close', () => open.delete(response));
    }).listen(0, '127.0.0.1');
    const urlOf = (one: typeof silent) => `http://127.0.0.1:${(one.address() as { port: number }).port}/mcp`;
    await eventually('both listen', async () => endless.listening && silent.listening);
    const call = { method: 'tools/call', params: { name: 'x' } };
    const answer = await replay({ ...call, url: urlOf(endless) });
    expect([answer.status, answer.json.error?.message]).toEqual([400, expect.stringContaining('has more than 16777216 bytes')]);
    const body = JSON.stringify({ ...call, url: urlOf(silent) });
    const headers = { 'content-type': 'application/json' };
    await expect(fetch(`${server.url}/api/replay`, { method: 'POST', headers, body, signal: AbortSignal.timeout(500) })).rejects.toThrow();
    await eventually('nobody asks any more', async () => open.size === 0);
    endless.close();
    silent.close();
  });

  it('is refused where it is switched off', async () => {
    const strict = await startServer({ flags: ['--mcp.replay', 'off'] });
    expect((await replay({ url: mcp, method: 'tools/call', params: {} }, strict.url)).status).toBe(403);
    await strict.stop();
  });
});
