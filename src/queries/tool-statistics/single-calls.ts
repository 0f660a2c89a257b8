import { sqlString } from '../../lib/sql-text.ts';
import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';
import type { TimeRange } from '../traceql/time-range.ts';
import { callSlices } from './call-slices.ts';
import { callDetails } from './tool-calls.ts';

export type SingleCall = Readonly<{
  traceId: string;
  spanId: string;
  server: string;
  tool: string;
  client: string;
  /** A word of the recorders' outcome model, or `ok` or `error` when the sender told no more. */
  outcome: string;
  errorType: string;
  failed: boolean;
  startMillis: number;
  durationMillis: number;
  requestBytes: number | undefined;
  responseBytes: number | undefined;
}>;

export type SingleCallsQuestion = Readonly<{
  /** Of the starts of calls. */
  range: TimeRange;
  service: string | undefined;
  tool: string | undefined;
  failed: boolean | undefined;
  order: 'slowest' | 'newest';
  limit: number;
  hasOperations: boolean;
}>;

/** Examples of calls. Rejects with `AppError`. */
export async function singleCalls(
  engine: Pick<Engine, 'select'>,
  question: SingleCallsQuestion,
  limits: QueryLimits,
  sliceSize?: number,
): Promise<readonly SingleCall[]> {
  const { range, order, limit, hasOperations } = question;
  const found: SingleCall[] = [];
  for await (const calls of callSlices(engine, { range, hasOperations }, callDetails, limits, sliceSize))
    found.push(...(await engine.select(callsOf(calls, question), limits)).map(readCall));
  const by = (call: SingleCall) => (order === 'slowest' ? call.durationMillis : call.startMillis);
  return found.sort((a, b) => by(b) - by(a) || (a.spanId < b.spanId ? -1 : 1)).slice(0, limit);
}

function callsOf(calls: string, { service, tool, failed, order, limit }: SingleCallsQuestion): string {
  const conditions = [
    ...(service === undefined ? [] : [`server = ${sqlString(service)}`]),
    ...(tool === undefined ? [] : [`tool = ${sqlString(tool)}`]),
    ...(failed === undefined ? [] : [`failed = ${failed ? 1 : 0}`]),
    '1',
  ];
  return `SELECT trace_id, span_id, server, tool, client, if(outcome != '', outcome, if(failed = 1, 'error', 'ok')) AS end_word, error_type, failed,
    began_ns / 1000000 AS began, lasted_ns / 1000000 AS lasted, request, response
  FROM (${calls}) WHERE ${conditions.join(' AND ')}
  ORDER BY ${order === 'slowest' ? 'lasted_ns' : 'began_ns'} DESC, span_id LIMIT ${limit}`;
}

const readCall = (row: Row): SingleCall => ({
  traceId: String(row.trace_id),
  spanId: String(row.span_id),
  server: String(row.server),
  tool: String(row.tool),
  client: String(row.client),
  outcome: String(row.end_word),
  errorType: String(row.error_type),
  failed: Number(row.failed) === 1,
  startMillis: Number(row.began),
  durationMillis: Number(row.lasted),
  requestBytes: typeof row.request === 'number' ? row.request : undefined,
  responseBytes: typeof row.response === 'number' ? row.response : undefined,
});
