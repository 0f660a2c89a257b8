import { createHash, randomUUID } from 'node:crypto';
import type { Call, Peers } from './call.ts';
import { membersOf, textOf } from './mcp-message.ts';
import type { Ending } from './outcome.ts';
import { plainValue } from './plain-value.ts';
import type { Telemetry } from './telemetry.ts';

const maxName = 256;

/** The server takes texts of at least one character. */
const named = (text: string | undefined): string => (text === undefined || text === '' ? 'unknown' : wellFormed(text.slice(0, maxName)));

const wellFormed = (text: string) => Buffer.from(text).toString();

/** Members of `_meta` by which callers say for whom they call; none of them is standardized. */
const userMembers = ['user_id', 'userId', 'user.id', 'enduser.id', 'user'];

const hashLimits = { maxDepth: 100, maxText: Number.POSITIVE_INFINITY, maxNodes: 1_000_000 };

/** SHA-256 of the JSON text, without what redaction takes out: a hash of few possible values would tell them. */
function hashOf(value: unknown, telemetry: Telemetry): string | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(plainValue(value, telemetry.filter, hashLimits));
  return text === undefined ? undefined : createHash('sha256').update(text).digest('hex');
}

/** Who called which tool, with which outcome, as `POST /api/audit` takes it: the actor is whom `_meta` names, else the client. */
export function auditRecord(telemetry: Telemetry, call: Call, ending: Ending, result: unknown, peers: Peers, millis: number): object {
  const meta = membersOf(call.params._meta);
  const client = call.role === 'client' ? telemetry.service.name : peers.clientName;
  const server = call.role === 'client' ? peers.serverName : telemetry.service.name;
  const user = userMembers.map((name) => textOf(meta[name])).find((found) => found !== undefined);
  return {
    actor: named(user ?? client),
    action: 'tools/call',
    resource: wellFormed(`tool:${named(server)}/${call.tool ?? ''}`),
    result: ending.outcome,
    details: {
      // The collector stores records with one number once, when its answer was lost.
      record_id: randomUUID(),
      time: new Date().toISOString(),
      duration_ms: Math.round(millis * 1000) / 1000,
      role: call.role,
      client: client && named(client),
      service: named(telemetry.service.name),
      instance: named(telemetry.service.instanceId),
      session: peers.session,
      request_id: named(call.requestId),
      trace_id: call.span.trace.traceId,
      span_id: call.span.trace.spanId,
      error: ending.errorType && named(ending.errorType),
      arguments_sha256: hashOf(call.params.arguments, telemetry),
      result_sha256: hashOf(result, telemetry),
    },
  };
}
