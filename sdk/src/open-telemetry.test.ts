import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { logs as logsApi } from '@opentelemetry/api-logs';
import { logs, metrics, NodeSDK, tracing } from '@opentelemetry/sdk-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { conversations } from '../test/conversations.ts';
import { RecordingCollector } from '../test/recording-collector.ts';
import { AgentLogger } from './agent-logger.ts';
import { instrument } from './instrument.ts';
import { currentTrace } from './propagation.ts';
import { flush } from './telemetry.ts';

const spans = new tracing.InMemorySpanExporter();
const records = new logs.InMemoryLogRecordExporter();
const points = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE);
const reader = new metrics.PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 });
const sdk = new NodeSDK({
  serviceName: 'app',
  // Detection is asynchronous, and spans that end before it is done are exported later.
  autoDetectResources: false,
  spanProcessors: [new tracing.SimpleSpanProcessor(spans)],
  logRecordProcessors: [new logs.SimpleLogRecordProcessor({ exporter: records })],
  metricReaders: [reader],
});
let collector: RecordingCollector;

beforeAll(async () => {
  collector = await RecordingCollector.start();
  sdk.start();
});
afterAll(async () => {
  await sdk.shutdown();
  await collector.stop();
});
beforeEach(() => {
  spans.reset();
  records.reset();
});

const inProcess = conversations.filter(({ name }) => !name.includes('stdio'));

describe.each(inProcess)("an application's OpenTelemetry, $name", (which) => {
  it('gets the spans, metrics and logs, in one trace with its own spans', async () => {
    const log = new AgentLogger('app-logger', { url: collector.url, stderr: false });
    const conversation = await which.start(
      (role, target) => instrument(target, { url: collector.url, service: `otel-${role}` }),
      collector.url,
    );
    const tracer = trace.getTracer('app');
    const root = tracer.startSpan('user request');
    const inRoot = context.with(
      propagation.setBaggage(trace.setSpan(context.active(), root), propagation.createBaggage({ team: { value: 'blue' } })),
      () => {
        log.info('asking');
        return conversation.call('add', { a: 1, b: 2 });
      },
    );
    await inRoot;
    root.end();
    await conversation.call('fail');

    const all = spans.getFinishedSpans();
    const client = all.find((span) => span.name === 'tools/call add' && span.kind === SpanKind.CLIENT);
    const server = all.find((span) => span.name === 'tools/call add' && span.kind === SpanKind.SERVER);
    expect(client?.parentSpanContext?.spanId).toBe(root.spanContext().spanId);
    expect(server?.parentSpanContext?.spanId).toBe(client?.spanContext().spanId);
    expect(server?.spanContext().traceId).toBe(root.spanContext().traceId);
    expect(server?.attributes).toMatchObject({ 'gen_ai.tool.name': 'add', 'meshscope.outcome': 'ok' });
    const failed = all.filter((span) => span.name === 'tools/call fail');
    expect(failed.map((span) => span.status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.ERROR]);

    const said = records.getFinishedLogRecords().find((record) => record.body === 'asking');
    expect(said?.spanContext?.spanId).toBe(root.spanContext().spanId);
    expect(said).toMatchObject({ severityNumber: 9, severityText: 'INFO' });
    expect(records.getFinishedLogRecords().some((record) => /^tools\/call add ok in/.test(String(record.body)))).toBe(true);

    await reader.forceFlush();
    const histograms =
      points
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap(({ metrics: found }) => found) ?? [];
    const duration = histograms.find(({ descriptor }) => descriptor.name === 'mcp.server.operation.duration');
    expect(duration?.descriptor).toMatchObject({ unit: 's' });
    const { value } = duration?.dataPoints[0] ?? {};
    expect((value as { buckets: { boundaries: number[] } }).buckets.boundaries.slice(-14)).toEqual([
      0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300,
    ]);
    await conversation.close();
    // Nothing goes out a second time.
    await flush(500);
    expect(collector.received).toEqual([]);
  });
});

describe('the bridge', () => {
  it('sees spans of the application as the current trace', () => {
    const span = trace.getTracer('app').startSpan('one');
    expect(currentTrace()).toBeUndefined();
    context.with(trace.setSpan(context.active(), span), () => expect(currentTrace()?.spanId).toBe(span.spanContext().spanId));
    expect(logsApi.getLogger('x')).toBeDefined();
  });
});
