import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { AppError } from '../../lib/errors.ts';
import { ByteBudget } from './byte-budget.ts';
import { ForwardConnection } from './connection.ts';
import { type ForwardCounters, type ForwardOptions, type ForwardStats, withDefaults, zeroCounters } from './forward-options.ts';
import { RecordDocuments } from './record-document.ts';

export type FluentForward = Readonly<{
  /** The port that is listened on. */
  port: number;
  stats: () => ForwardStats;
  /** Stops accepting and reading, lets what is under way reach the journal, acknowledges it, and closes. */
  close: () => Promise<void>;
}>;

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code !== 'EADDRINUSE') throw error;
    throw new AppError('port_taken', `Port ${port} on ${host} is taken, so Fluent Forward cannot listen. Choose another port.`, {
      cause: error,
    });
  }
  return server.address() as AddressInfo;
}

/** Answers UDP heartbeats with one zero byte (Forward protocol v1, "Heartbeat Message"). Undefined when the port is taken. */
async function answerHeartbeats({ address, port }: AddressInfo, counters: ForwardCounters): Promise<UdpSocket | undefined> {
  const udp = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const answer = Buffer.from([0]);
  udp.on('message', (message, from) => {
    if (message.length > 128) return;
    counters.heartbeats++;
    // A heartbeat that cannot be answered counts as one that was lost on the way.
    udp.send(answer, from.port, from.address, () => undefined);
  });
  udp.bind({ port, address });
  try {
    await once(udp, 'listening');
  } catch {
    // Heartbeats over UDP are rare and optional; the source works without them, and its caller reports it.
    udp.close();
    return undefined;
  }
  udp.on('error', () => undefined);
  return udp;
}

/**
 * Listens for the Fluentd and Fluent Bit Forward protocol v1. Throws AppError `port_taken` when the TCP port is taken, and
 * `bad_config` for users without a shared key, which would be a lock without a door. A message is acknowledged only after `ingest` has resolved for each of its records.
 */
export async function startFluentForward(options: ForwardOptions): Promise<FluentForward> {
  const settings = withDefaults(options);
  if (settings.users.length > 0 && settings.sharedKey === '') {
    throw new AppError('bad_config', 'Users of Fluent Forward are asked for only in the handshake. Set a shared key too.');
  }
  const counters = zeroCounters();
  const budget = new ByteBudget(settings.maxBufferedBytes);
  const records = new RecordDocuments({ maxDocumentBytes: settings.maxMessageBytes, parseLog: settings.parseLog });
  const connections = new Map<ForwardConnection, Promise<void>>();

  const accept = (socket: Socket) => {
    if (connections.size >= settings.maxConnections) {
      counters.connectionsRefused++;
      // The first of a row of refusals is enough for people; the counter has the rest.
      if (counters.connectionsRefused === 1)
        settings.onError(`fluent-forward: ${settings.maxConnections} connections are open; more are refused`);
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    counters.connectionsAccepted++;
    const connection = new ForwardConnection(socket, { settings, counters, budget, records });
    const run = connection
      .run()
      .catch((error: unknown) => {
        settings.onError(`fluent-forward: a connection failed: ${error instanceof Error ? error.message : String(error)}`);
        connection.destroy();
      })
      .finally(() => connections.delete(connection));
    connections.set(connection, run);
  };

  // Half-open, so that a sender that ends its side still gets the acknowledgements of what it sent.
  const server = createServer({ allowHalfOpen: true }, accept);
  const address = await listen(server, settings.host, settings.port);
  server.on('error', (error) => settings.onError(`fluent-forward: ${error.message}`));
  const udp = await answerHeartbeats(address, counters);
  if (!udp) settings.onError(`fluent-forward: UDP port ${address.port} is taken; heartbeats over UDP are not answered`);

  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    udp?.close();
    for (const connection of connections.keys()) connection.stop();
    await Promise.all(connections.values());
    await closed;
  };
  let closing: Promise<void> | undefined;
  return {
    port: address.port,
    stats: () => ({ ...counters, connections: connections.size, bufferedBytes: budget.used }),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
