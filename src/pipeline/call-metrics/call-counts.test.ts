import { describe, expect, it } from 'vitest';
import type { Sample } from '../../lib/telemetry.ts';
import { spanLine } from '../../model/signal-lines.ts';
import { type SpanRecord, unknownSpan } from '../../model/span.ts';
import type { SpanLines } from '../../model/span-lines.ts';
import { CallCounts } from './call-counts.ts';
import { durationBounds } from './call-series.ts';

let ids = 0;

/** A span of `tools/call`, of 250 µs. */
const span = (attributes: Readonly<Record<string, unknown>> = {}, more: Partial<SpanRecord> = {}): SpanRecord => ({
  ...unknownSpan,
  record: 'span',
  traceId: 'a'.repeat(32),
  spanId: (++ids).toString(16).padStart(16, '0'),
  kind: 'server',
  service: 'weather',
  startNanos: '1795000000000000000',
  endNanos: '1795000000000250000',
  attributes: JSON.stringify({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'forecast', ...attributes }),
  ...more,
});

const meshSpan = (more: Partial<SpanRecord> = {}): SpanRecord =>
  span({}, { kind: '', attributes: '', name: 'tool:forecast', durationNanos: '3000000', origin: `mesh:trace 1-${ids}`, ...more });

const counted = (samples: readonly Sample[]) =>
  samples.flatMap(({ suffix, labels, value }) => (suffix === '_count' ? [[Object.values(labels).join(' '), value] as const] : []));

/** As the source of MCP Mesh's spans writes them. */
const linesOf = (spans: readonly SpanRecord[]): SpanLines => ({
  bytes: Buffer.from(spans.map((one) => spanLine(one, 0, 'redis')).join('')),
  rowsAt: spans.map(() => 0),
});

/** What one batch of a source makes of the two metrics. */
function taken(source: string, spans: readonly SpanRecord[], counts = new CallCounts(100)) {
  counts.take(source === 'redis' ? { source, spans: [], lines: linesOf(spans) } : { source, spans });
  return { server: counted(counts.sides.server.durations()), client: counted(counts.sides.client.durations()) };
}

