import { describe, expect, it } from 'vitest';
import { memoryClient, type ToolAnswer } from './testing/mcp-clients.ts';
import {
  durations,
  errorAggregations,
  foundTrace,
  hit,
  type RecordedApi,
  recordedApi,
  searchOver,
  serviceMap,
  startMillis,
  traceIdOf,
  tracesOver,
  wholeTrace,
  windowAggregations,
} from './testing/recorded-api.ts';

const now = startMillis + 60_000;
const textOf = ({ content }: ToolAnswer) => content[0]?.text ?? '';
const itemsOf = ({ structuredContent }: ToolAnswer, name: string) =>
  (structuredContent?.[name] ?? []) as readonly Record<string, unknown>[];
const sizeOf = ({ content, structuredContent }: ToolAnswer) => JSON.stringify({ content, structuredContent }).length;

/** Everything long, much and strange that records may hold. */
const nasty = '"; DROP TABLE logs; --\n\u001b[2J\u202e<script>'.repeat(8);

const statisticsOf = (at: number) => ({
  server: 'files',
  tool: `tool-${at}`,
  calls: at,
  errors: 2,
  errors_by_kind: [
    { kind: 'tool_error', type: 'tool_error', calls: 1 },
    { kind: 'rpc_error', type: '-32602', calls: 1 },
  ],
  clients: ['claude-code'],
  avg_ms: 1.25,
  p50_ms: 1,
  p95_ms: 1.53333333,
  p99_ms: 2,
  max_ms: 3000,
  slowest_trace_id: traceIdOf(at),
  slowest_span_id: 's',
  request_bytes: null,
  response_bytes: 12,
  first_seen: '',
  last_seen: '',
});

function fullApi(): RecordedApi {
  const api = recordedApi();
  api.answer('/elasticsearch', searchOver(Array.from({ length: 500 }, (_, at) => hit(at, { msg: `record ${at} ${nasty}` }))));
  api.answer('/api/traces', tracesOver(Array.from({ length: 130 }, (_, at) => foundTrace(at, `call ${nasty}`))));
  api.answer('/api/traces/', () => ({ json: wholeTrace(700, `query ${nasty}`) }));
  api.answer('/api/traces/map', () => serviceMap(Array.from({ length: 90 }, (_, at) => [`agent ${at} ${nasty}`, 100, at, at] as const)));
  api.answer('/api/traces/exemplars', () => durations({ 20: 3000, 24: 90 }));
  api.answer('/api/tools', () => ({ json: { tools: Array.from({ length: 300 }, (_, at) => statisticsOf(at)), total: 310 } }));
  return api;
}

const paged: readonly (readonly [tool: string, args: Record<string, unknown>, item: string, key: string, count: number])[] = [
  ['search_logs', { limit: 200, since: '2026-01-01T00:00:00Z' }, 'records', 'trace.trace_id', 500],
  ['find_traces', { limit: 60 }, 'traces', 'trace_id', 130],
  ['show_trace', { trace_id: traceIdOf(7), attributes: true }, 'spans', 'span_id', 700],
  ['tool_statistics', {}, 'tools', 'tool', 300],
  ['slow_calls', { limit: 25 }, 'calls', 'trace_id', 130],
];

