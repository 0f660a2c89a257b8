import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { McpClient, type StdioServer } from './mcp-client.ts';

const clients: McpClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

/** A server whose `answer(message)` is JavaScript; what it returns is sent back. */
function serverThat(answer: string): McpClient {
  const script = `const out = (m) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...m }) + '\\n');
    require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const m = JSON.parse(line);
      if (m.method === 'initialize') return out({ id: m.id, result: {} });
      if (m.method === 'notifications/initialized') return;
      ${answer}
    });`;
  const client = new McpClient(spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'ignore'] }) as StdioServer);
  clients.push(client);
  return client;
}

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const say = (text: string) => `out({ id: m.id, result: { content: [{ type: 'text', text: ${text} }] } });`;

describe('a call', () => {
  it.each([
    ['ok', say('m.params._meta.traceparent + m.params.arguments.a'), { outcome: 'ok', text: `${traceparent}1` }],
    ['a failing tool', "out({ id: m.id, result: { isError: true, content: [{ text: 'no' }] } });", { outcome: 'tool_error', text: 'no' }],
    ['an error', "out({ id: m.id, error: { code: -32602, message: 'what?' } });", { outcome: 'rpc_error', text: 'what?' }],
    ['an empty result', 'out({ id: m.id, result: null });', { outcome: 'ok', text: '' }],
    [
      'garbage before the answer',
      `process.stdout.write('\\n{{{\\n[1]\\nnull\\n"x"\\n{"id":"1"}\\n{"id":99}\\n'); ${say("'y'")}`,
      { outcome: 'ok', text: 'y' },
    ],
    ['a server that dies', 'if (m.id) process.exit(3);', { outcome: 'transport', text: 'the server has ended' }],
  ] as const)('with %s', async (_, answer, expected) => {
    const client = serverThat(answer);
    expect(await client.connect('tester', 10_000)).toBe(true);
    expect(await client.callTool('t', { a: 1 }, { traceparent })).toEqual(expected);
  });

  it.each([
    ['the request timed out', 'timed_out'],
    ['the user pressed stop', 'cancelled'],
  ])('is given up because %s, and the server is told', async (reason, outcome) => {
    // The first call is never answered; the second says what the server was told about it.
    const client = serverThat(`if (m.method === 'notifications/cancelled') globalThis.told = m.params;
      if (m.id === 3) { const text = JSON.stringify(globalThis.told); ${say('text')} }`);
    await client.connect('tester', 10_000);
    expect(await client.callTool('t', {}, { traceparent, giveUp: { afterMillis: 50, reason } })).toEqual({ outcome, text: reason });
    expect(JSON.parse((await client.callTool('t', {}, { traceparent })).text)).toEqual({ requestId: 2, reason });
  });

  it('is answered while the server asks something itself', async () => {
    const client =
      serverThat(`if (m.method === 'tools/call') { globalThis.id = m.id; out({ id: 'p', method: 'ping' }); out({ id: 's', method: 'sampling/createMessage' }); }
      if (m.id === 'p') globalThis.pong = m.result;
      if (m.id === 's') out({ id: globalThis.id, result: { content: [{ text: JSON.stringify([globalThis.pong, m.error.code]) }] } });`);
    await client.connect('tester', 10_000);
    expect(await client.callTool('t', {}, { traceparent })).toEqual({ outcome: 'ok', text: '[{},-32601]' });
  });
});

it('says that there is no server when it does not answer, does not run, or is no program', async () => {
  const silent = new McpClient(
    spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'pipe', 'ignore'] }) as StdioServer,
  );
  const missing = new McpClient(spawn('/no/such/program', [], { stdio: ['pipe', 'pipe', 'ignore'] }) as unknown as StdioServer);
  clients.push(silent, missing);
  expect(await silent.connect('tester', 200)).toBe(false);
  expect(await missing.connect('tester', 10_000)).toBe(false);
});
