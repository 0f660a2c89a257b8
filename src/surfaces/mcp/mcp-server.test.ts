import { describe, expect, it } from 'vitest';
import { memoryClient, type ToolAnswer } from './testing/mcp-clients.ts';
import {
  durations,
  foundChanges,
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
  api.answer('/api/traces/', () => ({ json: wholeTrace(300, `query ${nasty}`) }));
  api.answer('/api/changes', () =>
    foundChanges(Array.from({ length: 90 }, (_, at) => [`failure ${nasty}`, at, `agent ${at} ${nasty}`] as const)),
  );
  api.answer('/api/traces/map', () => serviceMap(Array.from({ length: 90 }, (_, at) => [`agent ${at} ${nasty}`, 100, at, at] as const)));
  api.answer('/api/traces/exemplars', () => durations({ 20: 3000, 24: 90 }));
  api.answer('/api/tools', () => ({ json: { tools: Array.from({ length: 300 }, (_, at) => statisticsOf(at)), total: 310 } }));
  api.answer('/api/sql', ({ body }) => {
    const all = Array.from({ length: 1700 }, (_, at) => [`id ${at}`, at % 10 === 0 ? `text ${nasty}` : 'text']);
    const asked = Number(body.max_rows);
    return { json: { columns: ['id', 'text'], rows: all.slice(0, asked), truncated: all.length > asked } };
  });
  return api;
}

const paged: readonly (readonly [tool: string, args: Record<string, unknown>, item: string, key: string, count: number])[] = [
  ['search_logs', { limit: 200, since: '2026-01-01T00:00:00Z' }, 'records', 'trace.trace_id', 500],
  ['find_traces', { limit: 60 }, 'traces', 'trace_id', 130],
  ['show_trace', { trace_id: traceIdOf(7), attributes: true }, 'spans', 'span_id', 300],
  ['tool_statistics', {}, 'tools', 'tool', 300],
  ['slow_calls', { limit: 25 }, 'calls', 'trace_id', 130],
  ['query_sql', { query: 'SELECT id, text FROM t' }, 'rows', 'id', 1700],
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
    expect(JSON.stringify(tools).length).toBeLessThan(22_000);
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
    ['query_sql', { query: '' }, 'query'],
    ['query_sql', { query: 'x'.repeat(30_000) }, 'query'],
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
