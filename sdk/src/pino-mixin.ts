import { currentTrace } from './propagation.ts';
import { currentScope } from './scope.ts';

/** `mixin` for pino: the ids of the trace and the request that a line belongs to, and the fields of `LogContext`. */
export function pinoMixin(): Record<string, unknown> {
  const scope = currentScope();
  const trace = currentTrace();
  return {
    ...(trace ? { trace_id: trace.traceId, span_id: trace.spanId, trace_flags: (trace.flags & 0xff).toString(16).padStart(2, '0') } : {}),
    ...(scope.requestId === undefined ? {} : { request_id: scope.requestId }),
    ...scope.fields,
  };
}