describe('a span of MCP', () => {
  it.each<[string, Readonly<Record<string, unknown>>, Partial<SpanRecord>, 'server' | 'client', string | undefined]>([
    ['of the program', {}, {}, 'server', 'weather tools/call forecast ok self'],
    [
      'of a recorder',
      { 'meshscope.session': 's', 'meshscope.outcome': 'empty', 'mcp.client.name': 'desk' },
      {},
      'server',
      'weather desk tools/call forecast empty recorder',
    ],
    [
      'of the caller',
      { 'mcp.server.name': 'far' },
      { kind: 'client', service: 'agent' },
      'client',
      'far agent tools/call forecast ok self',
    ],
    ['with a code', { 'error.type': '-32603' }, {}, 'server', 'weather tools/call forecast rpc_error -32603 self'],
    ['with isError', { 'error.type': 'tool_error' }, {}, 'server', 'weather tools/call forecast tool_error tool_error self'],
    ['with a status alone', {}, { status: 'error' }, 'server', 'weather tools/call forecast error self'],
    ['of an unknown tool', { 'error.type': '-32602' }, {}, 'server', 'weather tools/call _OTHER rpc_error -32602 self'],
    [
      'of an unknown tool, first generation',
      { 'error.type': 'tool_error' },
      { statusMessage: 'MCP error -32602: Tool forecast not found' },
      'server',
      'weather tools/call _OTHER tool_error tool_error self',
    ],
    ['of a list', { 'mcp.method.name': 'tools/list' }, {}, 'server', 'weather tools/list ok self'],
    ['of a prompt', { 'mcp.method.name': 'prompts/get', 'gen_ai.prompt.name': 'plan' }, {}, 'server', 'weather prompts/get plan ok self'],
    ['of an invented method', { 'mcp.method.name': 'x/y' }, {}, 'server', 'weather _OTHER ok self'],
    ['that is not over', { 'meshscope.outcome': 'input_required' }, {}, 'server', undefined],
    ['of a subscription', { 'mcp.method.name': 'subscriptions/listen' }, {}, 'server', undefined],
    ['without times', {}, { endNanos: '' }, 'server', undefined],
    ['whose method is no text', { 'mcp.method.name': 7 }, {}, 'server', undefined],
    ['of something else', {}, { attributes: '{"note":"\\"mcp.method.name\\":\\"tools/call\\""}' }, 'server', undefined],
    ['without attributes', {}, { attributes: '' }, 'server', undefined],
    ['of a person who was asked', { 'meshscope.human_ms': 1e9 }, {}, 'server', 'weather tools/call forecast ok self'],
  ])('%s', (_, attributes, more, side, labels) => {
    expect(taken('otlp', [span(attributes, more)])[side]).toEqual(labels === undefined ? [] : [[labels, 1]]);
  });

  it('is counted once, however often it is sent', () => {
    const counts = new CallCounts(100);
    const one = span();
    taken('otlp', [one, one], counts);
    expect(taken('otlp', [one, span()], counts).server).toEqual([['weather tools/call forecast ok self', 2]]);
  });

  it('leaves the name of a tool alone that has answered before', () => {
    const answers = [span(), span({ 'error.type': '-32602' }), span({ 'error.type': '-32602', 'gen_ai.tool.name': 'made-up' })];
    expect(taken('otlp', answers).server.map(([labels]) => labels)).toEqual([
      'weather tools/call forecast ok self',
      'weather tools/call forecast rpc_error -32602 self',
      'weather tools/call _OTHER rpc_error -32602 self',
    ]);
  });

  it('adds its time to the bucket, and is its exemplar', () => {
    const counts = new CallCounts(100);
    counts.take({ source: 'otlp', spans: [span(), span({}, { endNanos: '1795000000400000000' })] });
    const samples = counts.sides.server.durations();
    const buckets = samples.filter(({ suffix }) => suffix === '_bucket');
    expect(buckets).toHaveLength(durationBounds.length + 1);
    expect(buckets.map(({ labels, value }) => [labels.le, value])).toEqual([
      ...['0.0001', '0.0002'].map((le) => [le, 0]),
      ...['0.0005', '0.001', '0.002', '0.005', '0.01', '0.02', '0.05', '0.1', '0.2'].map((le) => [le, 1]),
      ...['0.5', '1.0', '2.0', '5.0', '10.0', '30.0', '60.0', '120.0', '300.0', '+Inf'].map((le) => [le, 2]),
    ]);
    expect(samples.find(({ suffix }) => suffix === '_sum')?.value).toBeCloseTo(0.40025, 12);
    expect(buckets[2]?.exemplar).toMatchObject({ labels: { trace_id: 'a'.repeat(32) }, value: 0.00025 });
    expect(buckets[3]?.exemplar).toBeUndefined();
  });

  it('adds its bytes, by what bytes depend on', () => {
    const bytes = { 'meshscope.request_bytes': 10, 'meshscope.response_bytes': 500 };
    const counts = new CallCounts(100);
    counts.take({ source: 'otlp', spans: ['a', 'b'].map((client) => span({ ...bytes, 'mcp.client.name': client })) });
    const labels = { server: 'weather', mcp_method_name: 'tools/call', gen_ai_tool_name: 'forecast', reporter: 'self' };
    expect(counts.bytes('requestBytes')).toEqual([{ labels, value: 20 }]);
    expect(counts.bytes('responseBytes')).toEqual([{ labels, value: 1000 }]);
  });
});

