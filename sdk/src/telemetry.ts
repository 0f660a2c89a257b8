import { Delivery, type DeliveryCounts } from './delivery.ts';
import { collectorUrl, environment, isSwitchedOn } from './environment.ts';
import { MeshPublisher } from './mesh-publisher.ts';
import { Metrics } from './metrics.ts';
import { type Attributes, activeContext, type OtelCounter, type OtelHistogram, registered, registeredLogs } from './open-telemetry.ts';
import { resourceJson, scopeName, scopeVersion } from './otlp-json.ts';
import { plainValue, type ValueFilter } from './plain-value.ts';
import { createRedaction, type RedactionOptions } from './redaction.ts';
import { remembered } from './remembered.ts';
import { createSampler, type Sampler, type SamplingOptions } from './sampling.ts';
import { type Service, serviceOf } from './service.ts';

/** What `instrument` and `AgentLogger` have in common. */
export type TelemetryOptions = Readonly<{
  /** Name of the service; else `OTEL_SERVICE_NAME`, `SERVICE_NAME`, or the name of the MCP server or agent. */
  service?: string;
  serviceVersion?: string;
  /** Of meshscope; else `MESHSCOPE_URL`, else this machine. `false` sends nothing there. */
  url?: string | false;
  /** Index of the log documents. */
  index?: string;
  /** Of records that wait for the collector, in bytes. */
  maxQueueBytes?: number;
  flushMillis?: number;
  redact?: RedactionOptions;
  sample?: SamplingOptions;
  /** Publishes spans of calls to Redis as MCP Mesh's agents do; else when `MCP_MESH_DISTRIBUTED_TRACING_ENABLED` is on, to `REDIS_URL`. */
  mesh?: boolean | Readonly<{ url?: string; stream?: string; maxLength?: number }>;
}>;

const defaultMaxQueueBytes = 8 * 1_048_576;
const deliveries = new Map<string, Delivery>();
const metricsOfService = new Map<string, Metrics>();
/** By meter provider, because an instrument belongs to the one that made it. */
const histograms = new WeakMap<WeakKey, Map<string, OtelHistogram>>();
const upDownCounters = new WeakMap<WeakKey, Readonly<{ counter: OtelCounter | undefined }>>();
const publishers = new Map<string, MeshPublisher>();

const inFlightDescription = 'Requests that have no answer yet.';

/** Ways out of the process. There is one queue per collector and one set of metrics per service, however often this is made. */
export class Telemetry {
  readonly service: Service;
  readonly filter: ValueFilter;
  readonly sampler: Sampler;
  readonly publisher: MeshPublisher | undefined;
  private readonly delivery: Delivery | undefined;
  private readonly resource: string;
  private readonly metrics: Metrics;
  private failureCount = 0;

  constructor(options: TelemetryOptions, fallbackName?: string, fallbackVersion?: string) {
    this.service = serviceOf({ name: options.service, version: options.serviceVersion }, fallbackName, fallbackVersion);
    this.filter = createRedaction(options.redact);
    this.sampler = createSampler(options.sample);
    this.resource = resourceJson(this.service);
    this.delivery = options.url === false ? undefined : deliveryOf(options);
    this.publisher = publisherOf(options.mesh);
    this.metrics = this.metricsOf(options);
  }

  /** A log document of the page's shape. */
  log(document: Readonly<Record<string, unknown>>, severityNumber: number): void {
    const plain = plainValue(document, this.filter) as Record<string, unknown>;
    this.logPlain(plain, JSON.stringify(plain), severityNumber);
  }

  /** A document that is redacted already, and its text. An OpenTelemetry SDK of the application gets it instead of the collector. */
  logPlain(plain: Readonly<Record<string, unknown>>, text: string, severityNumber: number): void {
    const logs = registeredLogs();
    if (!logs) {
      this.delivery?.add({ signal: 'logs', text, resource: '' });
      return;
    }
    const { timestamp, level, msg, ...attributes } = plain;
    logs.getLogger(scopeName, scopeVersion).emit({
      timestamp: new Date(String(timestamp)),
      severityNumber,
      severityText: level,
      body: msg,
      attributes,
      context: activeContext(),
    });
  }

  /** A span of OTLP/JSON. */
  span(span: Readonly<Record<string, unknown>>): void {
    this.delivery?.add({ signal: 'spans', text: JSON.stringify(span), resource: this.resource });
  }

  /** An audit record. It goes to the collector also where the application has an OpenTelemetry SDK, which has no such signal. */
  audit(record: object): void {
    this.delivery?.add({ signal: 'audits', text: JSON.stringify(record), resource: '' });
  }

  duration(name: string, description: string, seconds: number, attributes: Attributes, boundaries: readonly number[]): void {
    const meters = registered().metrics;
    if (meters) {
      const made = remembered(histograms, meters, () => new Map<string, OtelHistogram>());
      const advice = { explicitBucketBoundaries: [...boundaries] };
      const make = () => meters.getMeter(scopeName, scopeVersion).createHistogram(name, { unit: 's', description, advice });
      remembered(made, name, make).record(seconds, attributes);
    } else if (this.delivery) {
      this.metrics.record(name, description, seconds, attributes);
      this.delivery.metricsChanged();
    }
  }

