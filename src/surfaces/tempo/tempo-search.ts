import { AppError } from '../../lib/errors.ts';
import { anyOf, attribute, attributeIsText, containsPattern, intrinsic, traceQuery } from '../../queries/trace-lookup/build-query.ts';
import { parseTraceQl } from '../../queries/traceql/parse-traceql.ts';
import type { EnumValue, Expression, Intrinsic, TraceQuery } from '../../queries/traceql/query.ts';
import type { TraceSearch } from '../../queries/traceql/search-traceql.ts';
import type { TimeRange } from '../../queries/traceql/time-range.ts';
import { kindValue, statusValue } from '../../queries/traceql/values.ts';
import { parseLogfmt } from '../trace-requests/logfmt.ts';
import { type Parameters, parametersOf } from '../trace-requests/read-parameter.ts';
import { maxTraces, nanosOf } from '../trace-requests/search-window.ts';

export type TempoSearch = Omit<TraceSearch, 'signal'> & Readonly<{ spansPerSet: number }>;

const [defaultLimit, defaultSpansPerSet] = [20, 3];
/** Of one set of spans; 0 means as many as that. */
const maxSpansPerSet = 10_000;

export const tempoParameters = (query: URLSearchParams): Parameters =>
  parametersOf(query, (name, problem) => `invalid ${name}: ${problem}`);

/** Seconds, as Tempo takes them. Both ends belong to the range; the end as a whole second. */
export function tempoRange(parameters: Parameters): TimeRange {
  const [start, end] = (['start', 'end'] as const).map((name) => {
    const seconds = parameters.integer(name);
    if (seconds !== undefined && seconds < 0n) throw parameters.refuse(name, `${seconds} is negative`);
    return seconds === 0n ? undefined : seconds;
  });
  if (start !== undefined && end !== undefined && end <= start) {
    throw new AppError('bad_request', `http parameter start must be before end. received start=${start} end=${end}`);
  }
  const second = 1_000_000_000n;
  return {
    from: start === undefined ? undefined : nanosOf(start, second),
    to: end === undefined ? undefined : nanosOf(end + 1n, second) - 1n,
  };
}

/** The parameters of Tempo's `/api/search`: TraceQL in `q`, or `tags` with durations of the whole trace. */
export function tempoSearch(query: URLSearchParams): TempoSearch {
  const parameters = tempoParameters(query);
  const text = parameters.text('q');
  const tags = parameters.text('tags');
  if (text !== undefined && tags !== undefined) {
    throw new AppError('bad_request', "invalid request: can't specify tags and q in the same query");
  }
  const spansPerSet = parameters.count('spss', 0, maxSpansPerSet) ?? defaultSpansPerSet;
  return {
    query: text === undefined ? tagQuery(parameters, tags ?? '') : parseTraceQl(text),
    range: tempoRange(parameters),
    limit: parameters.count('limit', 1, maxTraces) ?? defaultLimit,
    spansPerSet: spansPerSet === 0 ? maxSpansPerSet : spansPerSet,
  };
}

function tagQuery(parameters: Parameters, tags: string): TraceQuery {
  const read = parseLogfmt(tags);
  if ('problem' in read) throw new AppError('bad_request', `invalid tags: ${read.problem}`);
  const asked = new Map<string, string>();
  for (const [key, value] of read.pairs) {
    if (asked.has(key)) throw new AppError('bad_request', `invalid tags: tag ${key.slice(0, 100)} has been set twice`);
    asked.set(key, value);
  }
  const min = parameters.duration('minDuration');
  const max = parameters.duration('maxDuration');
  if (min !== undefined && max !== undefined && min > max) {
    throw new AppError('bad_request', 'invalid maxDuration: must be greater than minDuration');
  }
  return traceQuery([
    ...[...asked].map(([key, value]) => tagContains(key, value)),
    ...(min === undefined ? [] : [intrinsic('traceDuration', '>=', min)]),
    ...(max === undefined ? [] : [intrinsic('traceDuration', '<=', max)]),
  ]);
}

const texts: Readonly<Record<string, Intrinsic>> = { name: 'name', 'root.name': 'rootName', 'root.service.name': 'rootService' };

const enumIs = (name: 'status' | 'kind', value: EnumValue | undefined): readonly Expression[] =>
  value === undefined ? [] : [intrinsic(name, '=', value)];

/** Texts that contain the value, in whichever case, as Tempo has it; other values by what they print as. */
function tagContains(key: string, value: string): Expression {
  const text = Object.hasOwn(texts, key) ? texts[key] : undefined;
  return anyOf([
    ...(text === undefined ? [] : [intrinsic(text, '=~', containsPattern(value))]),
    ...(key === 'status' || key === 'status.code' ? enumIs('status', statusValue(value.toLowerCase())) : []),
    ...(key === 'error' && value === 'true' ? enumIs('status', statusValue('error')) : []),
    ...(key === 'kind' || key === 'span.kind' ? enumIs('kind', kindValue(value.toLowerCase())) : []),
    attribute('any', key, '=~', containsPattern(value)),
    attributeIsText('any', key, value),
  ]);
}
