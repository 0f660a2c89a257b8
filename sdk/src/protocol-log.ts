import type { Call } from './call.ts';
import { type Members, textOf } from './mcp-message.ts';
import { serviceMember } from './service.ts';
import { severityOf } from './severity.ts';
import type { Telemetry } from './telemetry.ts';
import type { TraceContext } from './trace-context.ts';

const maxText = 8192;

/** Keeps a `notifications/message`, sent by a server or received by a client. `call`: the one that it belongs to; `trace`: else the one that is active. It is never guessed. */
export function recordProtocolLog(
  telemetry: Telemetry,
  role: 'client' | 'server',
  params: Members,
  call: Call | undefined,
  trace: TraceContext | undefined,
): void {
  const { data } = params;
  const said = textOf(params.level) ?? 'info';
  const { level, number } = severityOf(said);
  const owner = call?.span.trace ?? trace;
  const msg = typeof data === 'string' ? data : shortJson(data);
  telemetry.log(
    {
      timestamp: new Date().toISOString(),
      level,
      msg,
      service: serviceMember(telemetry.service),
      agent: { name: telemetry.service.name, type: `mcp-${role}` },
      trace: owner && { trace_id: owner.traceId, span_id: owner.spanId },
      request_id: call?.requestId,
      mcp: {
        log: { level: said, logger: textOf(params.logger), data: typeof data === 'string' ? undefined : data },
        call: call && { id: String(call.id), method: call.method, target: call.target },
      },
    },
    number,
  );
}

function shortJson(data: unknown): string {
  try {
    return (JSON.stringify(data) ?? '').slice(0, maxText);
  } catch {
    return '';
  }
}
