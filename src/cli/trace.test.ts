import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../../test/harness/chromium-path.ts';
import { type FakeServer, startFakeServer } from '../../test/harness/fake-server.ts';
import { runCli } from '../../test/harness/run-cli.ts';
import { type JsonObject, parseJson, stringifyJson } from '../lib/json/json-text.ts';
import type { Span, Trace } from '../model/trace.ts';
import { exampleSpan, exampleTrace } from '../queries/trace-forms/testing/example-trace.ts';
import { printTrace } from '../surfaces/traces/print-trace.ts';
import { parseTrace } from './trace-answer.ts';
import { tracePage } from './trace-page.ts';
import { traceLines } from './trace-text.ts';

let server: FakeServer;
let cwd: string;
beforeAll(async () => {
  server = await startFakeServer();
  cwd = mkdtempSync(join(tmpdir(), 'meshscope-trace-'));
});
afterAll(async () => {
  await server.stop();
  rmSync(cwd, { recursive: true });
});

const start = exampleSpan().startNanos;
/** Milliseconds from the start of the trace. */
const times = (from: number, to: number): Partial<Span> => ({
  startNanos: start + BigInt(from) * 1_000_000n,
  endNanos: start + BigInt(to) * 1_000_000n,
  durationNanos: BigInt(to - from) * 1_000_000n,
});
const endless: Partial<Span> = { endNanos: undefined, durationNanos: undefined };

const report = exampleTrace(
  [
    exampleSpan({ spanId: '1', name: 'tool:generate_report', service: 'reports', ...times(0, 15) }),
    exampleSpan({ spanId: '2', parentId: '1', name: 'tool:get_time', service: 'times', ...times(3, 5) }),
    exampleSpan({
      spanId: '3',
      parentId: '1',
      name: 'call',
      service: 'reports',
      status: 'error',
      statusMessage: 'no\nsuch',
      ...times(5, 13),
    }),
    exampleSpan({ spanId: '4', parentId: '3', name: 'ask', service: 'models', model: 'm/x', totalTokens: 12, ...times(-50, -45) }),
    exampleSpan({ spanId: '5', parentId: '4', name: '\u001b[31m<b>', service: 'models', state: 'open', ...times(-49, 0), ...endless }),
    exampleSpan({ spanId: '7', parentId: 'gone', orphan: true, name: 'lost', service: 'x', duplicates: 2, ...times(4, 15) }),
  ],
  { startNanos: start, durationNanos: 15_000_000n, state: 'running' },
);

const serve = (id: string, trace: Trace) => server.answer(`/api/traces/${id}`, 200, stringifyJson(printTrace(trace)));
const cli = (...argv: string[]) => runCli(argv, { url: server.url, cwd });

