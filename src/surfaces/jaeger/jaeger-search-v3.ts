import { AppError } from '../../lib/errors.ts';
import type { TraceSearch } from '../../queries/traceql/search-traceql.ts';
import { parseInstant } from '../../queries/traceql/time-range.ts';
import { jaegerSearch } from './jaeger-search.ts';

/** The same question by the names of `/api/v3/traces`, in the spelling of protobuf and in that of JSON. */
const names: readonly (readonly [own: string, ...v3: string[]])[] = [
  ['service', 'query.service_name', 'query.serviceName'],
  ['operation', 'query.operation_name', 'query.operationName'],
  ['minDuration', 'query.duration_min', 'query.durationMin'],
  ['maxDuration', 'query.duration_max', 'query.durationMax'],
  ['limit', 'query.search_depth', 'query.searchDepth', 'query.num_traces'],
  ['tags', 'query.attributes'],
];

export function jaegerSearchV3(query: URLSearchParams): Omit<TraceSearch, 'signal'> {
  const own = new URLSearchParams();
  for (const [name, ...spellings] of names) {
    const value = spellings.map((spelling) => query.get(spelling)).find((text) => text !== null && text !== '');
    if (value !== undefined && value !== null) own.set(name, value);
  }
  const instant = (...spellings: readonly [string, string]) => {
    const text = query.get(spellings[0]) ?? query.get(spellings[1]);
    // A plus sign that was not encoded, before the offset of a time zone.
    return text === null || text === '' ? undefined : parseInstant(spellings[0], text.replace(' ', '+'), { nowMillis: 0, roundUp: false });
  };
  const range = { from: instant('query.start_time_min', 'query.startTimeMin'), to: instant('query.start_time_max', 'query.startTimeMax') };
  if (range.from !== undefined && range.to !== undefined && range.from > range.to) {
    throw new AppError('bad_request', 'query.start_time_min is after query.start_time_max');
  }
  return { ...jaegerSearch(own, 0), range };
}
