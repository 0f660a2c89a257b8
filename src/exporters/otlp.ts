import type { Trace } from '../model/trace.ts';
import { type OtlpTraces, otlpJson } from '../queries/trace-forms/otlp-json.ts';
import { encodeOtlp } from '../queries/trace-forms/otlp-protobuf.ts';
import { ExportError, type TraceExporter } from './exporter.ts';
import { endpointUrl, httpPost } from './http-post.ts';

export type OtlpOptions = Readonly<{
  endpoint: string;
  encoding: 'protobuf' | 'json';
  headers: Readonly<Record<string, string>>;
  ownPorts: () => readonly number[];
}>;

/** Receivers limit messages; a large trace goes in several. */
const maxSpans = 2000;

/** OTLP over HTTP (opentelemetry-proto, docs/specification.md). Other spans of a trace are recognised by their ids, so a repetition does no harm. */
export function createOtlpExporter({ endpoint, encoding, headers, ownPorts }: OtlpOptions): TraceExporter {
  const target = { url: endpointUrl(endpoint, '/v1/traces'), headers, ownPorts };
  return {
    parallel: 4,
    export: async (trace, { signal }) => {
      for (const part of otlpParts(trace)) {
        const response =
          encoding === 'json'
            ? await httpPost(target, 'application/json', JSON.stringify(part), signal)
            : await httpPost(target, 'application/x-protobuf', encodeOtlp(part), signal);
        const answer = Buffer.from(await response.arrayBuffer());
        assertTaken(encoding === 'json' ? rejectedInJson(answer) : rejectedInProtobuf(answer));
      }
    },
  };
}

/** A partial success MUST NOT be tried again (specification, "Partial Success"). */
export function assertTaken(rejected: number): void {
  if (rejected > 0) throw new ExportError(`the receiver rejected ${rejected} spans`, { retryable: false });
}

const rejectedInJson = (answer: Buffer): number => Number(/"rejectedSpans"\s*:\s*"?(\d+)/.exec(answer.toString('utf8'))?.[1] ?? 0);

/** `ExportTraceServiceResponse.partial_success.rejected_spans`; 0 when the answer is no such message. */
export function rejectedInProtobuf(answer: Buffer): number {
  const [outer, , inner] = answer;
  // The first field of each message, as every encoder writes them: `partial_success` in bytes, `rejected_spans` as varint.
  if (outer !== 0x0a || inner !== 0x08) return 0;
  let rejected = 0;
  for (let at = 3, factor = 1; at < answer.length && at < 11; at++, factor *= 128) {
    const byte = answer[at] as number;
    rejected += (byte & 0x7f) * factor;
    if (byte < 0x80) return rejected;
  }
  return 0;
}

/** A trace as requests of at most `maxSpans` spans. */
export function* otlpParts(trace: Trace): Generator<OtlpTraces> {
  const { resourceSpans } = otlpJson([trace]);
  if (trace.spans.length <= maxSpans) {
    yield { resourceSpans };
    return;
  }
  for (const { resource, scopeSpans } of resourceSpans) {
    for (const { spans, ...scope } of scopeSpans) {
      for (let at = 0; at < spans.length; at += maxSpans) {
        yield { resourceSpans: [{ resource, scopeSpans: [{ ...scope, spans: spans.slice(at, at + maxSpans) }] }] };
      }
    }
  }
}
