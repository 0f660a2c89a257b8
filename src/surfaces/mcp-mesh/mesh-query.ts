import type { TraceCriteria } from '../../queries/traces/trace-criteria.ts';
import { parseGoBool, parseGoInt, parseGoTime } from './go-values.ts';

/** The first value of each parameter, as Go's frameworks take it. */
export type MeshQuery = (name: string) => string;

export function meshQuery(query: unknown): MeshQuery {
  const values = new Map(Object.entries((query ?? {}) as Readonly<Record<string, unknown>>));
  return (name) => {
    const value = values.get(name);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return typeof first === 'string' ? first : '';
  };
}

const defaultLimit = 20;
const maxLimit = 100;

/** 1 to 100; anything else is 20, as upstream has it, not the nearest bound. */
export function pageLimit(query: MeshQuery): number {
  const value = parseGoInt(query('limit'));
  return value === undefined || value < 1n || value > BigInt(maxLimit) ? defaultLimit : Number(value);
}

/** The dashboard's routes do clamp. */
export function clampedLimit(query: MeshQuery): number {
  const value = parseGoInt(query('limit'));
  if (value === undefined || value < 1n) return defaultLimit;
  return value > BigInt(maxLimit) ? maxLimit : Number(value);
}

/** What is no count of traces is 0. */
export function pageOffset(query: MeshQuery): number {
  const value = parseGoInt(query('offset'));
  return value === undefined || value < 0n ? 0 : Number(value > 10n ** 15n ? 10n ** 15n : value);
}

export type MeshSearch = Readonly<{
  criteria: TraceCriteria;
  limit: number;
  /** The criteria that were understood, as the answer repeats them. */
  echo: Readonly<Record<string, unknown>>;
}>;

/** Parameters of `/trace/search`. A value that cannot be read is ignored, and is then missing in the echo. */
export function meshSearch(query: MeshQuery): MeshSearch {
  const text = (name: string) => (query(name) === '' ? undefined : query(name));
  const [parentSpanId, agentName, operation] = [text('parent_span_id'), text('agent_name'), text('operation')];
  const success = parseGoBool(query('success'));
  const [start, end] = [parseGoTime(query('start_time')), parseGoTime(query('end_time'))];
  const [min, max] = [parseGoInt(query('min_duration_ms')), parseGoInt(query('max_duration_ms'))];
  const limit = pageLimit(query);
  const echo = {
    parent_span_id: parentSpanId,
    agent_name: agentName,
    operation,
    success,
    start_time: start?.text,
    end_time: end?.text,
    min_duration_ms: min === undefined ? undefined : Number(min),
    max_duration_ms: max === undefined ? undefined : Number(max),
    limit,
  };
  return {
    criteria: {
      parentSpanId,
      agentName,
      operation,
      success,
      startNanos: start?.nanos,
      endNanos: end?.nanos,
      minDurationNanos: min === undefined ? undefined : min * 1_000_000n,
      // Upstream compares whole milliseconds, so what is left of the last one still belongs to it.
      maxDurationNanos: max === undefined ? undefined : (max + 1n) * 1_000_000n - 1n,
    },
    limit,
    echo,
  };
}
