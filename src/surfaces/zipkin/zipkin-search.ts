import { AppError } from '../../lib/errors.ts';
import { allOf, anyOf, attribute, attributeIsText, intrinsic, serviceIs, traceQuery } from '../../queries/trace-lookup/build-query.ts';
import type { EnumValue, Expression } from '../../queries/traceql/query.ts';
import type { TraceSearch } from '../../queries/traceql/search-traceql.ts';
import { statusValue } from '../../queries/traceql/values.ts';
import { type Parameters, parametersOf } from '../trace-requests/read-parameter.ts';
import { maxTraces, nanosOf } from '../trace-requests/search-window.ts';

const defaultLimit = 10;

export const zipkinParameters = (query: URLSearchParams): Parameters =>
  parametersOf(query, (name, problem) => `invalid ${name}: ${problem}`);

/**
 * The parameters of Zipkin's `/api/v2/traces`. Each of them some span of the service must fulfil, not all of them the same one, as in
 * Zipkin. Names are compared as they were stored; Zipkin stores and compares them in lower case.
 */
export function zipkinSearch(query: URLSearchParams): Omit<TraceSearch, 'signal'> {
  const parameters = zipkinParameters(query);
  const service = parameters.text('serviceName');
  const remote = parameters.text('remoteServiceName');
  const name = parameters.text('spanName');
  const asked: Expression[] = [
    ...(name === undefined || name === 'all' ? [] : [intrinsic('name', '=', name)]),
    ...(remote === undefined ? [] : [attribute('span', 'peer.service', '=', remote)]),
    ...[...annotationsOf(parameters.text('annotationQuery') ?? '')].map(([key, value]) => annotationIs(key, value)),
    ...durationOf(parameters),
  ];
  const ofService = service === undefined ? [] : [serviceIs(service)];
  const conditions = asked.length === 0 ? ofService : asked.map((condition) => allOf([...ofService, condition]));
  return {
    query: traceQuery(conditions),
    range: windowOf(parameters, undefined),
    limit: parameters.count('limit', 1, maxTraces) ?? defaultLimit,
  };
}

/** Microseconds; 0 is refused, as Zipkin does. */
function durationOf(parameters: Parameters): readonly Expression[] {
  const min = positive(parameters, 'minDuration');
  const max = positive(parameters, 'maxDuration');
  if (min === undefined) {
    if (max !== undefined) throw new AppError('bad_request', 'maxDuration is only valid with minDuration');
    return [];
  }
  if (max !== undefined && max < min) throw new AppError('bad_request', 'maxDuration < minDuration');
  // Both hold for the same span.
  return [
    allOf([
      intrinsic('duration', '>=', nanosOf(min, 1000n)),
      ...(max === undefined ? [] : [intrinsic('duration', '<=', nanosOf(max, 1000n))]),
    ]),
  ];
}

function positive(parameters: Parameters, name: string): bigint | undefined {
  const value = parameters.integer(name);
  if (value !== undefined && value <= 0n) throw new AppError('bad_request', `${name} <= 0`);
  return value;
}

/** `endTs` and `lookback` are milliseconds. Without a lookback, everything before the end; Zipkin would look at a day. */
export function windowOf(parameters: Parameters, defaultLookback: bigint | undefined): TraceSearch['range'] {
  const end = positive(parameters, 'endTs');
  const lookback = positive(parameters, 'lookback') ?? defaultLookback;
  const to = end === undefined ? undefined : nanosOf(end, 1_000_000n);
  if (lookback === undefined) return { from: undefined, to };
  return { from: (to ?? nanosOf(BigInt(Date.now()), 1_000_000n)) - nanosOf(lookback, 1_000_000n), to };
}

/** `key=value and word`; the last one of a key counts. */
function annotationsOf(text: string): ReadonlyMap<string, string | undefined> {
  const asked = new Map<string, string | undefined>();
  if (text === '') return asked;
  for (const part of text.split(' and ')) {
    const equals = part.indexOf('=');
    const key = (equals < 0 ? part : part.slice(0, equals)).trim();
    if (key === '') throw new AppError('bad_request', `invalid annotationQuery: ${JSON.stringify(part.slice(0, 100))} has no key`);
    const value = equals < 0 ? '' : part.slice(equals + 1).trim();
    if (value !== '') asked.set(key, value);
    else if (!asked.has(key)) asked.set(key, undefined);
  }
  return asked;
}

const failed = intrinsic('status', '=', statusValue('error') as EnumValue);

/** As `zipkinTrace` prints spans: members of OpenTelemetry's are tags there. */
function annotationIs(key: string, value: string | undefined): Expression {
  if (value === undefined) {
    return anyOf([...(key === 'error' ? [failed] : []), intrinsic('eventName', '=', key), attribute('any', key, '!=', null)]);
  }
  const status = key === 'otel.status_code' ? statusValue(value.toLowerCase()) : undefined;
  return anyOf([
    ...(key === 'error'
      ? [
          allOf([
            failed,
            value === 'true'
              ? anyOf([intrinsic('statusMessage', '=', ''), intrinsic('statusMessage', '=', value)])
              : intrinsic('statusMessage', '=', value),
          ]),
        ]
      : []),
    ...(status === undefined ? [] : [intrinsic('status', '=', status)]),
    ...(key === 'otel.scope.name' ? [intrinsic('scopeName', '=', value)] : []),
    ...(key === 'otel.scope.version' ? [intrinsic('scopeVersion', '=', value)] : []),
    attributeIsText('any', key, value),
  ]);
}
