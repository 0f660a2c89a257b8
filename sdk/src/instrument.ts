import { Connection, type Memory } from './connection.ts';
import { environment } from './environment.ts';
import { membersOf, textOf } from './mcp-message.ts';
import { remembered } from './remembered.ts';
import { Rounds } from './rounds.ts';
import { Telemetry, type TelemetryOptions } from './telemetry.ts';
import { ToolNames } from './tool-names.ts';
import { auditRules, type ContentRules, contentRules } from './tool-rules.ts';
import { type Transport, tapTransport } from './transport-tap.ts';

export type InstrumentOptions = TelemetryOptions &
  Readonly<{
    /**
     * What is kept of arguments and results of tools: `off` (unless asked for), `redacted`, `full`, or rules by server and tool such as
     * `off,weather/get_*=full`, of which the last that fits counts. They follow those of `MESHSCOPE_CONTENT`.
     */
    contents?: ContentRules;
    /** Audit records of calls of tools: of all, or of those that fit a pattern such as `delete_*` or `bank/*`. Else `MESHSCOPE_AUDIT`. */
    audit?: boolean | readonly string[];
    /** A log document for each call. On unless said otherwise. */
    callLogs?: boolean;
    /** A log document for each protocol log message. On unless said otherwise. */
    protocolLogs?: boolean;
    /** Spans and durations of notifications. On unless said otherwise. */
    notifications?: boolean;
    /** Bytes of requests and answers; each is printed once more for it. On unless said otherwise. */
    sizes?: boolean;
    /** Adds MCP Mesh's `_trace_id` and `_parent_span` to the arguments of outgoing tool calls. Servers with strict schemas refuse them. */
    meshArguments?: boolean;
  }>;

type Protocol = { connect: (this: unknown, transport: Transport, ...rest: unknown[]) => unknown; transport?: Transport | undefined };

const instrumented = new WeakSet<object>();
const telemetries = new Map<string, Telemetry>();
const memories = new Map<string, Memory>();

/**
 * Watches every connection of an MCP server or client, of both SDK generations: spans, metrics and logs of each call, the trace context
 * read from and written to the messages, and handlers run inside it. Returns what it was given. For `serveStdio` and `createMcpHandler`,
 * call it inside the factory. A second call for the same object does nothing.
 *
 * @throws TypeError when `target` is neither a server nor a client, or `contents` is no rule.
 */
export function instrument<T extends object>(target: T, options: InstrumentOptions = {}): T {
  const protocol = protocolOf(target);
  if (instrumented.has(protocol)) return target;
  const contents = contentRules(options.contents, environment('MESHSCOPE_CONTENT'));
  const audits = auditRules(options.audit, environment('MESHSCOPE_AUDIT'));
  instrumented.add(protocol);
  const members = membersOf(protocol);
  const info = membersOf(members._serverInfo ?? members._clientInfo);
  const telemetry = telemetryOf(options, textOf(info.name), textOf(info.version));
  const memory = memoryOf(telemetry.service.name);
  const watch = (transport: Transport) => {
    const connection = new Connection(transport, telemetry, memory, {
      contents,
      audits,
      callLogs: options.callLogs !== false,
      protocolLogs: options.protocolLogs !== false,
      notifications: options.notifications !== false,
      sizes: options.sizes !== false,
      meshArguments: options.meshArguments === true,
      capabilities: () => membersOf(members._capabilities),
    });
    tapTransport(transport, connection);
  };

  const { connect } = protocol;
  protocol.connect = function (this: unknown, transport: Transport, ...rest: unknown[]) {
    watch(transport);
    return connect.call(this, transport, ...rest);
  };
  if (protocol.transport) watch(protocol.transport);
  return target;
}

function protocolOf(target: object): Protocol {
  const { server } = membersOf(target);
  const protocol = typeof server === 'object' && server !== null ? server : target;
  if (typeof membersOf(protocol).connect !== 'function') throw new TypeError('instrument() takes a server or a client of an MCP SDK');
  return protocol as Protocol;
}

/** Servers of the second generation come and go with each request; what is made here is made once for all of them. */
function telemetryOf(options: InstrumentOptions, name: string | undefined, version: string | undefined): Telemetry {
  // Rules with functions and expressions have no text; such a program pays for an object per server, which is small.
  if (options.redact || options.sample) return new Telemetry(options, name, version);
  const key = JSON.stringify([options, name, version]);
  return remembered(telemetries, key, () => new Telemetry(options, name, version));
}

const memoryOf = (service: string): Memory => remembered(memories, service, () => ({ rounds: new Rounds(), names: new ToolNames() }));