describe('meshscope trace', () => {
  it('prints a tree with durations, errors, agents and clocks', async () => {
    serve('abc', report);
    const { code, stdout, stderr } = await cli('trace', 'abc');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`Trace 0af7651916cd43dd8448eb211c80319c
2025-11-21T04:40:00.123Z  15ms, 6 spans, 4 agents, 1 failed, 1 open, running

✓  tool:generate_report  reports  15ms  +0
├─ ✓  tool:get_time  times  2ms  +3ms
└─ ✗  call  reports  8ms  +5ms
   │   error: no\\nsuch
   └─ ✓  ask  models  5ms  ~+6.5ms  (clock behind by 56.5ms, m/x, 12 tokens)
      └─ …  \\u001b[31m<b>  models  running  ~+7.5ms  (clock behind by 56.5ms)
✓  lost  x  11ms  +4ms  (its caller is missing, reported 3 times)
`);
  });

  it('prints logs below the spans that they name', async () => {
    serve('abc', report);
    const log = (msg: string, more: object) => ({ timestamp: '2026-01-01T00:00:00Z', level: 'INFO', msg, ...more });
    server.answer('/trace/abc/logs', 200, {
      logs: [log('one', { trace: { span_id: '2' } }), log('two', { span_id: '77' }), log('three\nmore', {})],
    });
    const { stdout } = await cli('trace', 'abc', '--logs');
    expect(stdout).toContain('├─ ✓  tool:get_time  times  2ms  +3ms\n│      2026-01-01T00:00:00Z INFO  one');
    expect(stdout).toContain(
      '\nOther records of the trace\n2026-01-01T00:00:00Z INFO  two span_id=77\n2026-01-01T00:00:00Z INFO  three\n    more\n',
    );
    server.answer('/trace/abc/logs', 200, { logs: [] });
    expect((await cli('trace', 'abc', '--logs')).stderr).toBe('meshscope: No log record names this trace.\n');
  });

  it('prints JSON as the server answers it', async () => {
    server.answer('/api/traces/j', 200, '{"trace_id":"j","n":12345678901234567890,"spans":[]}');
    expect((await cli('trace', 'j', '--json')).stdout).toBe('{"trace_id":"j","n":12345678901234567890,"spans":[]}\n');
  });

  it('says what is wrong', async () => {
    server.answer('/api/traces/none', 404, { error: 'trace not found', trace_id: 'none' });
    server.answer('/api/traces/odd', 200, '[1]');
    expect(await cli('trace', 'none')).toMatchObject({ code: 1, stderr: expect.stringContaining('trace not found') });
    expect(await cli('trace', 'odd')).toMatchObject({ code: 1, stderr: expect.stringContaining('no JSON object') });
    expect(await cli('trace')).toMatchObject({ code: 2, stderr: expect.stringContaining('Which trace?') });
    expect(await cli('trace', 'a/../b?c', '--json')).toMatchObject({ code: 1 });
    expect(server.requests.at(-1)?.path).toBe('/api/traces/a%2F..%2Fb%3Fc');
  });

  it('leaves no part of a page that cannot be written', async () => {
    serve('abc', report);
    expect(await cli('trace', 'abc', '--html', 'no/such/folder.html')).toMatchObject({ code: 1 });
    expect(await cli('trace', 'abc', '--html', 'page.html')).toMatchObject({ code: 0, stdout: '' });
    expect(readdirSync(cwd)).toEqual(['page.html']);
    expect((await cli('trace', 'abc', '--html', '-')).stdout).toBe(readFileSync(join(cwd, 'page.html'), 'utf8'));
  });
});

it('prints a chain of 30,000 spans in time that grows with it', () => {
  const spans = Array.from({ length: 30_000 }, (_, n) => exampleSpan({ spanId: `${n}`, parentIndex: n === 0 ? undefined : n - 1 }));
  let length = 0;
  for (const text of traceLines({ ...report, spans }, (_, text) => text)) length = Math.max(length, text.length);
  expect(length).toBeLessThan(250);
});

it('reads what the server prints, and does not fall over what it does not', () => {
  const spans = [
    exampleSpan({ attributes: { a: [null, {}], b: 'c' }, events: [{ name: 'e' }], inputTokens: 0, parentIndex: undefined }),
    exampleSpan({ spanId: 'x', state: 'open', ...endless, parentIndex: 0 }),
  ];
  const trace = exampleTrace(spans);
  expect(parseTrace(parseJson(stringifyJson(printTrace(trace))) as JsonObject)).toEqual(trace);
  const odd = parseTrace({ spans: [null, 1, { parent_index: 7, start_nanos: 'x', kind: 'odd' }], services: 'a', last_seen: 1 });
  expect(odd).toMatchObject({
    traceId: '',
    state: 'complete',
    services: [],
    spans: [{ parentIndex: undefined, startNanos: 0n, kind: '' }],
  });
});

