import type { Attributes, AttributeValue } from './open-telemetry.ts';
import type { Service } from './service.ts';

/** OTLP/JSON as the protocol's JSON mapping has it: 64-bit numbers as text, ids as hex. */
export const scopeName = '@meshscope/sdk';
export const scopeVersion = '0.1.0';

type KeyValue = Readonly<{ key: string; value: Readonly<Record<string, unknown>> }>;

/** `more`: those that were not known before. Merging two objects would cost more than all the rest of a span. */
export function attributeList(attributes: Attributes, more?: Attributes): readonly KeyValue[] {
  const list: KeyValue[] = [];
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value !== undefined) list.push({ key, value: anyValue(value) });
  }
  if (more === undefined) return list;
  for (const key of Object.keys(more)) {
    const value = more[key];
    if (value !== undefined && attributes[key] === undefined) list.push({ key, value: anyValue(value) });
  }
  return list;
}

function anyValue(value: AttributeValue): Readonly<Record<string, unknown>> {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Unix time in milliseconds with fractions, as nanoseconds; a double keeps about 200 ns of it. */
export function unixNanos(millis: number): string {
  // Text instead of a big integer: this is called twice for each span.
  const micros = Math.round((millis % 1) * 1000);
  return micros === 1000 ? `${Math.floor(millis) + 1}000000` : `${Math.floor(millis)}${String(micros).padStart(3, '0')}000`;
}

export function resourceJson(service: Service): string {
  return JSON.stringify({
    attributes: attributeList({
      'service.name': service.name,
      'service.version': service.version,
      'service.instance.id': service.instanceId,
      'deployment.environment.name': service.environment,
      'process.pid': process.pid,
      'telemetry.sdk.name': scopeName,
      'telemetry.sdk.version': scopeVersion,
      'telemetry.sdk.language': 'nodejs',
    }),
  });
}

const scope = JSON.stringify({ name: scopeName, version: scopeVersion });

/** Body of `POST /v1/traces`, of spans that are text already, by the text of their resource. */
export function tracesBody(spans: readonly Readonly<{ text: string; resource: string }>[]): string {
  const byResource = new Map<string, string[]>();
  for (const { resource, text } of spans) {
    const list = byResource.get(resource);
    if (list) list.push(text);
    else byResource.set(resource, [text]);
  }
  const parts = [...byResource].map(
    ([resource, list]) => `{"resource":${resource},"scopeSpans":[{"scope":${scope},"spans":[${list.join(',')}]}]}`,
  );
  return `{"resourceSpans":[${parts.join(',')}]}`;
}

/** Body of `POST /v1/metrics`; the parts are one text of `metrics` for each resource. */
export function metricsBody(parts: readonly Readonly<{ text: string; resource: string }>[]): string {
  const resources = parts.map(({ resource, text }) => `{"resource":${resource},"scopeMetrics":[{"scope":${scope},"metrics":[${text}]}]}`);
  return `{"resourceMetrics":[${resources.join(',')}]}`;
}
