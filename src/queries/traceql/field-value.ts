import type { Attributes, Span } from '../../model/trace.ts';
import { traceKey } from '../../model/trace-id.ts';
import { type KnownAttribute, knownAttribute } from './mesh-names.ts';
import type { AttributeScope, Field, Intrinsic } from './query.ts';
import type { TraceView } from './trace-view.ts';
import { attributeValue, kindValue, statusValue, type Value } from './values.ts';

/** What a span of a trace has under a field's name. `at`: its position in the trace. */
export function fieldValue(view: TraceView, at: number, field: Field): Value {
  const index = field.ofParent ? view.trace.spans[at]?.parentIndex : at;
  const span = index === undefined ? undefined : view.trace.spans[index];
  if (span === undefined || index === undefined) return undefined;
  if (field.of === 'intrinsic') return intrinsicValue(view, index, span, field.intrinsic);
  const known = knownAttribute(field.scope, field.name);
  return (
    (known === undefined ? undefined : columnValue(span, known)) ??
    (known?.alone ? undefined : plainAttribute(span, field.scope, field.name))
  );
}

function columnValue(span: Span, { column }: KnownAttribute): Value {
  const value = span[column.member];
  return value === '' ? undefined : value;
}

const own = (attributes: Attributes, name: string): Value =>
  Object.hasOwn(attributes, name) ? attributeValue(attributes[name]) : undefined;

/** The attributes of an event, a link or a scope, which stand beside what OpenTelemetry defines. */
function innerAttribute(item: Attributes, name: string): Value {
  const inner = Object.hasOwn(item, 'attributes') ? item.attributes : undefined;
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? own(inner as Attributes, name) : undefined;
}

function plainAttribute(span: Span, scope: AttributeScope, name: string): Value {
  switch (scope) {
    case 'any':
      return own(span.attributes, name) ?? own(span.resource, name);
    case 'span':
      return own(span.attributes, name);
    case 'resource':
      return own(span.resource, name);
    case 'instrumentation':
      return innerAttribute(span.scope, name);
    case 'event':
      return { many: span.events.map((event) => innerAttribute(event, name)) };
    case 'link':
      return { many: span.links.map((link) => innerAttribute(link, name)) };
  }
}

const textOf = (value: Value): string => (typeof value === 'string' ? value : '');

/** Texts may be empty. Ids of traces are given by their key, because they have several spellings. */
function intrinsicValue(view: TraceView, at: number, span: Span, intrinsic: Intrinsic): Value {
  switch (intrinsic) {
    case 'name':
    case 'statusMessage':
    case 'spanId':
    case 'parentId':
      return span[intrinsic];
    case 'status':
      return statusValue(span.status);
    case 'kind':
      return kindValue(span.kind);
    case 'duration':
      return span.durationNanos;
    case 'childCount':
      return view.tree.children[at]?.length ?? 0;
    case 'traceId':
      return traceKey(view.trace.traceId);
    case 'traceDuration':
      return view.trace.durationNanos;
    case 'rootName':
      return view.root?.name;
    case 'rootService':
      return view.root?.service;
    case 'scopeName':
      return textOf(own(span.scope, 'name'));
    case 'scopeVersion':
      return textOf(own(span.scope, 'version'));
    case 'eventName':
      return { many: span.events.map((event) => own(event, 'name')) };
    case 'eventTimeSinceStart':
      return { many: span.events.map((event) => sinceStart(span, event)) };
    case 'linkSpanId':
      return { many: span.links.map((link) => own(link, 'spanId')) };
    case 'linkTraceId':
      return { many: span.links.map((link) => traceKey(textOf(own(link, 'traceId')))) };
    case 'nestedSetLeft':
      return view.nestedSet().left[at];
    case 'nestedSetRight':
      return view.nestedSet().right[at];
    case 'nestedSetParent':
      // As Tempo numbers them: -1 for roots, 0 for spans whose caller has not arrived.
      return span.parentIndex === undefined ? (span.orphan ? 0 : -1) : view.nestedSet().left[span.parentIndex];
  }
}

function sinceStart(span: Span, event: Attributes): Value {
  const time = own(event, 'timeUnixNano');
  if (typeof time !== 'bigint' && typeof time !== 'number' && (typeof time !== 'string' || !/^\d{1,20}$/.test(time))) return undefined;
  return Number.isInteger(time) || typeof time !== 'number' ? BigInt(time) - span.startNanos : undefined;
}
