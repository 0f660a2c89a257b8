import { isRequestId, type Members, type Message, metaOf, modernMeta } from './mcp-message.ts';
import type { ClientChannel } from './scope.ts';
import { isProtocolLevel, type ProtocolLevel, severityOf } from './severity.ts';
import type { Transport } from './transport-tap.ts';

/** Messages of one connection in one second; the specification asks servers for a limit. */
const maxPerSecond = 200;

/**
 * Protocol logging of one connection. In the legacy era the client sets a level for the session, and gets everything before it has; the
 * server must have declared `logging`. In the modern era each request names its level, and a request without one gets nothing.
 */
export class ClientLog {
  private readonly transport: Transport;
  private readonly capabilities: () => Members;
  private sessionLevel: ProtocolLevel = 'debug';
  private second = 0;
  private sentInSecond = 0;

  constructor(transport: Transport, capabilities: () => Members) {
    this.transport = transport;
    this.capabilities = capabilities;
  }

  /** Of `logging/setLevel`; what is no level is left to the SDK to refuse. */
  setLevel(level: unknown): void {
    if (isProtocolLevel(level)) this.sessionLevel = level;
  }

  /** The channel of one request, which is open as long as the request is. */
  channel(request: Message, isOpen: () => boolean): ClientChannel {
    const meta = metaOf(request);
    const isModern = meta[modernMeta.protocolVersion] !== undefined;
    const asked = meta[modernMeta.logLevel];
    const least = (): ProtocolLevel | undefined => {
      if (isModern) return isProtocolLevel(asked) ? asked : undefined;
      return this.capabilities().logging === undefined ? undefined : this.sessionLevel;
    };
    return {
      log: (level, data, logger) => {
        const wanted = least();
        if (wanted === undefined || !isRequestId(request.id) || severityOf(level).rank < severityOf(wanted).rank) return false;
        if (!isOpen() || !this.isWithinLimit()) return false;
        return this.send({ level, ...(logger === undefined ? {} : { logger }), data }, request.id);
      },
    };
  }

  private send(params: Members, relatedRequestId: string | number): boolean {
    try {
      const sent = this.transport.send({ jsonrpc: '2.0', method: 'notifications/message', params }, { relatedRequestId });
      // A client that is gone is the transport's business.
      if (sent instanceof Promise) sent.catch(() => false);
      return true;
    } catch {
      return false;
    }
  }

  private isWithinLimit(): boolean {
    const now = Math.floor(Date.now() / 1000);
    if (now !== this.second) {
      this.second = now;
      this.sentInSecond = 0;
    }
    this.sentInSecond += 1;
    return this.sentInSecond <= maxPerSecond;
  }
}
