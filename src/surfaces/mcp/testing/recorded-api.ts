import type { Ask } from '../ask.ts';

export type Question = Readonly<{
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  signal: AbortSignal;
}>;
export type RecordedAnswer = Readonly<{ status?: number; json?: unknown; text?: string }>;

/** Answers as meshscope's own HTTP API gives them, by the beginning of the path. What was asked is kept. */
export type RecordedApi = Readonly<{
  ask: Ask;
  asked: Question[];
  answer: (path: string, give: (question: Question) => RecordedAnswer) => void;
}>;

export function recordedApi(): RecordedApi {
  const asked: Question[] = [];
  const answers = new Map<string, (question: Question) => RecordedAnswer>();
  return {
    asked,
    answer: (path, give) => answers.set(path, give),
    ask: async (method, target, body, signal) => {
      const [path = '', search = ''] = target.split('?');
      const question = {
        method,
        path,
        query: new URLSearchParams(search),
        body: body === undefined ? {} : (JSON.parse(body) as Question['body']),
        signal,
      };
      asked.push(question);
      const found = [...answers].filter(([prefix]) => path.startsWith(prefix)).sort(([a], [b]) => b.length - a.length)[0];
      const {
        status = 200,
        json,
        text,
      } = found?.[1](question) ?? {
        status: 404,
        json: { error: { code: 'not_found', message: `${method} ${path} does not exist.` } },
      };
      return { status, text: text ?? JSON.stringify(json) };
    },
  };
}

export const startMillis = Date.parse('2026-01-31T12:00:00Z');
const iso = (offsetMillis: number) => new Date(startMillis + offsetMillis).toISOString();
export const nanos = (millis: number) => String(BigInt(Math.round(millis * 1000)) * 1000n);

export const traceIdOf = (number: number) => `c1b2c3d4e5f67890abcdef${String(number).padStart(10, '0')}`;

/** A hit of a search with `fields`, the newest first. */
export const hit = (number: number, fields: Record<string, unknown> = {}) => ({
  _index: 'logs',
  _id: String(number),
  fields: {
    timestamp: [iso(-number)],
    level: ['ERROR'],
    'agent.name': ['weather-agent'],
    msg: [`record ${number}`],
    'trace.trace_id': [traceIdOf(number)],
    ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value]])),
  },
  sort: [startMillis - number, `000000${String(number).padStart(20, '0')}`],
});

/** `_search` over so many records, with `search_after`. */
export function searchOver(records: readonly ReturnType<typeof hit>[]): (question: Question) => RecordedAnswer {
  return ({ body }) => {
    const after = (body.search_after as [number, string] | undefined)?.[1];
    const first = after === undefined ? 0 : records.findIndex(({ sort }) => sort[1] === after) + 1;
    const hits = records.slice(first, first + Number(body.size ?? 10));
    return { json: { timed_out: false, hits: { total: { value: records.length, relation: 'eq' }, hits } } };
  };
}

export const foundTrace = (number: number, name = 'get_weather') => ({
  trace_id: traceIdOf(number),
  root_service: 'frontend',
  root_name: 'report',
  state: 'complete',
  success: number % 3 !== 0,
  start_nanos: nanos(startMillis - number),
  duration_nanos: nanos(number + 1),
  span_count: 4,
  services: ['frontend', 'weather-agent'],
  span_sets: [
    {
      by: {},
      matched: 1,
      spans: [
        {
          span_id: `s${number}`,
          name,
          service: 'weather-agent',
          status: 'error',
          start_nanos: nanos(startMillis - number),
          duration_nanos: nanos(number + 1),
          selected: { statusMessage: `city ${number} unknown` },
        },
      ],
    },
  ],
});

/** `/api/traces` over so many traces, with its own cursor. */
export function tracesOver(traces: readonly ReturnType<typeof foundTrace>[]): (question: Question) => RecordedAnswer {
  return ({ query }) => {
    const limit = Number(query.get('limit'));
    const first = Number(query.get('cursor') ?? '0');
    const next = first + limit < traces.length ? String(first + limit) : null;
    return {
      json: { traces: traces.slice(first, first + limit), partial: false, partial_reason: null, next_cursor: next, examined_traces: 1 },
    };
  };
}

