import type { Telemetry } from './lib/telemetry.ts';
import type { IngestMetrics } from './model/metric-point.ts';
import type { IngestSpans } from './model/span.ts';
import { CallCounts } from './pipeline/call-metrics/call-counts.ts';
import { RecorderPoints } from './pipeline/call-metrics/recorder-points.ts';

/** The ways in, with calls counted on the way: only what was accepted counts. */
export type CallTelemetry = Readonly<{
  countingSpans: (ingest: IngestSpans) => IngestSpans;
  countingMetrics: (ingest: IngestMetrics) => IngestMetrics;
}>;

/** Registers the metrics of calls of MCP; `maxSeries` bounds each. */
export function addCallTelemetry(telemetry: Telemetry, { maxSeries }: Readonly<{ maxSeries: number }>): CallTelemetry {
  const calls = new CallCounts(maxSeries);
  const points = new RecorderPoints(maxSeries, Date.now());
  telemetry.observedHistogram(
    'mcp_server_operation_duration_seconds',
    'Time that requests of MCP took at the side that received them.',
    () => calls.sides.server.durations(),
  );
  telemetry.observedHistogram('mcp_client_operation_duration_seconds', 'Time that requests of MCP took at the side that sent them.', () =>
    calls.sides.client.durations(),
  );
  telemetry.gauge('meshscope_mcp_calls_in_flight', 'Requests of MCP that have no answer yet.', () => {
    const now = Date.now();
    return [...points.inFlight(now), ...calls.inFlight(now)];
  });
  telemetry.observedCounter('meshscope_mcp_request_bytes_total', 'Bytes of requests of MCP.', () => calls.bytes('requestBytes'));
  telemetry.observedCounter(
    'meshscope_mcp_response_bytes_total',
    'Bytes of answers of MCP: results, and definitions where a list was asked for.',
    () => calls.bytes('responseBytes'),
  );
  telemetry.gauge(
    'meshscope_mcp_definition_bytes',
    'Bytes of the last list of tools, prompts or resources of a server.',
    points.definitionBytes,
  );
  telemetry.observedCounter(
    'meshscope_mcp_protocol_logs_total',
    'Log messages that servers of MCP sent to their clients.',
    points.protocolLogs,
  );
  return {
    countingSpans: (ingest) => async (batch) => {
      await ingest(batch);
      calls.take(batch);
    },
    countingMetrics: (ingest) => async (batch) => {
      await ingest(batch);
      points.take(batch.points, Date.now());
    },
  };
}
