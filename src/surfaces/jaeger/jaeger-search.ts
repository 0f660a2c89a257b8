import { AppError } from '../../lib/errors.ts';
import { allOf, anyOf, attributeIsText, intrinsic, serviceIs, traceQuery } from '../../queries/trace-lookup/build-query.ts';
import type { EnumValue, Expression } from '../../queries/traceql/query.ts';
import type { TraceSearch } from '../../queries/traceql/search-traceql.ts';
import { kindValue, statusValue } from '../../queries/traceql/values.ts';
import { type Parameters, parametersOf, parseGoDuration } from '../trace-requests/read-parameter.ts';
import { maxTraces, nanosOf } from '../trace-requests/search-window.ts';

const defaultLimit = 100;

export const jaegerParameters = (query: URLSearchParams): Parameters =>
  parametersOf(query, (name, problem) => `unable to parse param '${name}': ${problem}`);

/** The parameters of Jaeger's `/api/traces`. All that is asked of a span, one span must have, as in Jaeger. */
export function jaegerSearch(query: URLSearchParams, nowMillis: number): Omit<TraceSearch, 'signal'> {
  const parameters = jaegerParameters(query);
  const service = parameters.text('service');
  if (service === undefined) throw new AppError('bad_request', "parameter 'service' is required");
  const min = parameters.duration('minDuration');
  const max = parameters.duration('maxDuration');
  if (min !== undefined && max !== undefined && max < min) {
    throw new AppError('bad_request', "'maxDuration' should be greater than 'minDuration'");
  }
  const operation = parameters.text('operation');
  const conditions = [
    serviceIs(service),
    // Jaeger's own page writes "all" for every operation.
    ...(operation === undefined || operation === 'all' ? [] : [intrinsic('name', '=', operation)]),
    ...[...tagsOf(query)].map(([name, value]) => tagIs(name, value)),
    ...(min === undefined ? [] : [intrinsic('duration', '>=', min)]),
    ...(max === undefined ? [] : [intrinsic('duration', '<=', max)]),
  ];
  return {
    query: traceQuery([allOf(conditions)]),
    range: rangeOf(parameters, nowMillis),
    limit: parameters.count('limit', 1, maxTraces) ?? defaultLimit,
  };
}

/** `lookback` is what the page of Jaeger was set to; it counts when no start is given. */
function rangeOf(parameters: Parameters, nowMillis: number): TraceSearch['range'] {
  const [start, end] = (['start', 'end'] as const).map((name) => parameters.integer(name));
  const to = end === undefined ? undefined : nanosOf(end, 1000n);
  if (start !== undefined) return { from: nanosOf(start, 1000n), to };
  const lookback = parameters.text('lookback');
  if (lookback === undefined || lookback === 'custom') return { from: undefined, to };
  const nanos = parseGoDuration(lookback.replace(/^(\d{1,6})d$/, (_, days: string) => `${Number(days) * 24}h`));
  if (nanos === undefined || nanos < 0) throw parameters.refuse('lookback', `${JSON.stringify(lookback.slice(0, 100))} is not a duration`);
  return { from: (to ?? BigInt(nowMillis) * 1_000_000n) - BigInt(nanos), to };
}

function tagsOf(query: URLSearchParams): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const tag of query.getAll('tag')) {
    const [, name, value] = /^([^:]*):(.*)$/s.exec(tag) ?? [];
    if (name === undefined || value === undefined) {
      throw new AppError('bad_request', `malformed 'tag' parameter, expecting key:value, received: ${tag.slice(0, 100)}`);
    }
    tags.set(name, value);
  }
  for (const text of query.getAll('tags')) for (const [name, value] of tagsOfJson(text)) tags.set(name, value);
  return tags;
}

export function tagsOfJson(text: string): readonly (readonly [string, string])[] {
  if (text === '') return [];
  const refused = (problem: string) => new AppError('bad_request', `malformed 'tags' parameter, cannot unmarshal JSON: ${problem}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error));
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw refused('it is not an object');
  return Object.entries(parsed).map(([name, value]: readonly [string, unknown]) => {
    if (typeof value === 'object') throw refused(`the value of ${JSON.stringify(name.slice(0, 100))} is not a text`);
    return [name, String(value)];
  });
}

const enumIs = (name: 'status' | 'kind', value: EnumValue | undefined): readonly Expression[] =>
  value === undefined ? [] : [intrinsic(name, '=', value)];

/** As the trace is printed for Jaeger: members of OpenTelemetry's spans are tags there. */
function ownTag(name: string, value: string): readonly Expression[] {
  switch (name) {
    case 'error':
      return value === 'true' || value === 'false'
        ? [intrinsic('status', value === 'true' ? '=' : '!=', statusValue('error') as EnumValue)]
        : [];
    case 'span.kind':
      return enumIs('kind', kindValue(value));
    case 'otel.status_code':
      return enumIs('status', statusValue(value.toLowerCase()));
    case 'otel.status_description':
      return [intrinsic('statusMessage', '=', value)];
    case 'otel.scope.name':
      return [intrinsic('scopeName', '=', value)];
    case 'otel.scope.version':
      return [intrinsic('scopeVersion', '=', value)];
    default:
      return [];
  }
}

/** A tag of the span, of its process, or of one of its logs. */
const tagIs = (name: string, value: string): Expression =>
  anyOf([
    ...ownTag(name, value),
    attributeIsText('any', name, value),
    attributeIsText('event', name, value),
    ...(name === 'event' ? [intrinsic('eventName', '=', value)] : []),
  ]);