export const wholeTrace = (spans: number, name = 'query') => ({
  trace_id: traceIdOf(7),
  state: 'complete',
  success: false,
  start_nanos: nanos(startMillis),
  end_nanos: nanos(startMillis + 100),
  duration_nanos: nanos(100),
  services: ['frontend', 'weather-agent'],
  last_seen: iso(0),
  spans: Array.from({ length: spans }, (_, at) => ({
    trace_id: traceIdOf(7),
    span_id: `span${at}`,
    depth: Math.min(at, 5),
    name: `${name}-${at}`,
    service: at === 0 ? 'frontend' : 'weather-agent',
    status: at === 2 ? 'error' : 'ok',
    status_message: at === 2 ? 'no "city" given' : '',
    state: 'ended',
    start_nanos: nanos(startMillis + at),
    clock_shift_nanos: '0',
    duration_nanos: nanos(100 - (at % 90)),
    attributes: { city: 'Oslo', number: at },
  })),
});

const messages = (list: readonly (readonly [string, number, string])[]) => ({
  sum_other_doc_count: 0,
  buckets: list.map(([key, count, agent], at) => ({
    key,
    doc_count: count,
    newest: {
      top: [
        {
          sort: [iso(0)],
          metrics: {
            'agent.name': agent,
            'service.name': agent,
            'trace.trace_id': traceIdOf(at),
            'exception.type': 'TimeoutError',
            'exception.message.keyword': null,
          },
        },
      ],
    },
  })),
});

export type RecordedMessages = readonly (readonly [message: string, count: number, agent: string])[];

/** The aggregations of `errors_by_agent`, by agent. */
export function errorAggregations(list: RecordedMessages): RecordedAnswer {
  const agents = [...new Set(list.map(([, , agent]) => agent))];
  const buckets = agents.map((agent) => {
    const own = list.filter(([, , of]) => of === agent);
    return { key: agent, doc_count: own.reduce((sum, [, count]) => sum + count, 0), messages: messages(own) };
  });
  return {
    json: {
      timed_out: false,
      hits: { total: { value: 10, relation: 'eq' }, hits: [] },
      aggregations: { agents: { buckets }, nameless: { doc_count: 0, services: { buckets: [] } } },
    },
  };
}

/** `/api/changes`, with these errors as new ones. */
export const foundChanges = (list: RecordedMessages): RecordedAnswer => ({
  json: {
    window: { start: iso(0), end: iso(60_000) },
    before: { start: iso(-60_000), end: iso(0) },
    errors: list.map(([message, count, agent], at) => ({
      message,
      pattern: message,
      count,
      count_before: 0,
      change: 'new',
      agent,
      exception: 'TimeoutError',
      trace_id: traceIdOf(at),
      first: iso(0),
      last: iso(1),
    })),
    failing_more: [],
    slower: [],
    new_agents: list.map(([, , agent]) => agent),
    silent_agents: [],
    new_versions: [],
    not_compared: 0,
    missing: [],
  },
});

export const serviceMap = (nodes: readonly (readonly [service: string, calls: number, errors: number, p95: number])[]): RecordedAnswer => ({
  json: {
    nodes: nodes.map(([service, calls, errors, p95]) => ({
      service,
      spans: calls,
      calls,
      errors,
      p50_ms: p95 / 2,
      p95_ms: p95,
      p99_ms: p95,
    })),
    edges: [],
  },
});

/** Buckets of durations that double, from the exponents of their bounds. */
export const durations = (spans: Readonly<Record<number, number>>): RecordedAnswer => ({
  json: {
    exact: true,
    buckets: Object.entries(spans).map(([exponent, count]) => ({
      from_nanos: String(2n ** BigInt(exponent)),
      to_nanos: String(2n ** (BigInt(exponent) + 1n)),
      spans: count,
      errors: 0,
      exemplars: [],
    })),
  },
});
