import { WireWriter } from '../../lib/protobuf/wire-writer.ts';
import type { Trace } from '../../model/trace.ts';
import { type OtlpSpan, otlpJson } from '../../queries/trace-forms/otlp-json.ts';
import { otlpProtobuf } from '../../queries/trace-forms/otlp-protobuf.ts';
import { json, type ReadAnswer } from '../trace-requests/read-scope.ts';

const protobufType = 'application/protobuf';

/** Accepted types with which Tempo answers; anything else is JSON. */
const wantsProtobuf = (accept: string) => accept.includes(protobufType);

/** `/api/traces/{id}`: Tempo's message `Trace`. */
export function traceAnswer(trace: Trace, accept: string): ReadAnswer {
  if (wantsProtobuf(accept)) return { contentType: protobufType, body: otlpProtobuf([trace]) };
  return json({ batches: tempoResourceSpans(trace) });
}

/** `/api/v2/traces/{id}`: Tempo's message `TraceByIDResponse`, which has the trace in field 1. */
export function traceAnswerV2(trace: Trace, accept: string): ReadAnswer {
  if (!wantsProtobuf(accept)) return json({ trace: { resourceSpans: tempoResourceSpans(trace) }, metrics: {} });
  const message = otlpProtobuf([trace]);
  const writer = new WireWriter(message.length + 16);
  writer.bytes(1, message);
  return { contentType: protobufType, body: writer.finish() };
}

/** Tempo prints traces with protobuf's JSON mapping and not OTLP's: bytes in base64, enumerations by name. */
const tempoResourceSpans = (trace: Trace) =>
  otlpJson([trace]).resourceSpans.map(({ resource, scopeSpans }) => ({
    resource,
    scopeSpans: scopeSpans.map(({ spans, ...rest }) => ({ ...rest, spans: spans.map(tempoSpan) })),
  }));

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const statusCodes = ['UNSET', 'OK', 'ERROR'] as const;

function tempoSpan({ traceId, spanId, parentSpanId, kind, links, events, status, ...rest }: OtlpSpan) {
  return {
    ...rest,
    traceId: base64(traceId),
    spanId: base64(spanId),
    ...(parentSpanId !== undefined && { parentSpanId: base64(parentSpanId) }),
    ...(kind > 0 && { kind: `SPAN_KIND_${kinds[kind]}` }),
    ...(events.length > 0 && { events }),
    ...(links.length > 0 && { links: links.map((link) => ({ ...link, traceId: base64(link.traceId), spanId: base64(link.spanId) })) }),
    status: { ...status, ...(status.code !== undefined && { code: `STATUS_CODE_${statusCodes[status.code]}` }) },
  };
}
