import { encodeOtlp } from '../queries/trace-forms/otlp-protobuf.ts';
import { ExportError, type TraceExporter } from './exporter.ts';
import { isOwn } from './http-post.ts';
import { assertTaken, otlpParts, rejectedInProtobuf } from './otlp.ts';

export type OtlpGrpcOptions = Readonly<{
  /** `HOST:PORT`, `http://…` or `https://…` (TLS). */
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  ownPorts: () => readonly number[];
}>;

const method = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const timeoutMillis = 30_000;

/** Codes that OTLP calls retryable: CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS. */
const retryable = [1, 4, 8, 10, 11, 14, 15];
/** The target is wrong, not the trace: NOT_FOUND, PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED. */
const aboutAccess = [5, 7, 12, 16];

/** OTLP over gRPC, where MCP Mesh's `TELEMETRY_ENDPOINT` usually leads. */
export async function createOtlpGrpcExporter({ endpoint, headers, ownPorts }: OtlpGrpcOptions): Promise<TraceExporter> {
  const { Client, credentials, Metadata } = await import('@grpc/grpc-js');
  const url = new URL(endpoint.includes('://') ? endpoint : `http://${endpoint}`);
  const tls = url.protocol === 'https:';
  const address = `${url.hostname}:${url.port || (tls ? '443' : '80')}`;
  const client = new Client(address, tls ? credentials.createSsl() : credentials.createInsecure());
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);

  const send = (message: Buffer, signal: AbortSignal) =>
    new Promise<Buffer>((resolve, reject) => {
      const call = client.makeUnaryRequest(
        method,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        message,
        metadata,
        { deadline: Date.now() + timeoutMillis },
        (error, answer?: Buffer) => {
          signal.removeEventListener('abort', stop);
          if (error === null) resolve(answer ?? Buffer.alloc(0));
          else {
            const again = retryable.includes(error.code) || aboutAccess.includes(error.code);
            reject(new ExportError(`${address} answers ${error.details || error.message}`, { retryable: again, cause: error }));
          }
        },
      );
      const stop = () => call.cancel();
      signal.addEventListener('abort', stop, { once: true });
    });

  return {
    parallel: 4,
    export: async (trace, { signal }) => {
      if (isOwn(url, ownPorts())) throw new ExportError(`${address} is this meshscope itself; name another endpoint`, { retryable: true });
      for (const part of otlpParts(trace)) assertTaken(rejectedInProtobuf(await send(encodeOtlp(part), signal)));
    },
    close: () => client.close(),
  };
}
