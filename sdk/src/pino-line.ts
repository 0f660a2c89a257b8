import type { LogFields, LogLevel } from './log-document.ts';
import type { Service } from './service.ts';
import { serviceMember } from './service.ts';

/** Pino's numbers: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function levelOf(level: unknown): LogLevel {
  const number = typeof level === 'number' ? level : ({ trace: 10, debug: 20, warn: 40, error: 50, fatal: 60 }[String(level)] ?? 30);
  if (number < 30) return 'DEBUG';
  if (number < 40) return 'INFO';
  if (number < 50) return 'WARNING';
  return number < 60 ? 'ERROR' : 'CRITICAL';
}

/** A line of pino as a log document of the page's shape; undefined when it is no JSON object. */
export function documentOfPinoLine(line: string, service: Service): Readonly<{ document: LogFields; level: LogLevel }> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const {
    level: said,
    time,
    msg,
    name,
    pid,
    hostname,
    err,
    reqId,
    trace_id,
    span_id,
    trace_flags,
    ...rest
  } = parsed as Record<string, unknown>;
  const level = levelOf(said);
  const error = typeof err === 'object' && err !== null ? (err as Record<string, unknown>) : undefined;
  return {
    level,
    document: {
      ...rest,
      timestamp: timeOf(time),
      level,
      msg: typeof msg === 'string' ? msg : typeof error?.message === 'string' ? error.message : '',
      service: serviceMember(service),
      agent: { name: typeof name === 'string' ? name : service.name, type: 'mcp-mesh' },
      ...(trace_id === undefined ? {} : { trace: { trace_id, span_id, trace_flags } }),
      ...(reqId === undefined || rest.request_id !== undefined ? {} : { request_id: String(reqId) }),
      ...(error ? { exception: { type: error.type, message: error.message, traceback: error.stack } } : {}),
      ...(pid === undefined && hostname === undefined ? {} : { host: { name: hostname, pid } }),
    },
  };
}

function timeOf(time: unknown): string {
  const date = typeof time === 'number' || typeof time === 'string' ? new Date(time) : new Date();
  return Number.isNaN(date.getTime()) ? new Date().toISOString() : date.toISOString();
}
