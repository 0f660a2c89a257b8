import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = Readonly<{ path: string; body: string }>;
type AnyValue = Readonly<{ stringValue?: string; intValue?: string; doubleValue?: number; boolValue?: boolean }>;
type KeyValues = readonly Readonly<{ key: string; value: AnyValue }>[];

export type ReceivedSpan = Readonly<{
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Readonly<Record<string, string | number | boolean | undefined>>;
  links: readonly Readonly<{ traceId: string; spanId: string }>[];
  status: Readonly<{ code: number; message?: string }>;
  service: string;
}>;

export type ReceivedPoint = Readonly<{
  name: string;
  attributes: Readonly<Record<string, unknown>>;
  count: number;
  sum: number;
  bounds: readonly number[];
}>;

type RawPoint = { attributes: KeyValues; count: string; sum: number; explicitBounds: number[] };
type RawSpan = Omit<ReceivedSpan, 'attributes' | 'service'> & { attributes: KeyValues };
type Bodies = Readonly<{
  resourceSpans?: readonly { resource: { attributes: KeyValues }; scopeSpans: readonly { spans: readonly RawSpan[] }[] }[];
  resourceMetrics?: readonly {
    scopeMetrics: readonly {
      metrics: readonly {
        name: string;
        histogram?: { dataPoints: readonly RawPoint[] };
        gauge?: { dataPoints: readonly { attributes: KeyValues; asInt: string }[] };
        sum?: { dataPoints: readonly { asInt: string }[] };
      }[];
    }[];
  }[];
}>;

const plain = (list: KeyValues) =>
  Object.fromEntries(
    list.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue)]),
  );

/** A collector that keeps what it gets and answers as it is told. */
export class RecordingCollector {
  readonly received: Received[] = [];
  status = 200;
  delayMillis = 0;
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<RecordingCollector> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        setTimeout(() => {
          if (collector.status < 300) collector.received.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() });
          response.writeHead(collector.status, { 'content-type': 'application/json' });
          response.end('{"errors":false,"items":[]}');
        }, collector.delayMillis);
      });
    });
    const collector = new RecordingCollector(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Whole ones. On a busy machine any call may take so long that its start was told. */
  get spans(): readonly ReceivedSpan[] {
    return this.reports.filter(({ attributes }) => attributes['meshscope.record'] !== 'start');
  }

  /** Of calls that took long when they were told. */
  get starts(): readonly ReceivedSpan[] {
    return this.reports.filter(({ attributes }) => attributes['meshscope.record'] === 'start');
  }

  private get reports(): readonly ReceivedSpan[] {
    return this.bodies('/v1/traces').flatMap((body) =>
      (body.resourceSpans ?? []).flatMap((resource) =>
        resource.scopeSpans.flatMap(({ spans }) =>
          spans.map((span) => ({
            ...span,
            attributes: plain(span.attributes),
            service: String(plain(resource.resource.attributes)['service.name']),
          })),
        ),
      ),
    );
  }

  /** The newest value of each series. */
  get points(): readonly ReceivedPoint[] {
    const last = this.bodies('/v1/metrics').at(-1);
    return (last?.resourceMetrics ?? []).flatMap((resource) =>
      resource.scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ name, histogram }) =>
          (histogram?.dataPoints ?? []).map(({ attributes, count, sum, explicitBounds }) => ({
            name,
            attributes: plain(attributes),
            count: Number(count),
            sum,
            bounds: explicitBounds,
          })),
        ),
      ),
    );
  }

  /** The last value of each gauge, by name and method. */
  get gauges(): Readonly<Record<string, number>> {
    const last = this.bodies('/v1/metrics').at(-1);
    const metrics = (last?.resourceMetrics ?? []).flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: found }) => found));
    return Object.fromEntries(
      metrics.flatMap(({ name, gauge }) =>
        (gauge?.dataPoints ?? []).map(({ attributes, asInt }) => [`${name} ${plain(attributes)['mcp.method.name']}`, Number(asInt)]),
      ),
    );
  }

  /** What each report of metrics said was in flight. */
  get inFlight(): readonly number[] {
    return this.bodies('/v1/metrics')
      .flatMap(({ resourceMetrics = [] }) => resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)))
      .flatMap(({ name, sum }) => (name === 'meshscope.mcp.calls.in_flight' ? (sum?.dataPoints ?? []) : []))
      .map(({ asInt }) => Number(asInt));
  }

  get logs(): readonly Record<string, unknown>[] {
    return this.received
      .filter(({ path }) => path.endsWith('/_bulk'))
      .flatMap(({ body }) => body.trimEnd().split('\n'))
      .filter((line) => line !== '{"create":{}}')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  clear(): void {
    this.received.length = 0;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private bodies(path: string): readonly Bodies[] {
    return this.received.filter((one) => one.path === path).map(({ body }) => JSON.parse(body) as Bodies);
  }
}
