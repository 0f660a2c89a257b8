import { isIP } from 'node:net';
import { stringifyJson } from '../../lib/json/json-text.ts';
import type { Attributes, Span } from '../../model/trace.ts';
import type { SpanIds } from './span-ids.ts';

/** Attributes in order; a key occurs once. Pairs and no object, because `__proto__` is a key like any other. */
export type AttributeList = readonly (readonly [key: string, value: unknown])[];

const known = (value: unknown) => value !== undefined && value !== '';

/** What the sender said wins over what was derived from it. */
const withDefaults = (sent: Attributes, defaults: AttributeList): AttributeList => [
  ...Object.entries(sent),
  ...defaults.filter(([key, value]) => known(value) && !Object.hasOwn(sent, key)),
];

/** The resource of a span: what was sent as such, and what MCP Mesh says of an agent, by OpenTelemetry's names. */
export const resourceAttributes = (span: Span): AttributeList =>
  withDefaults(span.resource, [
    ['service.name', span.service === '' ? 'unknown_service' : span.service],
    ['service.instance.id', span.instance],
    isIP(span.address) === 0 ? ['host.name', span.address] : ['host.ip', [span.address]],
    ['process.runtime.name', span.runtime],
  ]);

/** The attributes of a span by OpenTelemetry's names; texts of ids that had to be replaced, and the state of what has not ended. */
export const spanAttributes = (span: Span, ids: SpanIds): AttributeList =>
  withDefaults(span.attributes, [
    ['mcp.mesh.capability', span.capability],
    ['peer.service', span.target],
    ['gen_ai.request.model', span.model],
    ['gen_ai.provider.name', span.provider],
    ['gen_ai.usage.input_tokens', span.inputTokens],
    ['gen_ai.usage.output_tokens', span.outputTokens],
    ['gen_ai.usage.total_tokens', span.totalTokens],
    ['mcp.mesh.request_bytes', span.requestBytes],
    ['mcp.mesh.response_bytes', span.responseBytes],
    ['meshscope.trace_id', replaced(span.traceId, ids.traceId)],
    ['meshscope.span_id', replaced(span.spanId, ids.spanId)],
    ['meshscope.parent_id', ids.parentId === undefined ? span.parentId : replaced(span.parentId, ids.parentId)],
    ['meshscope.state', span.state === 'ended' ? undefined : span.state],
  ]);

const replaced = (text: string, id: string) => (text.toLowerCase() === id ? undefined : text);

/** Attributes as texts, for forms that know nothing else. */
export function attributeText(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return stringifyJson(value);
  } catch (error) {
    if (error instanceof RangeError) return '(nested too deeply)';
    throw error;
  }
}
