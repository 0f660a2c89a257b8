import { useQuery } from '@tanstack/react-query';
import { postJson } from '../../api/http.ts';

export type TraceLog = Readonly<{
  /** For the drawer: `<index>/<id>`. */
  id: string;
  spanId: string;
  millis: number;
  level: string;
  message: string;
  agent: string;
}>;

type Hit = Readonly<{
  _index: string;
  _id: string;
  _source: Readonly<{
    timestamp?: string | number;
    level?: string;
    msg?: string;
    message?: string;
    trace?: Readonly<{ span_id?: string }>;
    agent?: Readonly<{ name?: string }>;
    service?: Readonly<{ name?: string }>;
  }>;
}>;

/** More ticks than this would be a carpet; the page of logs shows all. */
export const mostLogs = 2000;

/** Traces are named with and without dashes. */
export function idSpellings(id: string): readonly string[] {
  const plain = id.replaceAll('-', '');
  const dashed = plain.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return [...new Set([id, plain, dashed, plain.toLowerCase(), dashed.toLowerCase()])];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const logOf = ({ _index, _id, _source: source }: Hit): TraceLog => ({
  id: `${_index}/${_id}`,
  spanId: text(source.trace?.span_id),
  millis: new Date(source.timestamp ?? 0).getTime(),
  level: text(source.level),
  message: text(source.msg) || text(source.message),
  agent: text(source.agent?.name) || text(source.service?.name),
});

async function findLogs(id: string, spanId: string | undefined, signal: AbortSignal): Promise<readonly TraceLog[]> {
  const filter = [
    { terms: { 'trace.trace_id': idSpellings(id) } },
    ...(spanId === undefined ? [] : [{ term: { 'trace.span_id': spanId } }]),
  ];
  const answer = await postJson<{ hits: { hits: readonly Hit[] } }>(
    '/elasticsearch/*/_search',
    {
      size: mostLogs,
      track_total_hits: false,
      query: { bool: { filter } },
      sort: [{ timestamp: { order: 'asc', unmapped_type: 'date' } }],
      _source: ['timestamp', 'level', 'msg', 'message', 'trace.span_id', 'agent.name', 'service.name'],
    },
    signal,
  );
  return answer.hits.hits.map(logOf);
}

/** Logs of a trace, or of one of its spans, in the order of time. `isLive`: again each two seconds. */
export const useTraceLogs = (id: string, spanId?: string, isLive = false) =>
  useQuery({
    queryKey: ['trace logs', id, spanId],
    queryFn: ({ signal }) => findLogs(id, spanId, signal),
    refetchInterval: isLive ? 2000 : false,
  });

export const isErrorLevel = (level: string): boolean => /^(?:err|fatal|crit|emerg|alert)/i.test(level);
