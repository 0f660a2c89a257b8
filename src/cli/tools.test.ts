import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../../test/harness/fake-server.ts';
import { runCli } from '../../test/harness/run-cli.ts';

let server: FakeServer;
beforeAll(async () => {
  server = await startFakeServer();
});
afterAll(() => server.stop());

const tool = (members: Readonly<Record<string, unknown>>) => ({
  server: 'weather',
  tool: 'get_weather',
  calls: 10,
  errors: 0,
  errors_by_kind: [],
  clients: ['claude'],
  avg_ms: 12.5,
  p50_ms: 11,
  p95_ms: 20,
  p99_ms: 20,
  max_ms: 20.25,
  slowest_trace_id: 'c1b2c3d4e5f67890abcdef1234567890',
  slowest_span_id: '1234567890abcdef',
  request_bytes: 1,
  response_bytes: null,
  first_seen: '2026-01-01T00:00:00.000Z',
  last_seen: '2026-01-01T00:01:00.000Z',
  ...members,
});
const failing = tool({
  server: 'files',
  tool: 'read\n\u001b[31m',
  errors: 3,
  errors_by_kind: [
    { kind: 'rpc_error', type: '-32602', calls: 2 },
    { kind: 'tool_error', type: '', calls: 1 },
  ],
  avg_ms: 0.2,
  max_ms: 1500,
});
const answer = (tools: readonly unknown[], total = tools.length) => server.answer('/api/tools', 200, { tools, total });
const cli = (...argv: string[]) => runCli(['tools', ...argv], { url: server.url });
const asked = () => new URL(server.requests.at(-1)?.path ?? '', server.url).searchParams;

describe('meshscope tools', () => {
  it('prints a table in columns', async () => {
    answer([failing, tool({})]);
    const { code, stdout, stderr } = await cli();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'SERVER   TOOL              CALLS  ERRORS     AVG   P50   P95   P99  SLOWEST  TRACE                             ERRORS BY KIND',
        'files    read\\n\\u001b[31m     10       3   200µs  11ms  20ms  20ms     1.5s  c1b2c3d4e5f67890abcdef1234567890  2 rpc_error -32602, 1 tool_error',
        'weather  get_weather          10       0  12.5ms  11ms  20ms  20ms   20.3ms  c1b2c3d4e5f67890abcdef1234567890',
        '',
      ].join('\n'),
    );
  });

  it('colours failures when somebody looks', async () => {
    answer([failing, tool({})]);
    const { stdout } = await runCli(['tools'], { url: server.url, tty: true });
    expect(stdout.split('\n').map((line) => line.includes('\u001b[31m'))).toEqual([false, true, false, false]);
    const plain = stdout
      .split('\u001b[')
      .map((part, at) => (at === 0 ? part : part.slice(part.indexOf('m') + 1)))
      .join('');
    expect(plain).toBe((await cli()).stdout);
  });

  it('prints lines of JSON', async () => {
    answer([failing, tool({})]);
    const { stdout } = await cli('--json');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([failing, tool({})]);
  });

  it('asks for the last hour, or for what it is told', async () => {
    answer([]);
    const before = Date.now();
    expect(await cli()).toMatchObject({ code: 0, stdout: '', stderr: 'meshscope: No tool was called in this time.\n' });
    const start = Date.parse(asked().get('start') ?? '');
    expect(start).toBeGreaterThanOrEqual(before - 3_600_000);
    expect(start).toBeLessThanOrEqual(Date.now() - 3_600_000);
    await cli('--since', '2026-01-31T12:00:00Z', '--until', '2026-02-01T00:00:00Z', '--server', 'a&b', '-n', '5');
    expect(Object.fromEntries(asked())).toEqual({
      start: '2026-01-31T12:00:00.000Z',
      end: '2026-02-01T00:00:00.000Z',
      service: 'a&b',
      limit: '5',
    });
  });

  it('says when there are more', async () => {
    answer([tool({})], 7);
    expect((await cli('-n', '1')).stderr).toBe('meshscope: 1 of 7 tools shown; see --limit.\n');
  });

  it('bears an answer of another kind', async () => {
    server.answer('/api/tools', 200, { tools: [{}, 3, { errors_by_kind: 'x', avg_ms: null, tool: 7 }], total: 'x' });
    const { code, stdout } = await cli();
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 3]);
    server.answer('/api/tools', 400, { error: { code: 'bad_request', message: 'no such time' } });
    expect(await cli()).toMatchObject({ code: 1, stderr: expect.stringContaining('no such time') });
  });

  it.each([[['--since', 'never']], [['--limit', '0']], [['weather']], [['--sever', 'x']]])('refuses %j', async (argv) => {
    expect((await cli(...argv)).code).toBe(2);
  });
});
