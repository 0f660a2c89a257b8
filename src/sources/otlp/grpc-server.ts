import {
  logVerbosity,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type sendUnaryData,
  setLogVerbosity,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { AppError } from '../../lib/errors.ts';
import { describeFailure, failureBytes, grpcCode } from './otlp-failure.ts';
import type { Signal } from './otlp-schema.ts';
import { type OtlpPorts, outcomeBytes, receive } from './receive.ts';

export type OtlpGrpcOptions = Readonly<{
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Says why a call with this `authorization` metadata may not go on; undefined: it may. */
  refuse?: (authorization: string | undefined) => string | undefined;
  /** One line for the operator about what should not happen. */
  onError: (line: string) => void;
}>;

export type OtlpGrpc = Readonly<{ port: number; close: () => Promise<void> }>;

const services: Readonly<Record<Signal, string>> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};

/** Of one connection. Each may hold a message before it can be counted, and clients queue what goes beyond. */
const maxConcurrentCalls = 32;

/** How long calls may take to end when the server closes. */
const closeMillis = 5_000;

const same = (bytes: Buffer) => bytes;

/**
 * Serves OTLP/gRPC (OTLP specification, "OTLP/gRPC"): the service `Export` of the three signals. Messages are handed on as bytes.
 * Throws AppError `port_taken` or `bad_config` when it cannot listen.
 */
export async function startOtlpGrpc(options: OtlpGrpcOptions, ports: OtlpPorts): Promise<OtlpGrpc> {
  // What goes wrong is returned to us, or told to the client; the library would print it, too.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    'grpc.max_receive_message_length': ports.maxBodyBytes,
    'grpc.max_concurrent_streams': maxConcurrentCalls,
  });
  for (const [signal, name] of Object.entries(services)) server.addService(definition(name), exporter(signal as Signal, options, ports));
  const port = await bind(server, options);
  return { port, close: () => close(server) };
}

function definition(name: string): ServiceDefinition {
  return {
    Export: {
      path: `/${name}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  };
}

function exporter(signal: Signal, { refuse, onError }: OtlpGrpcOptions, ports: OtlpPorts): UntypedServiceImplementation {
  return {
    Export(call: { request: Buffer; metadata: Metadata }, callback: sendUnaryData<Buffer>) {
      const reason = refuse?.(call.metadata.get('authorization')[0]?.toString());
      const work = reason === undefined ? handle(signal, call.request, ports) : Promise.reject(new AppError('unauthorized', reason));
      work.then(
        (answer) => callback(null, answer),
        (error: unknown) => {
          const failure = describeFailure(error);
          if (failure.grpcCode === grpcCode.internal) onError(`OTLP/gRPC: ${error instanceof Error ? error.message : String(error)}`);
          const metadata = new Metadata();
          metadata.set('grpc-status-details-bin', Buffer.from(failureBytes(failure)));
          callback({ code: failure.grpcCode, details: failure.message, metadata });
        },
      );
    },
  };
}

async function handle(signal: Signal, message: Buffer, ports: OtlpPorts): Promise<Buffer> {
  ports.budget.hold(message.length);
  try {
    return outcomeBytes(await receive(signal, message, ports));
  } finally {
    ports.budget.release(message.length);
  }
}

function bind(server: Server, { host, port }: OtlpGrpcOptions): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else if (/EADDRINUSE|EACCES/.test(error.message)) {
        reject(
          new AppError('port_taken', `OTLP/gRPC cannot listen on ${address}; stop what does, or choose another port`, { cause: error }),
        );
      } else reject(new AppError('bad_config', `OTLP/gRPC cannot listen on ${address}: ${error.message}`, { cause: error }));
    });
  });
}

/** Ends calls that are being served, for a bounded time. */
async function close(server: Server): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, closeMillis);
  });
  const gone = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  await Promise.race([gone, late]);
  clearTimeout(timer);
  server.forceShutdown();
}
