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
        // A partial success is not tried again (specification, "Partial Success"); only JSON can be read here without a decoder.
        const body = Buffer.from(await response.arrayBuffer());
        if (encoding === 'json') assertTaken(body.toString('utf8'));
      }
    },
  };
}

function assertTaken(answer: string): void {
  const rejected = /"rejectedSpans"\s*:\s*"?([1-9]\d*)/.exec(answer)?.[1];
  if (rejected !== undefined) throw new ExportError(`${rejected} spans were rejected: ${answer.slice(0, 200)}`, { retryable: false });
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
