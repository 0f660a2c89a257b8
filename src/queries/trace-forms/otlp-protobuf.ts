import { WireWriter } from '../../lib/protobuf/wire-writer.ts';
import type { Trace } from '../../model/trace.ts';
import {
  type OtlpEvent,
  type OtlpKeyValue,
  type OtlpLink,
  type OtlpResourceSpans,
  type OtlpScopeSpans,
  type OtlpSpan,
  type OtlpTraces,
  type OtlpValue,
  otlpJson,
} from './otlp-json.ts';

/**
 * Traces in OTLP's protobuf encoding: `ExportTraceServiceRequest`, `TracesData` and Tempo's `Trace`, which have the same fields. Field
 * numbers are those of opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto.
 */
export const otlpProtobuf = (traces: readonly Trace[]): Buffer => encodeOtlp(otlpJson(traces));

export function encodeOtlp({ resourceSpans }: OtlpTraces): Buffer {
  const writer = new WireWriter(64 * 1024);
  for (const one of resourceSpans) writer.message(1, () => writeResourceSpans(writer, one));
  return writer.finish();
}

function writeResourceSpans(writer: WireWriter, { resource, scopeSpans }: OtlpResourceSpans): void {
  writer.message(1, () => writeAttributes(writer, 1, resource.attributes));
  for (const one of scopeSpans) writer.message(2, () => writeScopeSpans(writer, one));
}

function writeScopeSpans(writer: WireWriter, { scope, spans, schemaUrl }: OtlpScopeSpans): void {
  writer.message(1, () => {
    writer.text(1, scope.name ?? '');
    writer.text(2, scope.version ?? '');
    writeAttributes(writer, 3, scope.attributes ?? []);
  });
  for (const span of spans) writer.message(2, () => writeSpan(writer, span));
  writer.text(3, schemaUrl ?? '');
}

const hex = (id: string) => Buffer.from(id, 'hex');

function writeSpan(writer: WireWriter, span: OtlpSpan): void {
  writer.bytes(1, hex(span.traceId));
  writer.bytes(2, hex(span.spanId));
  writer.text(3, span.traceState ?? '');
  writer.bytes(4, hex(span.parentSpanId ?? ''));
  writer.text(5, span.name);
  writer.uint32(6, span.kind);
  writer.fixed64(7, BigInt(span.startTimeUnixNano));
  writer.fixed64(8, BigInt(span.endTimeUnixNano));
  writeAttributes(writer, 9, span.attributes);
  for (const event of span.events) writer.message(11, () => writeEvent(writer, event));
  for (const link of span.links) writer.message(13, () => writeLink(writer, link));
  writer.message(15, () => {
    writer.text(2, span.status.message ?? '');
    writer.uint32(3, span.status.code ?? 0);
  });
}

function writeEvent(writer: WireWriter, event: OtlpEvent): void {
  writer.fixed64(1, BigInt(event.timeUnixNano));
  writer.text(2, event.name);
  writeAttributes(writer, 3, event.attributes);
  writer.uint32(4, event.droppedAttributesCount);
}

function writeLink(writer: WireWriter, link: OtlpLink): void {
  writer.bytes(1, hex(link.traceId));
  writer.bytes(2, hex(link.spanId));
  writer.text(3, link.traceState);
  writeAttributes(writer, 4, link.attributes);
  writer.uint32(5, link.droppedAttributesCount);
  writer.fixed32(6, link.flags);
}

function writeAttributes(writer: WireWriter, field: number, attributes: readonly OtlpKeyValue[]): void {
  for (const { key, value } of attributes) {
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => writeValue(writer, value));
    });
  }
}

function writeValue(writer: WireWriter, value: OtlpValue): void {
  if ('stringValue' in value) writer.alwaysText(1, value.stringValue);
  else if ('boolValue' in value) writer.alwaysBool(2, value.boolValue);
  else if ('intValue' in value) writer.alwaysInt64(3, BigInt(value.intValue));
  else if ('doubleValue' in value) writer.alwaysDouble(4, value.doubleValue);
  else if ('arrayValue' in value) {
    const { values } = value.arrayValue;
    writer.message(5, () => {
      for (const item of values) writer.message(1, () => writeValue(writer, item));
    });
  } else if ('kvlistValue' in value) {
    const { values } = value.kvlistValue;
    writer.message(6, () => writeAttributes(writer, 1, values));
  }
}
