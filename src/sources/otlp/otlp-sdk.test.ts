import { logs, SeverityNumber } from '@opentelemetry/api-logs';
import { api, NodeSDK } from '@opentelemetry/sdk-node';
import { afterEach, describe, expect, it } from 'vitest';
import { resetOpenTelemetry } from '../../../test/harness/reset-opentelemetry.ts';
import { startOtlpGrpc } from './grpc-server.ts';
import { otlpApp, type Recorded } from './testing/recording-ports.ts';

/** The variables of docs/ingest/otlp.md, with which the real SDK exports all three signals. */
const exporters = {
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_METRIC_EXPORT_INTERVAL: '3600000',
  OTEL_NODE_RESOURCE_DETECTORS: 'env',
};
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  resetOpenTelemetry();
});

async function endpoint(protocol: string): Promise<{ url: string; recorded: Recorded }> {
  const { app, recorded, ports } = otlpApp();
  if (protocol === 'grpc') {
    const server = await startOtlpGrpc({ host: '127.0.0.1', port: 0, onError: expect.unreachable }, ports);
    stops.push(() => server.close());
    return { url: `http://127.0.0.1:${server.port}`, recorded };
  }
  stops.push(() => app.close());
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), recorded };
}

async function exportEverything(): Promise<{ traceId: string; spanId: string; parentId: string }> {
  const sdk = new NodeSDK({ instrumentations: [] });
  sdk.start();
  const tracer = api.trace.getTracer('@mesh/mcp', '0.9.1');
  const ids = tracer.startActiveSpan(
    'agent call',
    { kind: api.SpanKind.CLIENT, attributes: { 'peer.service': 'weather-agent' } },
    (parent) => {
      const { traceId, spanId: parentId } = parent.spanContext();
      const spanId = tracer.startActiveSpan(
        'tools/call get_weather',
        {
          kind: api.SpanKind.SERVER,
          links: [{ context: parent.spanContext(), attributes: { why: 'retry' } }],
          startTime: [1_790_000_000, 123_456_789],
        },
        (span) => {
          span.setAttributes({
            text: 'grüße "quoted"\n\u0000',
            whole: 42,
            large: 9_007_199_254_740_991,
            half: 0.5,
            yes: true,
            list: ['a', 'b'],
            'gen_ai.request.model': 'claude-sonnet',
            'gen_ai.provider.name': 'anthropic',
            'gen_ai.usage.input_tokens': 12,
            'gen_ai.usage.output_tokens': 34,
          });
          span.recordException(new TypeError('no such city'), [1_790_000_001, 5]);
          span.setStatus({ code: api.SpanStatusCode.ERROR, message: 'no such city' });
          logs.getLogger('mesh.log', '2.0').emit({
            severityNumber: SeverityNumber.WARN,
            severityText: 'WARN',
            body: 'city not found',
            attributes: { city: 'Nowhere', tries: 2 },
            timestamp: [1_790_000_002, 7],
          });
          logs.getLogger('mesh.log').emit({ severityNumber: SeverityNumber.ERROR2, body: { nested: { list: [1, 'two', null] } } });
          span.end([1_790_000_003, 1]);
          return span.spanContext().spanId;
        },
      );
      parent.end();
      return { traceId, spanId, parentId };
    },
  );
  const meter = api.metrics.getMeter('mesh.meter');
  meter.createCounter('calls', { unit: '{call}', description: 'Calls' }).add(3, { tool: 'get_weather' });
  meter.createHistogram('latency', { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1] } }).record(0.5);
  meter.createObservableGauge('load').addCallback((result) => result.observe(0.25));
  await sdk.shutdown();
  return ids;
}

describe.each(['http/protobuf', 'http/json', 'grpc'])('the OpenTelemetry SDK over %s', (protocol) => {
  it.each(['none', 'gzip'])('gets out what went in (compression %s)', async (compression) => {
    const { url, recorded } = await endpoint(protocol);
    Object.assign(process.env, exporters, {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: compression,
      OTEL_SERVICE_NAME: 'planner',
      OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=planner-1,k8s.pod.name=planner-7d8f9,k8s.namespace.name=mesh,service.version=1.2',
    });
    const { traceId, spanId, parentId } = await exportEverything();

    const span = recorded.spans.find((one) => one.spanId === spanId);
    expect(span).toMatchObject({
      record: 'span',
      traceId,
      parentId,
      name: 'tools/call get_weather',
      kind: 'server',
      startNanos: '1790000000123456789',
      endNanos: '1790000003000000001',
      status: 'error',
      statusMessage: 'no such city',
      service: 'planner',
      instance: 'planner-1',
      model: 'claude-sonnet',
      provider: 'anthropic',
      inputTokens: '12',
      outputTokens: '34',
    });
    expect(JSON.parse(span?.attributes ?? '')).toMatchObject({
      text: 'grüße "quoted"\n\u0000',
      whole: 42,
      large: 9_007_199_254_740_991,
      half: 0.5,
      yes: true,
      list: ['a', 'b'],
      'gen_ai.usage.input_tokens': 12,
    });
    expect(JSON.parse(span?.resource ?? '')).toMatchObject({ 'service.name': 'planner', 'service.instance.id': 'planner-1' });
    expect(JSON.parse(span?.scope ?? '')).toEqual({ name: '@mesh/mcp', version: '0.9.1' });
    expect(JSON.parse(span?.events ?? '')).toMatchObject([
      {
        name: 'exception',
        timeUnixNano: '1790000001000000005',
        attributes: { 'exception.type': 'TypeError', 'exception.message': 'no such city' },
      },
    ]);
    expect(JSON.parse(span?.links ?? '')).toMatchObject([{ traceId, spanId: parentId, attributes: { why: 'retry' } }]);
    expect(recorded.spans.find((one) => one.spanId === parentId)).toMatchObject({
      parentId: '',
      kind: 'client',
      target: 'weather-agent',
      status: '',
    });
    expect(recorded.spans).toHaveLength(2);

    expect(recorded.logs).toHaveLength(2);
    expect(recorded.logs[0]).toMatchObject({
      '@timestamp': '2026-09-21T14:13:22.000000007Z',
      severity_text: 'WARN',
      severity_number: 13,
      body: 'city not found',
      trace_id: traceId,
      span_id: spanId,
      service: { name: 'planner', version: '1.2', instance_id: 'planner-1' },
      kubernetes: { namespace: 'mesh', pod_name: 'planner-7d8f9' },
      attributes: { city: 'Nowhere', tries: 2 },
      resource: { 'service.name': 'planner', 'k8s.pod.name': 'planner-7d8f9' },
      scope: { name: 'mesh.log', version: '2.0' },
    });
    expect(recorded.logs[1]).toMatchObject({
      level: 'ERROR',
      severity_number: 18,
      body_structured: { nested: { list: [1, 'two', null] } },
    });

    const point = (name: string) => recorded.points.find((one) => one.name === name);
    expect(point('calls')).toMatchObject({
      type: 'sum',
      value: '3',
      monotonic: true,
      temporality: 'cumulative',
      unit: '{call}',
      service: 'planner',
    });
    expect(point('calls')?.attributes).toBe('{"tool":"get_weather"}');
    expect(point('latency')).toMatchObject({ type: 'histogram', count: '1', sum: '0.5', min: '0.5', max: '0.5' });
    expect(JSON.parse(point('latency')?.details ?? '')).toEqual({ bucketCounts: [0, 1, 0], explicitBounds: [0.1, 1] });
    expect(point('load')).toMatchObject({ type: 'gauge', value: '0.25', isInteger: false });
  });
});