describe('every tool', () => {
  it.each(paged)('%s stays within its budget, and shows everything once', async (tool, args, item, key, count) => {
    for (const maxTokens of [1000, 4000]) {
      const api = fullApi();
      const client = await memoryClient(api, { maxTokens, now });
      const seen: unknown[] = [];
      let cursor: unknown;
      let pages = 0;
      do {
        const answer = await client.call(tool, { ...args, ...(cursor === undefined ? {} : { cursor }) });
        expect([tool, answer.isError ?? false, textOf(answer).slice(0, 200)]).toEqual([tool, false, expect.any(String)]);
        expect(sizeOf(answer)).toBeLessThanOrEqual(maxTokens * 4);
        seen.push(...itemsOf(answer, item).map((one) => one[key]));
        cursor = answer.structuredContent?.next_cursor ?? undefined;
        pages++;
      } while (cursor !== undefined && pages < 1000);
      expect([pages > 1, new Set(seen).size, seen.length]).toEqual([true, count, count]);
      await client.close();
    }
  });

  it('keeps what strangers wrote inside its line', async () => {
    const client = await memoryClient(fullApi(), { now });
    for (const [tool, args] of paged) {
      const text = textOf(await client.call(tool, args));
      expect([text.includes('\u001b'), text.includes('\u202e'), /^(?:\[2J|<script>)/m.test(text)]).toEqual([false, false, false]);
    }
    await client.close();
  });

  it('has definitions that are short enough to be always there', async () => {
    const client = await memoryClient(recordedApi());
    const { tools } = await client.list();
    // What hosts put before the model; schemas of answers are for programs.
    const forModels = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    expect(JSON.stringify(forModels).length).toBeLessThan(8000);
    expect(JSON.stringify(tools).length).toBeLessThan(20_000);
    await client.close();
  });

  const wrong: readonly (readonly [string, Record<string, unknown>, string])[] = [
    ['search_logs', { limit: 0 }, 'limit'],
    ['search_logs', { limit: 1e9 }, 'limit'],
    ['search_logs', { limit: '5' }, 'limit'],
    ['search_logs', { query: 'x'.repeat(5000) }, 'query'],
    ['search_logs', { query: null }, 'query'],
    ['search_logs', { index: '../_bulk' }, 'index'],
    ['search_logs', { index: 'logs/_delete_by_query?q=*#' }, 'index'],
    ['search_logs', { fields: Array.from({ length: 60 }, () => 'a') }, 'fields'],
    ['search_logs', { since: 'yesterday' }, 'since must be'],
    ['search_logs', { since: '1h', until: '2h' }, 'since must be before until'],
    ['search_logs', { cursor: 'abc' }, 'take it from next_cursor'],
    ['search_logs', { ['x'.repeat(100_000)]: 1 }, 'Unknown arguments'],
    ['search_logs', { fields: Array.from({ length: 100_000 }, () => 'a') }, 'maximum'],
    ['find_traces', { query: 7 }, 'query'],
    ['find_traces', { limit: 101 }, 'limit'],
    ['show_trace', {}, 'trace_id'],
    ['show_trace', { trace_id: '..' }, 'trace_id'],
    ['show_trace', { trace_id: 'a/../../status' }, 'trace_id'],
    ['show_trace', { trace_id: 'a?b=c' }, 'trace_id'],
    ['show_trace', { trace_id: 'a'.repeat(129) }, 'trace_id'],
    ['show_trace', { trace_id: 'a', cursor: Buffer.from('{"f":"x","w":[0,0],"p":-1}').toString('base64url') }, 'take it from next_cursor'],
    ['slow_calls', { agent: '' }, 'agent'],
    ['what_changed', { since: '0s' }, 'since must be'],
  ];
  it.each(wrong)('%s refuses what is wrong (%#)', async (tool, args, reason) => {
    const api = fullApi();
    const client = await memoryClient(api, { now });
    const answer = await client.call(tool, args);
    expect([answer.isError, textOf(answer).includes(reason), textOf(answer).length < 2000, api.asked.length]).toEqual([
      true,
      true,
      true,
      0,
    ]);
    await client.close();
  });

  it.each(['search_logs', 'find_traces', 'tool_statistics', 'errors_by_agent', 'slow_calls', 'what_changed'])(
    '%s tells why the server refuses',
    async (tool) => {
      const api = recordedApi();
      const client = await memoryClient(api, { now });
      const refusals = [
        {
          status: 400,
          json: { error: { root_cause: [{ type: 'x', reason: 'the query is wrong at 7' }], reason: 'all shards failed' }, status: 400 },
        },
        { status: 400, json: { error: { code: 'bad_request', message: 'the query is wrong at 7' } } },
        { status: 502, text: '<html>the query is wrong at 7' },
        { status: 200, text: '[1,2' },
      ];
      for (const [at, refusal] of refusals.entries()) {
        api.answer('/', () => refusal);
        const answer = await client.call(tool);
        expect(answer.isError).toBe(true);
        expect(textOf(answer)).toMatch([/wrong at 7/, /wrong at 7/, /HTTP 502/, /no JSON object/][at] as RegExp);
      }
      await client.close();
    },
  );
});

describe('search_logs', () => {
  it('asks for what was meant, and pins the window', async () => {
    const api = recordedApi();
    api.answer('/elasticsearch', searchOver(Array.from({ length: 5 }, (_, at) => hit(at))));
    const client = await memoryClient(api, { now });
    const args = { query: 'agent.name: weather*', language: 'kql', index: 'a+b,logs-*', fields: ['msg'], limit: 2 };
    const first = await client.call('search_logs', args);
    await client.call('search_logs', { ...args, cursor: first.structuredContent?.next_cursor });
    const [one, two] = api.asked;
    expect(one?.path).toBe('/elasticsearch/a%2Bb,logs-*/_search');
    const range = { timestamp: { gte: '2026-01-31T11:01:00.000Z', lt: '2026-01-31T12:01:00.000Z' } };
    expect(one?.body).toMatchObject({
      query: { bool: { must: [{ kql: { query: 'agent.name: weather*' } }], filter: [{ range }] } },
      fields: ['timestamp', 'msg'],
      _source: false,
    });
    expect(two?.body).toEqual({ ...one?.body, search_after: hit(1).sort });
    expect(textOf(first)).toContain('5 records');
    await client.close();
  });

  it('keeps integers that no double holds', async () => {
    const api = recordedApi();
    const text = JSON.stringify({ hits: { total: { value: 1, relation: 'gte' }, hits: [hit(0, { big: 0 })] } }).replace(
      '"big":[0]',
      '"big":[12345678901234567890]',
    );
    api.answer('/elasticsearch', () => ({ text }));
    const client = await memoryClient(api, { now });
    const answer = await client.call('search_logs', { fields: ['*'] });
    expect(itemsOf(answer, 'records')[0]?.big).toBe('12345678901234567890');
    expect(textOf(answer)).toContain('At least 1 record');
    await client.close();
  });
});

describe('show_trace', () => {
  it('prints the tree with durations and errors, and the records of failures first', async () => {
    const api = recordedApi();
    api.answer('/api/traces/', () => ({ json: wholeTrace(4) }));
    api.answer('/elasticsearch', searchOver([hit(0)]));
    const client = await memoryClient(api, { now });
    const answer = await client.call('show_trace', { trace_id: traceIdOf(7), logs: true });
    expect(textOf(answer)).toBe(
      [
        `Trace ${traceIdOf(7)}`,
        '2026-01-31T12:00:00.000Z  100ms  FAILED  complete  4 spans  1 failed span',
        '',
        'Failures, the deepest first:',
        '✗ query-2  weather-agent  98ms  +2ms  error: no "city" given',
        '',
        'Spans:',
        '✓ query-0  frontend  100ms  +0',
        '  ✓ query-1  weather-agent  99ms  +1ms',
        '    ✗ query-2  weather-agent  98ms  +2ms  error: no "city" given',
        '      ✓ query-3  weather-agent  97ms  +3ms',
        '',
        'Log records:',
        ...[0, 0].map(() => `2026-01-31T12:00:00.000Z  ERROR  weather-agent  record 0  trace=${traceIdOf(0)}`),
        '',
        `http://127.0.0.1:8000/api/traces/${traceIdOf(7)}`,
      ].join('\n'),
    );
    await client.close();
  });
});

describe('errors_by_agent', () => {
  it('joins log records and spans of one agent', async () => {
    const api = recordedApi();
    api.answer('/elasticsearch', () =>
      errorAggregations([
        ['timeout after 5 ms', 3, 'weather-agent'],
        ['timeout after 9 ms', 2, 'weather-agent'],
        ['no such table', 1, 'db-agent'],
      ]),
    );
    api.answer('/api/traces', tracesOver([foundTrace(1), foundTrace(2)]));
    api.answer('/api/traces/map', () =>
      serviceMap([
        ['weather-agent', 50, 6, 30],
        ['quiet-agent', 9, 0, 1],
        ['frontend', 9, 1, 2],
      ]),
    );
    const client = await memoryClient(api, { now });
    const agents = itemsOf(await client.call('errors_by_agent'), 'agents');
    expect(agents.map(({ agent, error_records, failed_calls }) => [agent, error_records, failed_calls])).toEqual([
      ['weather-agent', 5, 6],
      ['db-agent', 1, 0],
      ['frontend', 0, 1],
    ]);
    expect(agents[0]).toMatchObject({
      calls: 50,
      p95_ms: 30,
      messages: [{ message: 'timeout after 5 ms', count: 5, exception: 'TimeoutError', trace_id: traceIdOf(0) }],
      span_messages: [{ message: 'get_weather: city 1 unknown', count: 2, trace_id: traceIdOf(1) }],
    });
    expect(itemsOf(await client.call('errors_by_agent', { agent: 'frontend' }), 'agents')).toHaveLength(1);
    await client.close();
  });

  it('answers with what there is when a part fails', async () => {
    const api = recordedApi();
    api.answer('/elasticsearch', () => errorAggregations([['timeout', 3, 'weather-agent']]));
    const client = await memoryClient(api, { now });
    const answer = await client.call('errors_by_agent');
    expect(itemsOf(answer, 'agents')).toHaveLength(1);
    expect(JSON.stringify(answer.structuredContent?.left_out)).toContain('/api/traces/map does not exist');
    await client.close();
  });
});

describe('slow_calls', () => {
  it('asks for spans from the bucket that holds enough of them', async () => {
    const api = recordedApi();
    api.answer('/api/traces/exemplars', () => durations({ 20: 5000, 24: 30, 27: 2 }));
    api.answer('/api/traces', tracesOver(Array.from({ length: 32 }, (_, at) => foundTrace(at))));
    const client = await memoryClient(api, { now });
    const answer = await client.call('slow_calls', { agent: 'a "b"', operation: 'get(1)', limit: 10 });
    const filter = 'resource.service.name = "a \\"b\\"" && name =~ ".*get\\\\(1\\\\).*"';
    expect(api.asked.map(({ query }) => query.get('q'))).toEqual([`{ ${filter} }`, `{ ${filter} && duration >= ${2 ** 24}ns }`]);
    expect(itemsOf(answer, 'calls').map(({ duration_ms }) => duration_ms)).toEqual([32, 31, 30, 29, 28, 27, 26, 25, 24, 23]);
    expect(answer.structuredContent).toMatchObject({ slower_than_ms: 16.777, left_out: ['5000 spans that were faster.'] });
    await client.close();
  });

  it.each([
    [{}, undefined],
    [{ 20: 5000 }, 2 ** 20],
    [{ 20: 5000, 21: 3 }, 2 ** 21],
    [{ 0: 2 }, 1],
  ] as const)('with durations %j looks from %s ns on', async (spans, expected) => {
    const api = recordedApi();
    api.answer('/api/traces/exemplars', () => durations(spans));
    api.answer('/api/traces', tracesOver([]));
    const client = await memoryClient(api, { now });
    expect((await client.call('slow_calls')).isError ?? false).toBe(false);
    expect(api.asked[1]?.query.get('q')).toBe(expected === undefined ? undefined : `{ duration >= ${expected}ns }`);
    await client.close();
  });
});

describe('what_changed', () => {
  it('compares two windows', async () => {
    const api = recordedApi();
    const boundary = '2026-01-31T11:46:00.000Z';
    const isBefore = (start: unknown) => String(start) < boundary;
    api.answer('/elasticsearch', ({ body }) => {
      const [{ range }] = (body as { query: { bool: { filter: [{ range: { timestamp: { gte: string } } }] } } }).query.bool.filter;
      return isBefore(range.timestamp.gte)
        ? windowAggregations([
            ['slow query 1', 2, 'db-agent'],
            ['old error', 5, 'gone-agent'],
          ])
        : windowAggregations(
            [
              ['slow query 2', 40, 'db-agent'],
              ['no "city" given', 7, 'weather-agent'],
            ],
            ['1.0.0', '1.1.0'],
          );
    });
    api.answer('/api/traces/map', ({ query }) =>
      isBefore(query.get('start'))
        ? serviceMap([
            ['weather-agent', 100, 0, 20],
            ['steady', 100, 1, 20],
            ['rare', 2, 0, 1],
          ])
        : serviceMap([
            ['weather-agent', 100, 30, 90],
            ['steady', 100, 2, 22],
            ['rare', 2, 2, 900],
          ]),
    );
    api.answer('/api/traces/tags', () => ({ json: { values: [{ value: '2.0', type: 'string', spans: 1 }] } }));
    const client = await memoryClient(api, { now });
    const answer = await client.call('what_changed');
    expect(answer.structuredContent).toMatchObject({
      new_errors: [{ message: 'no "city" given', count: 7, agent: 'weather-agent', count_before: 0, trace_id: traceIdOf(1) }],
      more_errors: [{ message: 'slow query 2', count: 40, count_before: 2 }],
      failing_more: [{ agent: 'weather-agent', error_rate: 0.3, error_rate_before: 0 }],
      slower: [{ agent: 'weather-agent', p95_ms: 90, p95_ms_before: 20 }],
      new_agents: [],
      silent_agents: [{ name: 'gone-agent' }],
      new_versions: [{ name: 'weather 1.1.0' }],
    });
    expect(textOf(answer)).toContain(`7 × no "city" given, from weather-agent (trace ${traceIdOf(1)}); before: 0`);
    await client.close();
  });
});

describe('tool_statistics', () => {
  it('gives one line for each tool of a server', async () => {
    const api = fullApi();
    const client = await memoryClient(api, { now });
    const answer = await client.call('tool_statistics', { server: 'files' });
    expect(textOf(answer)).toContain(
      `tool-7  files  7 calls  2 errors: 1 tool_error, 1 rpc_error (-32602)  avg 1.25ms, p50 1ms, p95 1.53ms, p99 2ms, slowest 3s  trace=${traceIdOf(7)}`,
    );
    expect(Object.fromEntries(api.asked[0]?.query ?? [])).toEqual({
      start: '2026-01-31T11:01:00.000Z',
      end: '2026-01-31T12:00:59.999Z',
      service: 'files',
      limit: '1000',
    });
    expect(JSON.stringify(answer.structuredContent?.left_out)).toContain('10 tools with fewer errors');
    await client.close();
  });

  it('says what to use where the server has none', async () => {
    const client = await memoryClient(recordedApi(), { now });
    expect(textOf(await client.call('tool_statistics'))).toBe(
      'This meshscope has no statistics of tools (/api/tools). Use slow_calls and errors_by_agent.',
    );
    await client.close();
  });
});

it('cancels its questions with the call', async () => {
  const api = recordedApi();
  let asked: AbortSignal | undefined;
  const waiting = new Promise<never>(() => undefined);
  const ask: RecordedApi['ask'] = (_method, _path, _body, signal) => {
    asked = signal;
    return waiting;
  };
  const client = await memoryClient({ ...api, ask }, { now });
  const stop = new AbortController();
  const call = client.call('search_logs', {}, stop.signal);
  await expect.poll(() => asked).toBeDefined();
  stop.abort();
  await expect(call).rejects.toThrow();
  await expect.poll(() => asked?.aborted).toBe(true);
  await client.close();
});
