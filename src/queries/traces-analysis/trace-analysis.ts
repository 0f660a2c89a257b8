import type { Span, Trace, TraceLimits } from '../../model/trace.ts';
import type { Engine } from '../../store/engine/engine.ts';
import type { Cursor } from '../traceql/candidates.ts';
import { parseTraceQl } from '../traceql/parse-traceql.ts';
import { type SearchLimits, type SearchResult, searchTraceQl } from '../traceql/search-traceql.ts';
import type { TimeRange } from '../traceql/time-range.ts';
import { readSpans, readTrace } from '../traces/read-trace.ts';
import { type RunningOperations, runningOperations } from '../traces/running-operations.ts';
import { type Difference, differences } from './differences.ts';
import { type Latencies, latencyExemplars } from './exemplars.ts';
import { type ServiceMap, serviceMap } from './service-map.ts';
import { type TagNames, type TagValue, tagNames, tagValues } from './tags.ts';

/** What can be asked about traces by our own API. All of it rejects with `AppError` for what cannot be answered. */
export interface TraceAnalysis {
  /** Milliseconds since the epoch. */
  now(): number;
  search(
    search: Readonly<{ text: string; range: TimeRange; limit: number; cursor: Cursor | undefined }>,
  ): Promise<SearchResult & Readonly<{ query: ReturnType<typeof parseTraceQl> }>>;
  read(id: string): Promise<Trace | undefined>;
  /** With no more of attributes than `waitKind` asks for: for traces of any size. */
  outline(id: string): Promise<Trace | undefined>;
  /** The operations of a trace that have a span id, which are several in MCP Mesh v0.4.0. */
  spans(id: string, spanId: string): Promise<readonly Span[]>;
  /** What is more frequent in one group of traces than in another. */
  differences(selected: readonly string[], others: readonly string[], limit: number): Promise<readonly Difference[]>;
  map(range: TimeRange): Promise<ServiceMap>;
  running(limit: number): Promise<RunningOperations>;
  exemplars(search: Readonly<{ text: string; range: TimeRange; perBucket: number }>): Promise<Latencies>;
  tagNames(range: TimeRange, limit: number): Promise<TagNames>;
  tagValues(name: string, range: TimeRange, limit: number): Promise<readonly TagValue[]>;
}

export type TraceAnalysisOptions = Readonly<{ search: SearchLimits; traces: TraceLimits; now?: () => number }>;

export function createTraceAnalysis(engine: Engine, { search: limits, traces, now = Date.now }: TraceAnalysisOptions): TraceAnalysis {
  const { timeoutMillis, memoryBytes } = limits;
  const queryLimits = { timeoutMillis, memoryBytes };
  return {
    now,
    async search({ text, ...search }) {
      const query = parseTraceQl(text);
      return { ...(await searchTraceQl(engine, { ...search, query }, limits, traces, now())), query };
    },
    read: (id) => readTrace(engine, id, traces, now(), queryLimits),
    outline: (id) => readTrace(engine, id, traces, now(), queryLimits, 'waits'),
    spans: (id, spanId) => readSpans(engine, id, spanId, traces, now(), queryLimits),
    differences: (selected, others, limit) => differences(engine, selected, others, limit, queryLimits),
    map: (range) => serviceMap(engine, range, queryLimits),
    running: (limit) => runningOperations(engine, traces, now(), limit, queryLimits),
    exemplars: async ({ text, range, perBucket }) => latencyExemplars(engine, parseTraceQl(text), range, perBucket, queryLimits),
    tagNames: (range, limit) => tagNames(engine, range, limit, queryLimits),
    tagValues: (name, range, limit) => tagValues(engine, name, range, limit, queryLimits),
  };
}