describe('the limit of series', () => {
  it('holds for names, callers and MCP Mesh alike, and loses no call', () => {
    const counts = new CallCounts(10);
    const spans = Array.from({ length: 500 }, (_, at) => span({ 'gen_ai.tool.name': `t${at}`, 'mcp.client.name': `c${at}` }));
    counts.take({ source: 'otlp', spans });
    const mesh = Array.from({ length: 500 }, (_, at) => meshSpan({ name: `tool:t${at}`, service: `s${at % 50}` }));
    counts.take({ source: 'redis', spans: mesh });
    const series = counted(counts.sides.server.durations());
    expect(series).toHaveLength(10);
    expect(series.reduce((sum, [, count]) => sum + count, 0)).toBe(1000);
    expect(counts.sides.server.durations().at(-1)?.labels).toEqual({ otel_metric_overflow: 'true' });
  });

  it('takes values of any type', () => {
    const names = [
      'mcp.method.name',
      'gen_ai.tool.name',
      'error.type',
      'meshscope.outcome',
      'meshscope.human_ms',
      'meshscope.request_bytes',
    ];
    const values = [null, [], {}, true, -1, 1e308, '', '1', { base64: 'AA==' }];
    const counts = new CallCounts(100);
    counts.take({ source: 'zipkin', spans: names.flatMap((name) => values.map((value) => span({ [name]: value }, { kind: '' }))) });
    const samples = [...counts.sides.client.durations(), ...counts.bytes('requestBytes')];
    expect(samples.length).toBeGreaterThan(100);
    expect(samples.filter(({ value }) => !(value >= 0))).toEqual([]);
  });

  it('takes hostile names as text', () => {
    const names = ['__proto__', 'constructor', 'a\0b', '\ud800', 'x'.repeat(10_000), ''];
    const samples = taken(
      'otlp',
      names.map((name) => span({ 'gen_ai.tool.name': name })),
    );
    expect(samples.server.map(([labels]) => labels)).toEqual([
      'weather tools/call __proto__ ok self',
      'weather tools/call constructor ok self',
      'weather tools/call a\0b ok self',
      'weather tools/call \ufffd ok self',
      `weather tools/call ${'x'.repeat(128)} ok self`,
      'weather tools/call ok self',
    ]);
  });
});

describe("a span of MCP Mesh's agents", () => {
  it.each<[string, readonly Partial<SpanRecord>[], readonly (readonly [string, number])[]]>([
    ['is a call', [{}, { status: 'ok' }], [['weather tools/call forecast ok mesh', 2]]],
    ['has failed', [{ status: 'error' }], [['weather tools/call forecast error mesh', 1]]],
    [
      'is a route',
      [{ name: 'GET /health' }, { name: 'route:x' }, { name: 'proxy_call_wrapper' }, { name: '_internal_x' }, { name: '' }],
      [],
    ],
    ['has no time', [{ durationNanos: '', endNanos: '' }], []],
  ])('%s', (_, spans, expected) => {
    expect(taken('redis', spans.map(meshSpan)).server).toEqual(expected);
  });

  it('is open from its start event to its end, and is counted once', () => {
    const counts = new CallCounts(100);
    const id = { spanId: 'e1', durationNanos: '' };
    const start = meshSpan({ ...id, record: 'start', endNanos: '' });
    const ending = { ...id, startNanos: '', name: '', service: '' };
    counts.take({
      source: 'redis',
      spans: [start, meshSpan({ record: 'start', spanId: 'e2' }), meshSpan({ record: 'start', name: 'GET /x' })],
    });
    const now = Date.now();
    expect(counts.inFlight(now)).toEqual([{ labels: { server: 'weather', reporter: 'mesh' }, value: 2 }]);
    const ends = [meshSpan({ ...ending, record: 'error' }), meshSpan({ ...ending, record: 'end', status: 'ok' })];
    expect(taken('redis', ends, counts).server).toEqual([['weather tools/call forecast error mesh', 1]]);
    expect(counts.inFlight(now)).toEqual([{ labels: { server: 'weather', reporter: 'mesh' }, value: 1 }]);
    expect(counts.inFlight(now + 3_700_000)).toEqual([]);
    expect(counts.sides.server.durations().find(({ suffix }) => suffix === '_sum')?.value).toBeCloseTo(0.00025, 9);
  });
});
