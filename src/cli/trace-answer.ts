import { AppError } from '../lib/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '../lib/json/json-text.ts';
import type { Trace } from '../model/trace.ts';
import { parseTraceJson } from '../queries/trace-forms/trace-json.ts';
import type { ServerClient } from './server-client.ts';

/** The answer of the server about a trace: as it came, and read. */
export type TraceAnswer = Readonly<{ body: Buffer; trace: Trace }>;

/** Rejects with AppError `not_found` when no record of the trace is stored. */
export async function fetchTrace(client: ServerClient, id: string): Promise<TraceAnswer> {
  const { body } = await client.send({ method: 'GET', path: `/api/traces/${encodeURIComponent(id)}` });
  const answer = parseObject(body);
  return { body, trace: parseTraceJson(isJsonObject(answer.trace) ? answer.trace : answer) };
}

/** An answer that is a JSON object. Integers stay exact. */
export function parseObject(body: Buffer): JsonObject {
  const value = parseJson(body.toString('utf8'));
  if (!isJsonObject(value)) throw new AppError('bad_request', 'The answer of the server is no JSON object. Is --url a meshscope?');
  return value;
}