  /** The size of the last list of tools, prompts or resources. APIs of OpenTelemetry before 1.9 have no gauges. */
  definitionBytes(method: string, bytes: number): void {
    const name = 'meshscope.mcp.definition.bytes';
    const description = 'Bytes of the last list of tools, prompts or resources.';
    const attributes = { 'mcp.method.name': method };
    const meters = registered().metrics;
    if (meters) meters.getMeter(scopeName, scopeVersion).createGauge?.(name, { unit: 'By', description }).record(bytes, attributes);
    else if (this.delivery) {
      this.metrics.set(name, description, bytes, attributes);
      this.delivery.metricsChanged();
    }
  }

  /** A call has begun (1) or ended (-1). */
  inFlight(change: 1 | -1): void {
    const name = 'meshscope.mcp.calls.in_flight';
    const attributes = { 'meshscope.reporter': 'self' };
    const meters = registered().metrics;
    if (meters) {
      const made = remembered(upDownCounters, meters, () => ({
        counter: meters.getMeter(scopeName, scopeVersion).createUpDownCounter?.(name, { unit: '{call}', description: inFlightDescription }),
      }));
      made.counter?.add(change, attributes);
    } else if (this.delivery) {
      this.metrics.add(name, inFlightDescription, change, attributes);
      this.delivery.metricsChanged();
    }
  }

  /** A record that could not be made; the conversation must not notice. */
  countFailure(): void {
    this.failureCount += 1;
  }

  get failures(): number {
    return this.failureCount;
  }

  get counts(): DeliveryCounts | undefined {
    return this.delivery?.counts;
  }

  /** Where log documents go. */
  get address(): Readonly<{ url: string; index: string }> | undefined {
    return this.delivery?.address;
  }

  takeLogs(): readonly string[] {
    return this.delivery?.takeLogs() ?? [];
  }

  private metricsOf(options: TelemetryOptions): Metrics {
    const key = `${options.url ?? ''} ${this.resource}`;
    const known = metricsOfService.get(key);
    if (known) return known;
    const metrics = new Metrics();
    metricsOfService.set(key, metrics);
    const { resource } = this;
    this.delivery?.addMetrics(() => {
      const text = metrics.toOtlp();
      return text === undefined ? undefined : { text, resource, isOpen: metrics.isOpen };
    });
    return metrics;
  }
}

function deliveryOf(options: TelemetryOptions): Delivery | undefined {
  const url = typeof options.url === 'string' ? options.url : collectorUrl();
  const index = options.index ?? environment('MESHSCOPE_INDEX') ?? 'mcp-mesh-logs';
  const key = `${url} ${index}`;
  const known = deliveries.get(key);
  if (known) return known;
  // A wrong address in the environment must not stop somebody's server.
  if (!URL.canParse(url) || !/^https?:/.test(url)) return undefined;
  const delivery = new Delivery({
    url,
    index,
    maxQueueBytes: options.maxQueueBytes ?? defaultMaxQueueBytes,
    flushMillis: options.flushMillis ?? 1000,
  });
  deliveries.set(key, delivery);
  return delivery;
}

function publisherOf(mesh: TelemetryOptions['mesh']): MeshPublisher | undefined {
  if (!(mesh ?? isSwitchedOn('MCP_MESH_DISTRIBUTED_TRACING_ENABLED'))) return undefined;
  const said = typeof mesh === 'object' ? mesh : {};
  const url = said.url ?? environment('REDIS_URL') ?? 'redis://127.0.0.1:6379';
  if (!URL.canParse(url) || !/^rediss?:/.test(url)) return undefined;
  const fromEnvironment = environment('MCP_MESH_TRACE_STREAM_MAXLEN');
  const stream = said.stream ?? 'mesh:trace';
  const length = said.maxLength ?? (/^\d+$/.test(fromEnvironment ?? '') ? Number(fromEnvironment) : 100_000);
  const key = `${url} ${stream} ${length}`;
  const known = publishers.get(key);
  if (known) return known;
  const publisher = new MeshPublisher({ url, stream, maxLength: length });
  publishers.set(key, publisher);
  return publisher;
}

/** Delivers what waits, for at most `limitMillis`. For programs that end with `process.exit`. Never rejects. */
export async function flush(limitMillis = 2000): Promise<void> {
  const all = [...deliveries.values(), ...publishers.values()];
  await Promise.all(all.map((one) => one.flush(limitMillis)));
}

/** What was sent, what waits and what was lost, by collector and by Redis. */
export const deliveryCounts = (): Readonly<Record<string, unknown>> => ({
  collectors: Object.fromEntries([...deliveries].map(([key, one]) => [withoutPassword(key), one.counts])),
  redis: Object.fromEntries([...publishers].map(([key, one]) => [withoutPassword(key), one.counts])),
});

const withoutPassword = (key: string) => key.replace(/:\/\/[^@/]*@/, '://');