describe('meshscope traces', () => {
  const found = (trace_id: string, more: object = {}) => ({
    trace_id,
    root_service: 'reports',
    root_name: 'tool:generate_report',
    state: 'complete',
    success: true,
    start_nanos: String(start),
    duration_nanos: '15000000',
    span_count: 3,
    services: ['reports', 'times'],
    span_sets: [],
    ...more,
  });
  const page = (traces: object[], more: object = {}) => ({
    traces,
    partial: false,
    partial_reason: null,
    next_cursor: null,
    examined_traces: 1,
    ...more,
  });

  it('lists them', async () => {
    const others = [
      found('b\u001b', { success: false, root_name: null, root_service: null, span_count: 1, services: ['x'] }),
      found('c', { state: 'running', duration_nanos: '420000' }),
    ];
    server.answer('/api/traces', 200, page([found('a'), ...others], { next_cursor: '1.2.3' }));
    const { code, stdout, stderr } = await cli('traces', '{ status = error }', '--since', '2026-01-01T00:00:00Z', '--limit', '3');
    expect(stdout).toBe(`2025-11-21T04:40:00.123Z     15ms  ok         a  reports  tool:generate_report  3 spans, 2 agents
2025-11-21T04:40:00.123Z     15ms  failed     b\\u001b  -  (no root yet)  1 span, 1 agent
2025-11-21T04:40:00.123Z    420µs  running    c  reports  tool:generate_report  3 spans, 2 agents
`);
    expect([code, stderr]).toEqual([0, 'meshscope: 3 traces shown; there are more, see --limit.\n']);
    expect(server.requests.at(-1)?.path).toBe('/api/traces?q=%7B+status+%3D+error+%7D&start=2026-01-01T00%3A00%3A00.000Z&limit=3');
  });

  it('goes from page to page, and prints JSON', async () => {
    server.answer('/api/traces', 200, page([found('a')], { next_cursor: 'more' }));
    const { stdout } = await cli('traces', '--json', '-n', '3');
    expect(
      stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { trace_id: string }).trace_id),
    ).toEqual(['a', 'a', 'a']);
    expect(server.requests.slice(-3).map(({ path }) => path)).toEqual([
      '/api/traces?limit=3',
      '/api/traces?limit=2&cursor=more',
      '/api/traces?limit=1&cursor=more',
    ]);
  });

  it('says when nothing matches, when the answer is incomplete, and what is wrong', async () => {
    server.answer('/api/traces', 200, page([]));
    expect(await cli('traces')).toMatchObject({ code: 0, stderr: 'meshscope: Nothing matches.\n' });
    server.answer('/api/traces', 200, page([found('a')], { partial: true, partial_reason: 'it took more than 5 s' }));
    expect(await cli('traces')).toMatchObject({ code: 1, stderr: 'meshscope: The answer is incomplete: it took more than 5 s\n' });
    server.answer('/api/traces', 400, { error: { code: 'bad_request', message: 'q: a brace is missing' } });
    expect(await cli('traces', '{')).toMatchObject({ code: 1, stderr: expect.stringContaining('a brace is missing') });
    expect(await cli('traces', '--since', 'yesterday')).toMatchObject({ code: 2 });
    expect(await cli('traces', '--limit', '0')).toMatchObject({ code: 2 });
  });
});

describe('the page', () => {
  const hostile = '</script><script>document.title="owned"</script><!-- <img src=x onerror=document.title="owned">';
  const trace = exampleTrace([
    exampleSpan({
      traceId: hostile,
      spanId: '1',
      name: hostile,
      service: hostile,
      attributes: { [hostile]: hostile },
      status: 'error',
      statusMessage: hostile,
    }),
    ...Array.from({ length: 10_000 }, (_, n) =>
      exampleSpan({ spanId: `s${n}`, parentIndex: 0, name: `operation ${n}`, service: `agent-${n % 7}` }),
    ),
  ]);
  const page = [...tracePage(trace)].join('');

  it('holds nothing of the trace as markup, and names no address', () => {
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page).not.toContain('<img');
    expect(page).not.toContain('<!-- <');
    expect(page.replaceAll(/<script type="application\/json".*?<\/script>/gs, '')).not.toMatch(/https?:|url\(|@import|src=x [^o]/);
    expect(page).toContain('default-src &#39;none&#39;');
  });

  it.skipIf(chromiumPath === undefined)('draws only the rows in sight, in a browser without a network', async () => {
    const file = join(cwd, 'large.html');
    writeFileSync(file, page);
    const { stdout, stderr } = await promisify(execFile)(
      chromiumPath as string,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--enable-logging=stderr',
        `--user-data-dir=${join(cwd, 'profile')}`,
        '--dump-dom',
        `file://${file}`,
      ],
      { maxBuffer: 64 * 1024 ** 2, timeout: 50_000 },
    );
    const rows = stdout.match(/<div class="row[^"]*"/g) ?? [];
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.length).toBeLessThan(100);
    expect(stdout).toContain('operation 3');
    expect(stdout).not.toContain('<title>owned');
    expect(stdout).toContain('height: 240024px');
    expect(stderr).not.toMatch(/CONSOLE|Content Security Policy/);
  });
});
