import { type Peers, peerAttributes } from './call.ts';
import { durationDescriptions, knownMethod } from './call-records.ts';
import { type CallSpan, startCallSpan } from './call-span.ts';
import { type Message, metaOf, modernMeta } from './mcp-message.ts';
import { durationBuckets } from './metrics.ts';
import type { Attributes } from './open-telemetry.ts';
import type { RemoteParent } from './propagation.ts';
import type { Telemetry } from './telemetry.ts';

/** A notification on its way. */
export type Notification = Readonly<{
  span: CallSpan;
  /** It was taken, or could not be sent. */
  end: (error?: unknown) => void;
}>;

/** Log messages are log documents. */
export const isSpanless = (method: unknown): boolean => method === 'notifications/message';

/** The span and the duration of a notification, by OpenTelemetry's MCP conventions. `role` client: it goes out; server: it came. */
export function startNotification(
  telemetry: Telemetry,
  role: 'client' | 'server',
  message: Message,
  peers: Peers,
  parent: RemoteParent | undefined,
): Notification {
  const startTick = performance.now();
  const startMillis = performance.timeOrigin + startTick;
  const method = String(message.method).slice(0, 128);
  const attributes: Attributes = {
    'mcp.method.name': method,
    ...peerAttributes(role, peers, metaOf(message)[modernMeta.protocolVersion] !== undefined),
  };
  const span = startCallSpan(telemetry, { name: method, role, startMillis, attributes, parent, earlier: undefined });
  let hasEnded = false;
  const end = (error?: unknown) => {
    if (hasEnded) return;
    hasEnded = true;
    const millis = performance.now() - startTick;
    const isError = error !== undefined;
    const errorType = isError ? (error instanceof Error ? error.name : '_OTHER') : undefined;
    const said = error instanceof Error ? error.message : String(error);
    const { kept } = telemetry.sampler({ name: method, traceId: span.trace.traceId, isError });
    span.end({
      attributes: { 'error.type': errorType },
      error: isError ? telemetry.filter.text(said) : undefined,
      endMillis: startMillis + millis,
      kept,
    });
    const labels: Attributes = {
      'mcp.method.name': knownMethod(method),
      ...(peers.protocolVersion === undefined ? {} : { 'mcp.protocol.version': peers.protocolVersion }),
      ...(peers.transport === undefined ? {} : { 'network.transport': peers.transport }),
      ...(errorType === undefined ? {} : { 'error.type': errorType }),
    };
    telemetry.duration(`mcp.${role}.operation.duration`, durationDescriptions[role], millis / 1000, labels, durationBuckets);
  };
  return { span, end };
}
