import { errorType, lazyMembers, putMember } from './plain-value.ts';
import { currentTrace } from './propagation.ts';
import { currentScope } from './scope.ts';
import { kubernetesMember, type Service, serviceMember } from './service.ts';

export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
export type LogFields = Readonly<Record<string, unknown>>;

/** Of OpenTelemetry's logs data model. */
export const severityNumbers: Readonly<Record<LogLevel, number>> = { DEBUG: 5, INFO: 9, WARNING: 13, ERROR: 17, CRITICAL: 18 };

/** Members that say what a line is; fields of the same name go to `extra`, so that none can pass for another line. */
const reserved = new Set(['timestamp', 'level', 'msg', 'service', 'kubernetes', 'trace', 'source']);

type LogParts = Readonly<{
  level: LogLevel;
  message: string;
  agent: LogFields;
  service: Service;
  /** Of the program; may be anything. */
  fields: LogFields;
  /** Of the logger itself. */
  members: LogFields;
  source: unknown;
}>;

/** A log line as the page has it, with the trace, request and user that are current. */
export function logDocument({ level, message, agent, service, fields, members, source }: LogParts): LogFields {
  const scope = currentScope();
  const trace = currentTrace();
  const own: Record<string, unknown> = {};
  const extra: Record<string, unknown> = {};
  for (const part of [scope.fields ?? {}, fields]) {
    for (const [key, value] of lazyMembers(part)) putMember(reserved.has(key) ? extra : own, key, value);
  }
  for (const [key, value] of Object.entries(members)) own[key] = value;
  return {
    timestamp: new Date().toISOString(),
    level,
    msg: message,
    service: serviceMember(service),
    agent,
    kubernetes: kubernetesMember(),
    trace: trace && { trace_id: trace.traceId, span_id: trace.spanId, trace_flags: (trace.flags & 0xff).toString(16).padStart(2, '0') },
    ...(scope.requestId === undefined ? {} : { request_id: scope.requestId }),
    ...own,
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
    source,
  };
}

const maxCauses = 5;

/** `exception` of a line; the stack holds the causes as well, as a traceback does. */
export function exceptionMember(error: unknown): LogFields {
  if (!(error instanceof Error)) return { type: errorType(error), message: String(error) };
  const stacks: string[] = [];
  let one: unknown = error;
  for (let count = 0; one instanceof Error && count < maxCauses; count += 1) {
    stacks.push(one.stack ?? `${one.name}: ${one.message}`);
    one = one.cause;
  }
  return { type: errorType(error), message: error.message, traceback: stacks.join('\nCaused by: ') };
}
