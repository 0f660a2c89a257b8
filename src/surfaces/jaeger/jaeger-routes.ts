import type { FastifyInstance } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import type { Trace } from '../../model/trace.ts';
import { jaegerTrace } from '../../queries/trace-forms/jaeger-json.ts';
import { otlpJson } from '../../queries/trace-forms/otlp-json.ts';
import type { TraceLookup } from '../../queries/trace-lookup/trace-lookup.ts';
import { addReadScope, json, type ReadAnswer, type ReadCall, type ReadRoute } from '../trace-requests/read-scope.ts';
import { maxTraces, nanosOf } from '../trace-requests/search-window.ts';
import { jaegerParameters, jaegerSearch } from './jaeger-search.ts';
import { jaegerSearchV3 } from './jaeger-search-v3.ts';

export type JaegerPorts = Pick<TraceLookup, 'trace' | 'search' | 'services' | 'operations' | 'calls'> & Readonly<{ now?: () => number }>;

type Problem = Readonly<{ code?: number; msg: string; traceID?: string }>;

const envelope = (
  data: readonly unknown[] | null,
  { total = 0, errors = null }: { total?: number; errors?: readonly Problem[] | null } = {},
) => ({
  data,
  total,
  limit: 0,
  offset: 0,
  errors,
});

const notFound = () => new AppError('not_found', 'trace not found');

/** Jaeger's query API for its own page, and `/api/v3`, which newer clients use: below `/jaeger`. */
export function addJaegerRoutes(app: FastifyInstance, ports: JaegerPorts): void {
  const now = ports.now ?? Date.now;
  const routes: readonly ReadRoute[] = [
    { path: '/api/services', answer: async ({ signal }) => list(await ports.services(signal)) },
    {
      path: '/api/services/:service/operations',
      answer: async ({ param, signal }) => list(unique(await ports.operations(param('service'), signal))),
    },
    { path: '/api/operations', answer: (call) => operations(ports, call) },
    { path: '/api/traces', answer: (call) => (call.query.has('traceID') ? tracesById(ports, call) : search(ports, call, now())) },
    { path: '/api/traces/:id', answer: async ({ param, signal }) => json(envelope([jaegerTrace(await one(ports, param('id'), signal))])) },
    { path: '/api/dependencies', answer: (call) => dependencies(ports, call, now()) },
    { path: '/api/v3/services', answer: async ({ signal }) => json({ services: await ports.services(signal) }) },
    {
      path: '/api/v3/operations',
      answer: async (call) =>
        json({ operations: (await askedOperations(ports, call)).map(({ name, kind }) => ({ name, spanKind: kind })) }),
    },
    { path: '/api/v3/traces', answer: (call) => searchV3(ports, call) },
    {
      path: '/api/v3/traces/:id',
      answer: async ({ param, signal }) => json({ result: otlpJson([await one(ports, param('id'), signal)]) }),
    },
  ];
  addReadScope(app, '/jaeger', routes, ({ status, message, path }) =>
    json(
      path.startsWith('/api/v3/') ? { error: { httpCode: status, message } } : envelope(null, { errors: [{ code: status, msg: message }] }),
      { status },
    ),
  );
}

const list = (names: readonly string[]): ReadAnswer => json(envelope(names, { total: names.length }));

const unique = (found: readonly Readonly<{ name: string }>[]): readonly string[] => [...new Set(found.map(({ name }) => name))];

async function one(ports: JaegerPorts, id: string, signal: AbortSignal): Promise<Trace> {
  const trace = await ports.trace(id, signal);
  if (trace === undefined) throw notFound();
  return trace;
}

async function askedOperations(ports: JaegerPorts, { query, signal }: ReadCall) {
  const service = query.get('service') ?? '';
  if (service === '') throw new AppError('bad_request', "parameter 'service' is required");
  const kind = (query.get('spanKind') ?? query.get('span_kind') ?? '').toLowerCase();
  const found = await ports.operations(service, signal);
  return kind === '' ? found : found.filter((operation) => operation.kind === kind);
}

async function operations(ports: JaegerPorts, call: ReadCall): Promise<ReadAnswer> {
  const found = await askedOperations(ports, call);
  return json(
    envelope(
      found.map(({ name, kind }) => ({ name, spanKind: kind })),
      { total: found.length },
    ),
  );
}

async function search(ports: JaegerPorts, { query, signal }: ReadCall, nowMillis: number): Promise<ReadAnswer> {
  const { traces, partial } = await ports.search({ ...jaegerSearch(query, nowMillis), signal });
  return json(envelope(traces.map(({ view }) => jaegerTrace(view.trace))), { partial });
}

/** Ids that are not there are named among the errors, and the others are given. */
async function tracesById(ports: JaegerPorts, { query, signal }: ReadCall): Promise<ReadAnswer> {
  const ids = [...new Set(query.getAll('traceID'))];
  if (ids.length > maxTraces) throw new AppError('bad_request', `unable to parse param 'traceID': more than ${maxTraces} ids`);
  const traces: Trace[] = [];
  const errors: Problem[] = [];
  for (const id of ids) {
    const trace = await ports.trace(id, signal);
    if (trace === undefined) errors.push({ msg: 'trace not found', traceID: id });
    else traces.push(trace);
  }
  return json(envelope(traces.map(jaegerTrace), { errors: errors.length === 0 ? null : errors }));
}

const day = 86_400_000n;

/** `endTs` and `lookback` are milliseconds. */
async function dependencies(ports: JaegerPorts, { query, signal }: ReadCall, nowMillis: number): Promise<ReadAnswer> {
  const parameters = jaegerParameters(query);
  const end = parameters.integer('endTs') ?? BigInt(nowMillis);
  const lookback = parameters.integer('lookback') ?? day;
  if (lookback < 0n) throw parameters.refuse('lookback', 'it is negative');
  const service = parameters.text('service');
  const range = { from: nanosOf(end - lookback, 1_000_000n), to: nanosOf(end, 1_000_000n) };
  const calls = (await ports.calls(range, signal)).filter((call) => call.caller !== '' && call.calls > 0);
  const asked = service === undefined ? calls : calls.filter(({ caller, callee }) => caller === service || callee === service);
  return json(envelope(asked.map(({ caller, callee, calls: callCount }) => ({ parent: caller, child: callee, callCount }))));
}

async function searchV3(ports: JaegerPorts, { query, signal }: ReadCall): Promise<ReadAnswer> {
  const { traces, partial } = await ports.search({ ...jaegerSearchV3(query), signal });
  return json({ result: otlpJson(traces.map(({ view }) => view.trace)) }, { partial });
}
