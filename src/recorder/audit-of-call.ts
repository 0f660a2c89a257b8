import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { CallRecord, Parties } from './call-record.ts';
import type { Content } from './content.ts';
import { objectOf } from './json-rpc.ts';
import type { Session } from './session.ts';
import type { SpanIds } from './trace-context.ts';

/** As `POST /api/audit` takes it. Each text has from 1 to so many characters that the server accepts it. */
export type AuditEntry = Readonly<{
  actor: string;
  action: string;
  resource: string;
  result: string;
  details: Readonly<Record<string, unknown>>;
}>;

const maxName = 256;
const maxResource = 2048;

const text = (value: unknown, max = maxName): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, max).toWellFormed() : undefined;

/** Members of `_meta` by which callers say for whom they call; none of them is standardized. */
const userMembers = ['user_id', 'userId', 'user.id', 'enduser.id', 'user'];

/** The user of this process, who also runs a server on stdio. */
let osUser: string | undefined;
function ownUser(): string | undefined {
  try {
    osUser ??= userInfo().username;
  } catch {
    // A user without a name, as in some containers.
    osUser = '';
  }
  return osUser || undefined;
}

/**
 * Who called which tool, with which outcome. The actor is whom the request names in its `_meta`, else the client; tokens are not looked at. Contents
 * are in it as hashes only, those of the log record of the call.
 */
export function auditOfCall(
  call: CallRecord,
  {
    session,
    parties,
    ids,
    asked,
    answered,
  }: Readonly<{
    session: Session;
    parties: Parties;
    ids: SpanIds;
    asked: Content | undefined;
    answered: Content | undefined;
  }>,
): AuditEntry {
  const meta = objectOf(objectOf(call.params)._meta);
  const user = userMembers.map((name) => text(meta[name])).find((found) => found !== undefined);
  return {
    actor: user ?? text(parties.clientName) ?? 'unknown',
    action: 'tools/call',
    resource: text(`tool:${session.server}/${call.target ?? ''}`, maxResource) ?? 'unknown',
    result: call.outcome,
    details: {
      // The collector stores records with one number once, when an answer of it was lost.
      record_id: randomUUID(),
      time: new Date(call.startMillis + call.durationMillis).toISOString(),
      duration_ms: Math.round(call.durationMillis * 1000) / 1000,
      client: text(parties.clientName),
      client_version: text(parties.clientVersion),
      os_user: session.transport === 'pipe' ? ownUser() : undefined,
      host: session.host,
      session: session.id,
      request_id: text(`${session.id}:${call.id}`),
      trace_id: ids.traceId,
      span_id: ids.spanId,
      error: text(call.error?.type),
      arguments_sha256: asked?.sha256,
      result_sha256: answered?.sha256,
    },
  };
}
