import type { FastifyInstance } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import { traceKey } from '../../model/trace-id.ts';
import { zipkinTrace } from '../../queries/trace-forms/zipkin-v2.ts';
import type { TraceLookup } from '../../queries/trace-lookup/trace-lookup.ts';
import { addReadScope, json, plain, type ReadAnswer, type ReadCall, type ReadRoute } from '../trace-requests/read-scope.ts';
import { maxTraces } from '../trace-requests/search-window.ts';
import { windowOf, zipkinParameters, zipkinSearch } from './zipkin-search.ts';

export type ZipkinReadPorts = Pick<
  TraceLookup,
  'trace' | 'search' | 'services' | 'operations' | 'remoteServices' | 'calls' | 'tagNames' | 'tagValues'
>;

/** Completion lists so many keys and values at most. */
const maxCompletions = 1000;
const everything = { from: undefined, to: undefined } as const;

/** The reading half of Zipkin's API v2, below `/zipkin`. Errors are plain text, as Zipkin's. */
export function addZipkinReadRoutes(app: FastifyInstance, ports: ZipkinReadPorts): void {
  const routes: readonly ReadRoute[] = [
    { path: '/services', answer: async ({ signal }) => json(await ports.services(signal)) },
    { path: '/spans', answer: (call) => spanNames(ports, call) },
    {
      path: '/remoteServices',
      answer: async (call) => json(await ports.remoteServices(required(call, 'serviceName'), call.signal)),
    },
    {
      path: '/autocompleteKeys',
      answer: async ({ signal }) => {
        const { span, resource } = await ports.tagNames(everything, maxCompletions, signal);
        return json([...new Set([...span, ...resource])].sort());
      },
    },
    { path: '/autocompleteValues', answer: (call) => completions(ports, call) },
    { path: '/traces', answer: (call) => search(ports, call) },
    { path: '/trace/:id', answer: (call) => trace(ports, call) },
    { path: '/traceMany', answer: (call) => traceMany(ports, call) },
    { path: '/dependencies', answer: (call) => dependencies(ports, call) },
  ];
  const refuse = ({ status, message }: Readonly<{ status: number; message: string }>) => plain(message, status);
  addReadScope(
    app,
    '/zipkin',
    routes.map((route) => ({ ...route, path: `/api/v2${route.path}` })),
    refuse,
  );
}

function required({ query }: ReadCall, name: string): string {
  const value = query.get(name) ?? '';
  if (value === '') throw new AppError('bad_request', `The parameter ${name} is missing.`);
  return value;
}

async function spanNames(ports: ZipkinReadPorts, call: ReadCall): Promise<ReadAnswer> {
  const found = await ports.operations(required(call, 'serviceName'), call.signal);
  return json([...new Set(found.map(({ name }) => name))]);
}

async function completions(ports: ZipkinReadPorts, call: ReadCall): Promise<ReadAnswer> {
  // As a quoted name, so that no key is read as something else of the query language.
  const name = `.${JSON.stringify(required(call, 'key'))}`;
  const values = await ports.tagValues(name, everything, maxCompletions, call.signal);
  return json(values.map(({ value }) => String(value)).sort());
}

async function search(ports: ZipkinReadPorts, { query, signal }: ReadCall): Promise<ReadAnswer> {
  const { traces, partial } = await ports.search({ ...zipkinSearch(query), signal });
  return json(
    traces.map(({ view }) => zipkinTrace(view.trace)),
    { partial },
  );
}

async function trace(ports: ZipkinReadPorts, { param, signal }: ReadCall): Promise<ReadAnswer> {
  const id = param('id').trim();
  const found = await ports.trace(id, signal);
  return found === undefined ? plain(`${id.slice(0, 200)} not found`, 404) : json(zipkinTrace(found));
}

/** Those of at least two ids that are there. */
async function traceMany(ports: ZipkinReadPorts, { query, signal }: ReadCall): Promise<ReadAnswer> {
  const ids = (query.get('traceIds') ?? '').split(',').filter((id) => id !== '');
  if (ids.length === 0) throw new AppError('bad_request', 'traceIds parameter is empty');
  if (ids.length === 1) throw new AppError('bad_request', 'Use /api/v2/trace/{traceId} endpoint to retrieve a single trace');
  if (ids.length > maxTraces) throw new AppError('bad_request', `traceIds has more than ${maxTraces} ids`);
  const keys = new Set<string>();
  for (const id of ids) {
    const key = traceKey(id);
    if (keys.has(key)) throw new AppError('bad_request', `redundant traceId: ${id.slice(0, 200)}`);
    keys.add(key);
  }
  const traces = [];
  for (const id of ids) {
    const found = await ports.trace(id, signal);
    if (found !== undefined) traces.push(zipkinTrace(found));
  }
  return json(traces);
}

const day = 86_400_000n;

async function dependencies(ports: ZipkinReadPorts, call: ReadCall): Promise<ReadAnswer> {
  required(call, 'endTs');
  const range = windowOf(zipkinParameters(call.query), day);
  const calls = (await ports.calls(range, call.signal)).filter(({ caller, calls: count }) => caller !== '' && count > 0);
  return json(
    calls.map(({ caller, callee, calls: callCount, errors: errorCount }) => ({
      parent: caller,
      child: callee,
      callCount,
      ...(errorCount > 0 && { errorCount }),
    })),
  );
}
