import { getJson, postJson } from '../../api/http.ts';
import { type Search, searchQuery } from '../../state/search-query.ts';
import type { Interval } from '../../state/time-range.ts';
import type { RecordedLine } from './session-messages.ts';

export type SessionSummary = Readonly<{
  id: string;
  server: string;
  client: string;
  transport: string;
  protocol: string;
  records: number;
  calls: number;
  failed: number;
  firstMillis: number;
  lastMillis: number;
}>;

const recordsPath = '/elasticsearch/mcp-calls/_search?ignore_unavailable=true';
export const mostSessions = 500;

type Terms = Readonly<{ buckets: readonly Readonly<{ key: string; doc_count: number }>[] }>;
type SessionBucket = Readonly<{
  key: string;
  doc_count: number;
  first: Readonly<{ value: number }>;
  last: Readonly<{ value: number }>;
  failed: Readonly<{ doc_count: number }>;
  calls: Readonly<{ doc_count: number }>;
  server: Terms;
  client: Terms;
  transport: Terms;
  protocol: Terms;
}>;
type ListAnswer = Readonly<{ aggregations?: Readonly<{ sessions?: Readonly<{ buckets: readonly SessionBucket[] }> }> }>;

const mostFrequent = (field: string) => ({ terms: { field, size: 1 } });
const first = ({ buckets }: Terms): string => buckets[0]?.key ?? '';

/** Sessions with records in the interval that match the search, the latest first. */
export async function listSessions(search: Search, interval: Interval, signal: AbortSignal): Promise<readonly SessionSummary[]> {
  const answer = await postJson<ListAnswer>(
    recordsPath,
    {
      size: 0,
      query: searchQuery(search, interval),
      aggs: {
        sessions: {
          terms: { field: 'mcp.session', size: mostSessions, order: { last: 'desc' } },
          aggs: {
            first: { min: { field: 'timestamp' } },
            last: { max: { field: 'timestamp' } },
            failed: { filter: { term: { ok: false } } },
            calls: { filter: { exists: { field: 'request.method' } } },
            server: mostFrequent('service.name'),
            client: mostFrequent('mcp.client'),
            transport: mostFrequent('mcp.transport'),
            protocol: mostFrequent('mcp.protocol'),
          },
        },
      },
    },
    signal,
  );
  return (answer.aggregations?.sessions?.buckets ?? []).map((bucket) => ({
    id: bucket.key,
    server: first(bucket.server),
    client: first(bucket.client),
    transport: first(bucket.transport),
    protocol: first(bucket.protocol),
    records: bucket.doc_count,
    calls: bucket.calls.doc_count,
    failed: bucket.failed.doc_count,
    firstMillis: bucket.first.value,
    lastMillis: bucket.last.value,
  }));
}

type Hit = Readonly<{ _id: string; _source: Omit<RecordedLine, 'id'>; sort: readonly unknown[] }>;
type LinesAnswer = Readonly<{ hits: Readonly<{ total: Readonly<{ value: number }>; hits: readonly Hit[] }> }>;

export type SessionPage = Readonly<{ lines: readonly RecordedLine[]; after: readonly unknown[] | undefined; total: number }>;

const pageSize = 1000;

/** Records of a session from the first on; `after` leads to the next page. */
export async function sessionLines(id: string, after: readonly unknown[] | undefined, signal: AbortSignal): Promise<SessionPage> {
  const answer = await postJson<LinesAnswer>(
    recordsPath,
    {
      size: pageSize,
      track_total_hits: true,
      query: { term: { 'mcp.session': id } },
      sort: [{ timestamp: 'asc' }, { _doc: 'asc' }],
      ...(after === undefined ? {} : { search_after: after }),
    },
    signal,
  );
  const { hits, total } = answer.hits;
  return {
    lines: hits.map(({ _id, _source }) => ({ ..._source, id: _id })),
    after: hits.length < pageSize ? undefined : hits.at(-1)?.sort,
    total: total.value,
  };
}

type SpansAnswer = Readonly<{ spans: readonly Readonly<{ attributes: Readonly<Record<string, unknown>> }>[] }>;

/** The result of a call as its span has it; JSON where it is whole. `undefined` when it was not kept. */
export async function recordedResult(traceId: string, spanId: string, signal: AbortSignal): Promise<unknown> {
  const { spans } = await getJson<SpansAnswer>(
    `/api/traces/${encodeURIComponent(traceId)}/spans/${encodeURIComponent(spanId)}`,
    {},
    signal,
  );
  const text = spans.map(({ attributes }) => attributes['gen_ai.tool.call.result']).find((value) => value !== undefined);
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
