import type { CallRecord, Parties, ServerLog } from './call-record.ts';
import { objectOf } from './json-rpc.ts';

/** As at the server's `/metrics`: OpenTelemetry's bounds of MCP metrics from 0.01 on, and finer ones, because local tools answer in 0.2 ms. */
const durationBounds: readonly number[] = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
];

/** Sets of attributes of one metric; further ones share one, as in OpenTelemetry's SDK. */
const maxSets = 500;
const maxText = 128;

type Attributes = Readonly<Record<string, string | boolean | undefined>>;
type Point = { readonly attributes: Attributes; value: number; sum: number; readonly counts: number[] };
type Kind = 'histogram' | 'counter' | 'gauge';
type Metric = Readonly<{ unit: string; kind: Kind; description: string; points: Map<string, Point> }>;

const lists: Readonly<Record<string, string>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
};

/** A subscription is open for hours, which says nothing about latency. */
const subscription = 'subscriptions/listen';

const metric = (kind: Kind, unit: string, description: string): Metric => ({ kind, unit, description, points: new Map() });

/** What one recorder has seen, as OpenTelemetry's metrics: cumulative, so that an export that was lost is made good by the next. */
export class CallMetrics {
  readonly #startMillis: number;
  readonly #openCalls = new Set<() => number>();
  readonly #names = new Set<string>();
  /** Bytes of the pages of a list so far. */
  readonly #pages = new Map<string, number>();
  readonly #metrics = {
    'mcp.server.operation.duration': metric('histogram', 's', 'Time from the request to its answer.'),
    'mcp.client.operation.duration': metric('histogram', 's', 'Time from the request to its answer, of what the server asked the client.'),
    'meshscope.mcp.request.bytes': metric('counter', 'By', 'Bytes of requests.'),
    'meshscope.mcp.response.bytes': metric('counter', 'By', 'Bytes of answers.'),
    'meshscope.mcp.definition.bytes': metric('gauge', 'By', 'Bytes of the last list of tools, prompts or resources.'),
    'meshscope.mcp.protocol_logs': metric('counter', '{message}', 'Log messages that the server sent to its client.'),
  };
  #inFlightSent = 0;
  #changed = false;

  constructor(startMillis: number) {
    this.#startMillis = startMillis;
  }

  /** Whether there is something new to say, or calls are open. */
  get isDue(): boolean {
    return this.#changed || this.#inFlight() !== this.#inFlightSent || this.#inFlightSent > 0;
  }

  /** Calls of a conversation that are open count until the returned function is called. */
  watch(openCalls: () => number): () => void {
    this.#openCalls.add(openCalls);
    return () => this.#openCalls.delete(openCalls);
  }

  sawCall(call: CallRecord, parties: Parties, transport: string): void {
    this.#changed = true;
    const named = this.#nameOf(call);
    const attributes: Attributes = {
      'mcp.method.name': call.method.slice(0, maxText),
      'gen_ai.operation.name': call.method === 'tools/call' ? 'execute_tool' : undefined,
      'gen_ai.tool.name': call.method === 'tools/call' ? named : undefined,
      'gen_ai.prompt.name': call.method === 'prompts/get' ? named : undefined,
    };
    if (call.method !== subscription) {
      const side = call.from === 'client' ? 'mcp.server.operation.duration' : 'mcp.client.operation.duration';
      const point = this.#at(this.#metrics[side], {
        ...attributes,
        'mcp.protocol.version': parties.protocolVersion,
        'network.transport': transport,
        'mcp.client.name': parties.clientName?.slice(0, maxText),
        'error.type': call.error?.type,
        'rpc.response.status_code': call.error?.code === undefined ? undefined : String(call.error.code),
        'meshscope.outcome': call.outcome,
      });
      const seconds = Math.max(0, call.durationMillis - call.humanMillis) / 1000;
      const bucket = durationBounds.findIndex((bound) => seconds <= bound);
      const at = bucket < 0 ? durationBounds.length : bucket;
      point.counts[at] = (point.counts[at] ?? 0) + 1;
      point.value += 1;
      point.sum += seconds;
    }
    this.#at(this.#metrics['meshscope.mcp.request.bytes'], attributes).value += call.requestBytes;
    this.#at(this.#metrics['meshscope.mcp.response.bytes'], attributes).value += call.responseBytes;
    if (call.outcome === 'ok') this.#sawList(call);
  }

  /** What was taken last did not arrive. */
  putBack(): void {
    this.#changed = true;
  }

  sawLog({ level }: ServerLog): void {
    this.#changed = true;
    this.#at(this.#metrics['meshscope.mcp.protocol_logs'], { level: level.slice(0, maxText) }).value += 1;
  }

  /** A list comes in pages; the last has no `nextCursor`. */
  #sawList({ method, params, result, responseBytes }: CallRecord): void {
    const member = Object.hasOwn(lists, method) ? (lists[method] as string) : undefined;
    if (member === undefined) return;
    const { [member]: items, nextCursor } = objectOf(result);
    if (member === 'tools' || member === 'prompts') {
      for (const item of Array.isArray(items) ? items : []) this.#learn(objectOf(item).name);
    }
    const before = objectOf(params).cursor === undefined ? 0 : (this.#pages.get(method) ?? 0);
    const bytes = before + responseBytes;
    this.#pages.set(method, bytes);
    if (nextCursor === undefined) this.#at(this.#metrics['meshscope.mcp.definition.bytes'], { 'mcp.method.name': method }).value = bytes;
  }

  #learn(name: unknown): void {
    if (typeof name === 'string' && this.#names.size < maxSets) this.#names.add(name.slice(0, maxText));
  }

  /** Names are what a client sends: those that the server does not know are one. */
  #nameOf({ target = '', error }: CallRecord): string {
    const name = target.slice(0, maxText);
    const isUnknown =
      error !== undefined && (error.code === -32601 || error.code === -32602 || unknownName.test(error.message.slice(0, 300)));
    if (!isUnknown) this.#learn(name);
    return this.#names.has(name) ? name : '_OTHER';
  }

  #inFlight(): number {
    let sum = 0;
    for (const count of this.#openCalls) sum += count();
    return sum;
  }

  #at({ kind, points }: Metric, attributes: Attributes): Point {
    const key = JSON.stringify(attributes);
    const known = points.get(key);
    if (known) return known;
    if (points.size >= maxSets && !('otel.metric.overflow' in attributes)) {
      return this.#at({ kind, points, unit: '', description: '' }, { 'otel.metric.overflow': true });
    }
    const counts = kind === 'histogram' ? new Array<number>(durationBounds.length + 1).fill(0) : [];
    const point: Point = { attributes, value: 0, sum: 0, counts };
    points.set(key, point);
    return point;
  }

  /**
   * JSON of the members of OTLP's `metrics`. What is in flight is always said, because a reader forgets a recorder that is silent; the rest
   * when something is new.
   */
  takeOtlp(nowMillis: number): string {
    const times = { startTimeUnixNano: unixNanos(this.#startMillis), timeUnixNano: unixNanos(nowMillis) };
    const changed = this.#changed;
    this.#changed = false;
    this.#inFlightSent = this.#inFlight();
    const inFlight = {
      name: 'meshscope.mcp.calls.in_flight',
      unit: '{call}',
      description: 'Requests that have no answer yet.',
      sum: { aggregationTemporality: cumulative, isMonotonic: false, dataPoints: [{ ...times, asInt: String(this.#inFlightSent) }] },
    };
    const others = Object.entries(this.#metrics).flatMap(([name, { kind, unit, description, points }]) => {
      if (points.size === 0 || !changed) return [];
      const dataPoints = [...points.values()].map(({ attributes, value, sum, counts }) => ({
        attributes: attributeList(attributes),
        ...times,
        ...(kind === 'histogram'
          ? { count: String(value), sum, bucketCounts: counts.map(String), explicitBounds: durationBounds }
          : { asInt: String(value) }),
      }));
      const data = { aggregationTemporality: cumulative, dataPoints };
      const byKind = { gauge: { gauge: { dataPoints } }, histogram: { histogram: data }, counter: { sum: { ...data, isMonotonic: true } } };
      return [{ name, unit, description, ...byKind[kind] }];
    });
    return [inFlight, ...others].map((one) => JSON.stringify(one)).join(',');
  }
}

/** The answers of both generations of SDKs to a name that their server does not have. */
const unknownName = /-3260[12]|\btool\b.*\bnot found|unknown tool/i;

/** `AGGREGATION_TEMPORALITY_CUMULATIVE` (opentelemetry-proto, metrics/v1). */
const cumulative = 2;

const unixNanos = (millis: number) => `${Math.round(millis)}000000`;

const attributeList = (attributes: Attributes) =>
  Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === 'boolean' ? { boolValue: value } : { stringValue: value } }];
  });
