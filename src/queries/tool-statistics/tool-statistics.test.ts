import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type SpanRecord, unknownSpan } from '../../model/span.ts';
import { openTraceTable, type TraceTable } from '../traces/testing/trace-table.ts';
import { createToolQueries, type ToolStatistics } from './tool-statistics.ts';

const base = 1_763_700_000_000;
const limits = { timeoutMillis: 20_000, memoryBytes: 512 * 1024 ** 2 };
const anyTime = { from: undefined, to: undefined };

let table: TraceTable;
beforeAll(async () => {
  table = await openTraceTable();
});
afterEach(() => table.engine.command('TRUNCATE TABLE spans'));
afterAll(() => table.close());

let lastId = 0;
const id = () => `${++lastId}`;

/** An MCP call by OpenTelemetry's conventions. Milliseconds count from `base`. */
function mcp(
  tool: string,
  [start, end]: readonly [number, number],
  { attributes = {}, ...members }: Partial<Omit<SpanRecord, 'attributes'>> & { attributes?: Readonly<Record<string, unknown>> } = {},
): SpanRecord {
  return {
    ...unknownSpan,
    record: 'span',
    traceId: `trace-${id()}`,
    spanId: `span-${id()}`,
    name: `tools/call ${tool}`,
    kind: 'server',
    service: 'weather',
    startNanos: nanos(start),
    endNanos: nanos(end),
    attributes: JSON.stringify({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': tool, ...attributes }),
    ...members,
  };
}

const nanos = (millis: number) => String(BigInt(base) * 1_000_000n + BigInt(Math.round(millis * 1e6)));

const mesh = (name: string, members: Partial<SpanRecord> = {}): SpanRecord => ({
  ...unknownSpan,
  record: 'span',
  traceId: `mesh-${id()}`,
  spanId: `mesh-${id()}`,
  name,
  service: 'report-agent',
  startNanos: nanos(0),
  endNanos: nanos(10),
  durationNanos: '9500000',
  origin: `mesh:trace ${id()}-0`,
  ...members,
});

async function ask(
  spans: readonly SpanRecord[],
  question: Readonly<{ service?: string; sliceSize?: number }> = {},
): Promise<readonly ToolStatistics[]> {
  if (spans.length > 0) await table.load(spans, base);
  const queries = createToolQueries(table.engine, limits, question);
  return (await queries.tools({ range: anyTime, service: question.service, limit: 100 })).tools;
}

const counts = (tools: readonly ToolStatistics[]) =>
  Object.fromEntries(tools.map(({ server, tool, calls, errors }) => [`${server} ${tool}`, [calls, errors]]));

/** Repeatable, and unlike each other. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

const outcomes = [
  ['ok', undefined],
  ['ok', undefined],
  ['empty', undefined],
  ['tool_error', 'tool_error'],
  ['rpc_error', '-32602'],
  ['timed_out', 'timed_out'],
] as const;

describe('tool statistics', () => {
  it.each([
    ['a few calls, in one slice', 240, 300_000, 0],
    ['many calls, in slices', 4000, 900, 0.0026],
  ] as const)('of %s are those computed in JavaScript', async (_, count, sliceSize, tolerance) => {
    const random = numbers(7);
    const next = () => random.next().value as number;
    const calls = Array.from({ length: count }, () => ({
      server: next() < 0.5 ? 'weather' : 'files',
      tool: ['a/b', 'get "x"', 'größe'][Math.floor(next() * 3)] as string,
      outcome: outcomes[Math.floor(next() * outcomes.length)] as (typeof outcomes)[number],
      client: next() < 0.5 ? 'claude' : 'cursor',
      start: Math.floor(next() * 3_000_000),
      // From a tenth of a millisecond to some seconds, in microseconds.
      took: Math.round(0.1 * 20 ** (next() * 3.5) * 1000) / 1000,
      request: Math.floor(next() * 1000),
      response: Math.floor(next() * 100_000),
    }));
    const spans = calls.map(({ server, tool, outcome: [outcome, type], client, start, took, request, response }) =>
      mcp(tool, [start, start + took], {
        service: server,
        attributes: {
          'meshscope.outcome': outcome,
          'error.type': type,
          'mcp.client.name': client,
          'meshscope.request_bytes': request,
          'meshscope.response_bytes': response,
        },
      }),
    );
    const tools = await ask(spans, { sliceSize });
    const traces = new Map(spans.map(({ traceId }, at) => [traceId, calls[at]]));
    expect(tools).toHaveLength(6);
    for (const one of tools) {
      const own = calls.filter(({ server, tool }) => server === one.server && tool === one.tool);
      const durations = own.map(({ took }) => took).sort((a, b) => a - b);
      const failed = own.filter(({ outcome: [outcome] }) => outcome !== 'ok' && outcome !== 'empty');
      const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
      const kind = (name: string) => failed.filter(({ outcome: [outcome] }) => outcome === name).length;
      expect([one.calls, one.errors]).toEqual([own.length, failed.length]);
      expect(Object.fromEntries(one.errorKinds.map(({ kind, type, calls }) => [`${kind} ${type}`, calls]))).toEqual({
        'tool_error ': kind('tool_error'),
        'rpc_error -32602': kind('rpc_error'),
        'timed_out ': kind('timed_out'),
      });
      expect(one.clients).toEqual(['claude', 'cursor']);
      expect(one.averageMillis).toBeCloseTo(sum(durations) / own.length, 8);
      for (const [share, given] of [
        [0.5, one.p50Millis],
        [0.95, one.p95Millis],
        [0.99, one.p99Millis],
      ] as const) {
        const expected = durations[Math.ceil(share * own.length) - 1] as number;
        expect(Math.abs(given - expected)).toBeLessThanOrEqual(expected * tolerance + 1e-9);
      }
      expect(one.maxMillis).toBeCloseTo(durations.at(-1) as number, 8);
      expect(traces.get(one.slowestTraceId)).toMatchObject({ server: one.server, tool: one.tool, took: durations.at(-1) });
      expect([one.requestBytes, one.responseBytes]).toEqual([
        sum(own.map(({ request }) => request)),
        sum(own.map(({ response }) => response)),
      ]);
      expect(one.firstSeenMillis).toBe(base + Math.min(...own.map(({ start }) => start)));
      expect(one.lastSeenMillis).toBe(Math.floor(base + Math.max(...own.map(({ start, took }) => start + took))));
    }
    expect(tools.map(({ errors }) => errors)).toEqual(tools.map(({ errors }) => errors).sort((a, b) => b - a));
  });

  it.each([
    ['in one row each', false],
    ['in several rows', true],
  ])('count a call once, whoever sent spans of it, %s', async (_, isRepeated) => {
    const client = mcp('both', [0, 10], { kind: 'client', service: 'agent' });
    const below = (parent: SpanRecord, members: Parameters<typeof mcp>[2] & object) => ({
      traceId: parent.traceId,
      parentId: parent.spanId,
      ...members,
    });
    const both = [client, mcp('both', [2, 8], below(client, {}))];

    const outer = mcp('over-http', [0, 10], { kind: 'client', service: 'agent' });
    const post = mcp('', [1, 9], below(outer, { kind: 'client', name: 'POST', attributes: { 'mcp.method.name': undefined } }));
    const posted = mcp('', [2, 8], below(post, { name: 'POST /mcp', attributes: { 'mcp.method.name': undefined } }));
    const overHttp = [outer, post, posted, mcp('over-http', [3, 7], below(posted, {}))];

    const caller = mcp('recorded', [0, 10], { kind: 'client', service: 'agent', attributes: { 'jsonrpc.request.id': '7' } });
    const recorder = below(caller, {
      attributes: { 'jsonrpc.request.id': '7', 'meshscope.session': 's', 'meshscope.outcome': 'tool_error' },
    });
    const recorded = [
      caller,
      mcp('recorded', [1, 9], recorder),
      mcp('recorded', [2, 8], below(caller, { attributes: { 'jsonrpc.request.id': '7' } })),
    ];

    const resent = mcp('resent', [0, 5]);
    const alsoMesh = mcp('also-mesh', [0, 5]);
    const round = mcp('rounds', [0, 5], { attributes: { 'meshscope.outcome': 'input_required' } });

    const tools = await ask([
      ...both,
      ...overHttp,
      ...recorded,
      resent,
      alsoMesh,
      ...(isRepeated ? [resent, mesh('also-mesh', { traceId: alsoMesh.traceId, spanId: alsoMesh.spanId })] : []),
      round,
      mcp('rounds', [6, 9], { traceId: round.traceId }),
    ]);
    expect(counts(tools)).toEqual({
      'weather both': [1, 0],
      'weather over-http': [1, 0],
      'weather recorded': [1, 1],
      'weather resent': [1, 0],
      'weather also-mesh': [1, 0],
      'weather rounds': [1, 0],
    });
    expect(Object.fromEntries(tools.map(({ tool, maxMillis }) => [tool, maxMillis]))).toMatchObject({
      both: 6,
      'over-http': 4,
      recorded: 8,
    });
  });

  it('count what only the calling side saw, under the name of the server as far as it is known', async () => {
    const nested = mcp('nested', [0, 9], { kind: 'server', service: 'gateway' });
    const tools = await ask([
      mcp('far', [0, 3], { kind: 'client', service: 'agent', attributes: { 'mcp.server.name': 'github' } }),
      mcp('far', [0, 3], { kind: 'client', service: 'agent', target: 'github' }),
      mcp('plain', [0, 3], { kind: 'internal', service: 'agent', status: 'error' }),
      nested,
      // A server that calls another: both are calls.
      mcp('deeper', [1, 8], { kind: 'client', service: 'gateway', traceId: nested.traceId, parentId: nested.spanId }),
    ]);
    expect(counts(tools)).toEqual({ 'github far': [2, 0], 'agent plain': [1, 1], 'gateway nested': [1, 0], 'gateway deeper': [1, 0] });
    expect(tools.find(({ tool }) => tool === 'far')?.clients).toEqual(['agent']);
  });

  it('keep calls apart that look alike', async () => {
    const agent = { traceId: 't', parentId: 'agent' };
    const session = (name: string) => ({ attributes: { 'jsonrpc.request.id': '2', 'meshscope.session': name } });
    const tools = await ask([
      mcp('search', [0, 1], { ...agent, ...session('a') }),
      mcp('search', [0, 1], { ...agent, ...session('b') }),
      mcp('read', [0, 1], { ...agent, attributes: { 'jsonrpc.request.id': '3' } }),
      mcp('read', [0, 1], { ...agent, attributes: { 'jsonrpc.request.id': '4' } }),
      // Version 0.4 of MCP Mesh's SDK gave all functions of a request one span id.
      mesh('one', { traceId: 'same', spanId: 'same' }),
      mesh('two', { traceId: 'same', spanId: 'same' }),
    ]);
    expect(counts(tools)).toEqual({
      'weather search': [2, 0],
      'weather read': [2, 0],
      'report-agent one': [1, 0],
      'report-agent two': [1, 0],
    });
  });

  it.each([undefined, 2])(
    'count a call once that a recorder and its server tell without a common trace (slices of %s)',
    async (sliceSize) => {
      const told = (conversation: string, request: string, more: object = {}) => ({
        attributes: { 'meshscope.conversation': conversation, 'jsonrpc.request.id': request, 'mcp.server.name': 'forecasts', ...more },
      });
      const recorded = { 'meshscope.session': 's' };
      const tools = await ask(
        [
          mcp('get', [0, 10], { ...told('one', '1', recorded), service: 'weather.js' }),
          mcp('get', [1, 9], told('one', '1')),
          mcp('get', [20, 30], { ...told('one', '2', recorded), service: 'weather.js' }),
          mcp('get', [21, 29], told('one', '2')),
          // The recorder has not seen these.
          mcp('get', [41, 49], told('one', '3')),
          mcp('get', [1, 9], told('two', '1')),
          mcp('put', [1, 9], told('one', '1')),
          mcp('get', [1, 9], told('one', '2', { 'mcp.server.name': 'another' })),
          mcp('get', [1, 9], { attributes: { 'jsonrpc.request.id': '1' } }),
        ],
        sliceSize === undefined ? {} : { sliceSize },
      );
      expect(counts(tools)).toEqual({ 'weather.js get': [2, 0], 'weather get': [4, 0], 'weather put': [1, 0] });
    },
  );

  it('count a call of which the start was told when it is over', async () => {
    const same = { traceId: 'slow', spanId: 'slow' };
    const start = mcp('wait', [0, 0], { ...same, record: 'start', endNanos: '' });
    const open = mcp('wait', [0, 0], { record: 'start', endNanos: '' });
    expect(await ask([start, open])).toEqual([]);
    const [tool, ...others] = await ask([mcp('wait', [0, 5000], { ...same, record: 'end' })]);
    expect([others, tool?.calls, tool?.averageMillis]).toEqual([[], 1, 5000]);
  });

  it('take MCP Mesh’s operations for tools, whole or as events, but neither proxies nor routes', async () => {
    const event = (record: SpanRecord['record'], span: string, at: number, members: Partial<SpanRecord> = {}) => {
      const time = record === 'start' ? { startNanos: nanos(at), endNanos: '' } : { startNanos: '', endNanos: nanos(at) };
      return mesh('tool:write', { record, traceId: 'events', spanId: span, durationNanos: '', ...time, ...members });
    };
    const tools = await ask([
      mesh('generate_report', { requestBytes: '10', responseBytes: '300' }),
      mesh('tool:generate_report', { status: 'error', responseBytes: '5' }),
      ...['proxy_call_wrapper', 'proxy_call_wrapper_2', '_internal_x', 'route:chat', 'GET /api/report'].map((name) => mesh(name)),
      event('end', '1', 30),
      event('start', '1', 10),
      event('start', '2', 10),
      event('error', '2', 15),
      event('start', '3', 10),
    ]);
    expect(counts(tools)).toEqual({ 'report-agent generate_report': [2, 1], 'report-agent write': [2, 1] });
    const [report, write] = ['generate_report', 'write'].map((name) => tools.find(({ tool }) => tool === name));
    expect(report).toMatchObject({
      averageMillis: 9.5,
      requestBytes: 10,
      responseBytes: 305,
      errorKinds: [{ kind: 'error', type: '', calls: 1 }],
    });
    expect(write).toMatchObject({ averageMillis: 12.5, maxMillis: 20, requestBytes: undefined });
  });

  it('leave a person’s time out', async () => {
    const [tool] = await ask([mcp('ask', [0, 5000], { attributes: { 'meshscope.human_ms': 4000.5 } })]);
    expect(tool?.averageMillis).toBe(999.5);
  });

  it.each([
    ['conventions alone', { status: 'error', attributes: { 'error.type': '-32603' } }, { kind: 'rpc_error', type: '-32603' }],
    ['the tool itself', { status: 'error', attributes: { 'error.type': 'tool_error' } }, { kind: 'tool_error', type: '' }],
    ['an exception', { status: 'error', attributes: { 'error.type': 'ValueError' } }, { kind: 'error', type: 'ValueError' }],
    [
      'a mistake of the caller',
      { attributes: { 'meshscope.outcome': 'rpc_error', 'error.type': '-32602' } },
      { kind: 'rpc_error', type: '-32602' },
    ],
    ['a status alone', { status: 'error' }, { kind: 'error', type: '' }],
  ] as const)('name the kind of an error by %s', async (_, members, kind) => {
    const [tool] = await ask([mcp('x', [0, 1], members)]);
    expect(tool).toMatchObject({ errors: 1, errorKinds: [{ ...kind, calls: 1 }] });
  });

  it('take a range and a server', async () => {
    await table.load(
      [mcp('a', [0, 1]), mcp('a', [1000, 1001]), mcp('a', [2000, 2001]), mcp('a', [1000, 1001], { service: 'files' })],
      base,
    );
    const queries = createToolQueries(table.engine, limits);
    const range = { from: BigInt(nanos(500)), to: BigInt(nanos(1000)) };
    expect(counts((await queries.tools({ range, service: undefined, limit: 9 })).tools)).toEqual({
      'weather a': [1, 0],
      'files a': [1, 0],
    });
    expect(counts((await queries.tools({ range, service: 'files', limit: 9 })).tools)).toEqual({ 'files a': [1, 0] });
    expect(await queries.tools({ range, service: "x' OR 1 = 1 --", limit: 9 })).toEqual({ tools: [], total: 0 });
    expect(await queries.tools({ range, service: undefined, limit: 1 })).toMatchObject({ tools: [{}], total: 2 });
  });

  it('bear hostile spans', async () => {
    const long = 'é'.repeat(100_000);
    const tools = await ask([
      mcp('__proto__', [0, 1], { service: 'constructor', attributes: { 'error.type': '__proto__', 'meshscope.outcome': 'toString' } }),
      mcp(long, [0, 1], { attributes: { 'mcp.client.name': long } }),
      mcp('no-name', [0, 1], { attributes: { 'gen_ai.tool.name': undefined } }),
      mcp('', [0, 1], { name: 'tools/call', attributes: { 'gen_ai.tool.name': null } }),
      mcp('', [0, 1], { attributes: { 'gen_ai.tool.name': { a: [1] }, 'meshscope.request_bytes': '12', 'meshscope.human_ms': 'NaN' } }),
      mcp('backwards', [10, 0]),
      mcp('no-times', [0, 0], { startNanos: '', endNanos: '' }),
      mcp('listing', [0, 1], { attributes: { 'mcp.method.name': 'tools/list', other: 'tools/call' } }),
    ]);
    expect(tools).toHaveLength(7);
    expect(Math.max(...tools.map(({ tool }) => [...tool].length))).toBe(200);
    expect(tools.map(({ tool }) => tool)).toContain('no-name');
    expect(tools.find(({ tool }) => tool === '__proto__')).toMatchObject({
      server: 'constructor',
      errorKinds: [{ kind: 'toString', type: '__proto__' }],
    });
    expect(tools.filter(({ tool }) => tool === 'backwards' || tool === 'no-times').map(({ maxMillis }) => maxMillis)).toEqual([0, 0]);
  });

  it('bound the kinds of errors and the clients', async () => {
    const spans = Array.from({ length: 500 }, (_, at) =>
      mcp('x', [at, at + 1], { attributes: { 'error.type': `E${at}`, 'mcp.client.name': `c${at}` } }),
    );
    const [tool] = await ask([...spans, mcp('x', [0, 1], { attributes: { 'error.type': 'E7' } })]);
    expect(tool?.errorKinds).toHaveLength(21);
    expect(tool?.errorKinds[0]).toEqual({ kind: 'error', type: 'E7', calls: 2 });
    expect(tool?.errorKinds.at(-1)).toEqual({ kind: 'other', type: '', calls: 501 - 21 });
    expect(tool?.clients).toHaveLength(20);
  });

  it('of nothing are none', async () => {
    expect(await ask([])).toEqual([]);
  });
});
