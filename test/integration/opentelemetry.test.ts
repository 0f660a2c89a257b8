import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { api, NodeSDK } from '@opentelemetry/sdk-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/built-server.ts';
import { resetOpenTelemetry } from '../harness/reset-opentelemetry.ts';
import { eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

let server: ServerProcess;
let grpcPort: number;

beforeAll(async () => {
  grpcPort = await freePort();
  server = await startServer({ flags: ['--otlp.grpcPort', String(grpcPort)] });
});
afterAll(async () => {
  expect(await server?.stop(), server?.stderr()).toBe(0);
});
afterEach(resetOpenTelemetry);

async function get<T>(path: string): Promise<T | undefined> {
  const response = await fetch(`${server.url}${path}`);
  return response.status === 200 ? ((await response.json()) as T) : undefined;
}

type Spans = Readonly<{ state: string; spans: readonly Readonly<Record<string, unknown>>[] }>;
type Points = Readonly<{ points: readonly Readonly<Record<string, unknown>>[] }>;
type Hits = Readonly<{ hits: { hits: readonly { _source: Record<string, unknown> }[] } }>;

describe.each([
  ['http/protobuf', () => server.url],
  ['grpc', () => `http://127.0.0.1:${grpcPort}`],
])("OpenTelemetry's SDK over %s", (protocol, endpoint) => {
  it('exports traces, logs and metrics, and they come out as they went in', async () => {
    const service = `weather-${protocol.replace('/', '-')}`;
    Object.assign(process.env, {
      OTEL_SERVICE_NAME: service,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.instance.id=i-1',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_METRIC_EXPORT_INTERVAL: '3600000',
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(),
    });
    const sdk = new NodeSDK({ instrumentations: [] });
    sdk.start();
    const tracer = api.trace.getTracer('mesh', '1.2.3');
    const traceId = tracer.startActiveSpan('agent call', { kind: api.SpanKind.CLIENT }, (parent) => {
      tracer.startActiveSpan('tools/call get_weather', { kind: api.SpanKind.SERVER }, (child) => {
        child.setAttributes({ 'gen_ai.tool.name': 'get_weather', whole: 42, half: 0.5, yes: true, list: ['a', 'b'] });
        child.recordException(new RangeError('no such city'));
        child.setStatus({ code: api.SpanStatusCode.ERROR, message: 'no such city' });
        logs
          .getLogger('mesh')
          .emit({ severityNumber: SeverityNumber.ERROR, severityText: 'ERROR', body: 'no such city', attributes: { city: 'Atlantis' } });
        child.end();
      });
      parent.end();
      return parent.spanContext().traceId;
    });
    const meter = api.metrics.getMeter('mesh');
    meter.createCounter(`${service}.calls`, { unit: '{call}' }).add(3, { tool: 'get_weather' });
    meter.createHistogram(`${service}.duration`, { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1] } }).record(0.25);
    await sdk.shutdown();

    const trace = await eventually('the trace', async () => {
      const found = await get<Spans>(`/api/traces/${traceId}`);
      return found?.spans.length === 2 && found;
    });
    const [parent, child] = trace.spans;
    expect(parent).toMatchObject({ service, name: 'agent call', kind: 'client', parent_span_id: '' });
    expect(child).toMatchObject({
      service,
      instance: 'i-1',
      name: 'tools/call get_weather',
      kind: 'server',
      parent_span_id: parent?.span_id,
      status: 'error',
      status_message: 'no such city',
      attributes: { 'gen_ai.tool.name': 'get_weather', whole: 42, half: 0.5, yes: true, list: ['a', 'b'] },
      resource: { 'deployment.environment.name': 'test', 'service.name': service },
      scope: { name: 'mesh', version: '1.2.3' },
      events: [{ name: 'exception', attributes: { 'exception.type': 'RangeError', 'exception.message': 'no such city' } }],
    });

    const byTrace = await eventually('the log', async () => {
      const found = await get<Hits>(
        `/mcp-mesh-logs-otlp/_search?q=${encodeURIComponent(`trace_id:${traceId} AND severity_text:ERROR AND service.name:${service}`)}`,
      );
      return found?.hits.hits.length === 1 && found;
    });
    expect(byTrace.hits.hits[0]?._source).toMatchObject({
      body: 'no such city',
      attributes: { city: 'Atlantis' },
      span_id: child?.span_id,
    });
    expect((await get<{ count: number }>(`/trace/${traceId}/logs`))?.count).toBe(1);

    const calls = await eventually('the counter', async () => {
      const found = await get<Points>(`/api/metrics/${service}.calls`);
      return found?.points.length === 1 && found;
    });
    expect(calls.points[0]).toMatchObject({
      service,
      type: 'sum',
      unit: '{call}',
      monotonic: true,
      temporality: 'cumulative',
      value: '3',
      attributes: { tool: 'get_weather' },
    });
    expect((await get<Points>(`/api/metrics/${service}.duration`))?.points[0]).toMatchObject({
      type: 'histogram',
      count: '1',
      sum: 0.25,
      details: { bucketCounts: [0, 1, 0], explicitBounds: [0.1, 1] },
    });
  });
});
