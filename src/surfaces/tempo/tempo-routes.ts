import type { FastifyInstance } from 'fastify';
import { AppError } from '../../lib/errors.ts';
import type { Trace } from '../../model/trace.ts';
import type { TraceLookup } from '../../queries/trace-lookup/trace-lookup.ts';
import { addReadScope, json, plain, type ReadAnswer, type ReadCall, type ReadRoute } from '../trace-requests/read-scope.ts';
import { searchAnswer } from './search-answer.ts';
import { tagNamesV1, tagNamesV2, tagValuesV1, tagValuesV2 } from './tag-endpoints.ts';
import { tempoParameters, tempoRange, tempoSearch } from './tempo-search.ts';
import { traceAnswer, traceAnswerV2 } from './trace-answer.ts';

export type TempoPorts = Pick<TraceLookup, 'trace' | 'search' | 'tagNames' | 'tagValues'> &
  Readonly<{
    /** Of meshscope; it is told as the revision, because Grafana reads the version as one of Tempo's. */
    version: string;
  }>;

/** The version of Tempo whose reading API this is; Grafana asks for what that version has. */
const tempoVersion = '2.6.0';

/** Paths of Tempo that are refused, with what they are for. */
const unsupported: Readonly<Record<string, string>> = {
  '/api/metrics/query_range': 'TraceQL metrics',
  '/api/metrics/query': 'TraceQL metrics',
  '/api/metrics/summary': 'metrics summaries',
  '/api/v2/traces/diff': 'the comparison of traces',
  '/api/mcp': 'the MCP server of Tempo',
  '/api/overrides': 'overrides',
};

/** Tempo's query API, below `/tempo`. Errors are plain text, as Tempo's. */
export function addTempoRoutes(app: FastifyInstance, ports: TempoPorts): void {
  const routes: readonly ReadRoute[] = [
    { path: '/api/echo', answer: () => plain('echo', 200) },
    { path: '/ready', answer: () => plain('ready\n', 200) },
    {
      path: '/api/status/buildinfo',
      answer: () =>
        json({
          version: tempoVersion,
          revision: `meshscope ${ports.version}`,
          branch: '',
          buildUser: '',
          buildDate: '',
          goVersion: '',
        }),
    },
    { path: '/api/search', answer: (call) => search(ports, call) },
    { path: '/api/search/tags', answer: (call) => tagNamesV1(ports, call) },
    { path: '/api/v2/search/tags', answer: (call) => tagNamesV2(ports, call) },
    { path: '/api/search/tag/:tag/values', answer: (call) => tagValuesV1(ports, call) },
    { path: '/api/v2/search/tag/:tag/values', answer: (call) => tagValuesV2(ports, call) },
    { path: '/api/traces/:id', answer: async (call) => traceAnswer(await one(ports, call), call.accept) },
    { path: '/api/v2/traces/:id', answer: async (call) => traceAnswerV2(await one(ports, call), call.accept) },
    ...Object.entries(unsupported).map(
      ([path, what]): ReadRoute => ({
        path,
        answer: () => plain(`meshscope does not have ${what} (${path}).`, 501),
      }),
    ),
  ];
  addReadScope(app, '/tempo', routes, ({ status, message }) => plain(message, status));
}

async function search(ports: TempoPorts, { query, signal }: ReadCall): Promise<ReadAnswer> {
  const { spansPerSet, ...asked } = tempoSearch(query);
  const result = await ports.search({ ...asked, signal });
  return json(searchAnswer(result, asked.query, spansPerSet), { partial: result.partial });
}

/** Parameters of `/api/v2/traces` that would leave something out of the trace. */
const cutting = ['q', 'span_pruning', 'keep_hierarchy', 'match_depth', 'ancestor_depth'] as const;

/** The range is checked and not used: Tempo needs it to find blocks, and a trace is whole here. */
async function one(ports: TempoPorts, { param, query, signal }: ReadCall): Promise<Trace> {
  tempoRange(tempoParameters(query));
  const asked = cutting.find((name) => !['', 'false', null].includes(query.get(name)));
  if (asked !== undefined)
    throw new AppError('unsupported', `meshscope answers with whole traces; it does not have the parameter ${asked}.`);
  const trace = await ports.trace(param('id'), signal);
  if (trace === undefined) throw new AppError('not_found', 'trace not found');
  return trace;
}
