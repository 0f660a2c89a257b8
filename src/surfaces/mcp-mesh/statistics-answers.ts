import { rfc3339Nano } from '../../queries/trace-forms/completed-trace.ts';
import type { AgentStatistics } from '../../queries/traces/agent-statistics.ts';
import type { EdgeStatistics } from '../../queries/traces/edge-statistics.ts';
import type { ModelStatistics } from '../../queries/traces/model-statistics.ts';
import type { TraceStatistics } from '../../queries/traces/trace-statistics.ts';
import { goMap } from './go-values.ts';

/** Go's zero time. */
const never = '0001-01-01T00:00:00Z';

/** Upstream's code and its documentation name different members; both are here. */
export function statisticsAnswer(stats: TraceStatistics): Readonly<Record<string, unknown>> {
  const { traces, failedTraces, spans, durationNanos, agents, firstStartNanos, lastEndNanos, topOperations } = stats;
  const perTrace = (value: number) => (traces === 0 ? 0 : value / traces);
  const millis = Number(durationNanos / 1000n) / 1000;
  return goMap({
    enabled: true,
    stats_available: true,
    total_traces: traces,
    success_traces: traces - failedTraces,
    failed_traces: failedTraces,
    total_spans: spans,
    total_duration_ms: Math.trunc(millis),
    avg_duration_ms: perTrace(millis),
    agents_seen: agents,
    first_trace: firstStartNanos === undefined ? never : rfc3339Nano(firstStartNanos),
    last_trace: lastEndNanos === undefined ? never : rfc3339Nano(lastEndNanos),
    success_rate: perTrace((traces - failedTraces) * 100),
    avg_spans_per_trace: perTrace(spans),
    agents_involved: agents,
    top_operations: topOperations,
  });
}

export const edgeAnswer = (edge: EdgeStatistics): Readonly<Record<string, unknown>> => ({
  source: edge.source,
  target: edge.target,
  target_function: edge.operation,
  call_count: edge.calls,
  error_count: edge.errors,
  error_rate: (100 * edge.errors) / edge.calls,
  avg_latency_ms: edge.averageMillis,
  p99_latency_ms: edge.p99Millis,
  max_latency_ms: Math.trunc(edge.maxMillis),
  min_latency_ms: Math.trunc(edge.minMillis),
  p50_latency_ms: edge.p50Millis,
  p95_latency_ms: edge.p95Millis,
});

export const agentAnswer = (agent: AgentStatistics): Readonly<Record<string, unknown>> => ({
  agent_name: agent.agent,
  span_count: agent.spans,
  total_input_tokens: agent.inputTokens,
  total_output_tokens: agent.outputTokens,
  total_request_bytes: agent.requestBytes,
  total_response_bytes: agent.responseBytes,
});

export const modelAnswer = (model: ModelStatistics): Readonly<Record<string, unknown>> => ({
  model: model.model,
  provider: model.provider,
  call_count: model.calls,
  input_tokens: model.inputTokens,
  output_tokens: model.outputTokens,
  total_tokens: model.totalTokens,
});
