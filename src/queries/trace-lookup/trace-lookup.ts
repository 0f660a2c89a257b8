import type { Trace, TraceLimits } from '../../model/trace.ts';
import type { Engine } from '../../store/engine/engine.ts';
import { type SearchLimits, type SearchResult, searchTraceQl, type TraceSearch } from '../traceql/search-traceql.ts';
import type { TimeRange } from '../traceql/time-range.ts';
import { serviceMap } from '../traces-analysis/service-map.ts';
import { type TagNames, type TagValue, tagNames, tagValues } from '../traces-analysis/tags.ts';
import { findTrace } from './find-trace.ts';
import { type Operation, operationNames, remoteServiceNames, serviceNames } from './service-names.ts';

export type CallCount = Readonly<{ caller: string; callee: string; calls: number; errors: number }>;

type Signal = AbortSignal | undefined;

/** What surfaces that speak another product's API ask about traces. Each question is stopped by its signal. */
export type TraceLookup = Readonly<{
  trace: (id: string, signal: Signal) => Promise<Trace | undefined>;
  search: (search: TraceSearch) => Promise<SearchResult>;
  services: (signal: Signal) => Promise<readonly string[]>;
  operations: (service: string | undefined, signal: Signal) => Promise<readonly Operation[]>;
  remoteServices: (service: string, signal: Signal) => Promise<readonly string[]>;
  /** Who called whom, of spans that began in the range. */
  calls: (range: TimeRange, signal: Signal) => Promise<readonly CallCount[]>;
  tagNames: (range: TimeRange, limit: number, signal: Signal) => Promise<TagNames>;
  tagValues: (name: string, range: TimeRange, limit: number, signal: Signal) => Promise<readonly TagValue[]>;
}>;

export type TraceLookupOptions = Readonly<{ traceLimits: TraceLimits; searchLimits: SearchLimits; now?: () => number }>;

export function createTraceLookup(engine: Engine, { traceLimits, searchLimits, now = Date.now }: TraceLookupOptions): TraceLookup {
  const limits = (signal: Signal) => ({ timeoutMillis: searchLimits.timeoutMillis, memoryBytes: searchLimits.memoryBytes, signal });
  return {
    trace: (id, signal) => findTrace(engine, id, traceLimits, now(), limits(signal)),
    search: (search) => searchTraceQl(engine, { ...search, whole: true }, searchLimits, traceLimits, now()),
    services: (signal) => serviceNames(engine, limits(signal)),
    operations: (service, signal) => operationNames(engine, service, limits(signal)),
    remoteServices: (service, signal) => remoteServiceNames(engine, service, limits(signal)),
    calls: async (range, signal) => (await serviceMap(engine, range, limits(signal))).edges,
    tagNames: (range, limit, signal) => tagNames(engine, range, limit, limits(signal)),
    tagValues: (name, range, limit, signal) => tagValues(engine, name, range, limit, limits(signal)),
  };
}
