/** Entries as each runtime and era of MCP Mesh publishes them (see docs/ingest/redis-streams.md), all of one call through five agents. */
export type Entry = Readonly<Record<string, string>>;

const dashed = 'c1b2c3d4-e5f6-7890-abcd-ef1234567890';
export const meshTraceId = dashed.replaceAll('-', '');

/** Seconds since the epoch of the start of the call, as `seconds(0)`. */
export function meshCall(
  startSeconds: number,
): Readonly<{ entries: readonly Entry[]; late: Entry; spanCount: number; agents: readonly string[] }> {
  const at = (millis: number) => (startSeconds + millis / 1000).toFixed(6);
  const python04: Entry = {
    function_name: 'generate_report',
    start_time: at(0),
    args_count: '0',
    kwargs_count: '1',
    dependencies: '["date_service"]',
    agent_id: 'report-service-1a2b',
    agent_name: 'report-service',
    agent_ip: '10.0.0.1',
    trace_id: dashed,
    span_id: '11111111-0000-4000-8000-000000000001',
    parent_span: 'null',
    end_time: at(400),
    duration_ms: '400.25',
    success: 'True',
    error: 'null',
    published_at: at(401),
  };
  const python11: Entry = {
    function_name: 'get_current_time',
    start_time: at(10),
    end_time: at(60),
    duration_ms: '50.0',
    success: 'True',
    error: 'null',
    agent_name: 'date-service',
    agent_id: 'date-service-9f',
    agent_ip: '10.0.0.2',
    trace_id: meshTraceId,
    span_id: '2222222222222222',
    parent_span: '11111111-0000-4000-8000-000000000001',
    runtime: 'python',
    llm_model: 'anthropic/claude-sonnet',
    llm_provider: 'anthropic',
    llm_input_tokens: '100',
    llm_output_tokens: '20',
    llm_total_tokens: '120',
  };
  const typescript: Entry = {
    function_name: 'render_chart',
    start_time: at(70),
    end_time: at(170),
    duration_ms: '100.00',
    success: 'false',
    error: 'first try',
    agent_name: 'chart-service',
    agent_id: 'chart-1',
    trace_id: meshTraceId,
    span_id: '3333333333333333',
    parent_span: '11111111-0000-4000-8000-000000000001',
    runtime: 'typescript',
    call_attempts: '2',
  };
  const java: Entry = {
    function_name: 'charge',
    start_time: (startSeconds + 0.18).toExponential().replace('e+', 'E'),
    end_time: (startSeconds + 0.28).toExponential().replace('e+', 'E'),
    duration_ms: '100',
    success: 'false',
    error: 'card refused',
    error_type: 'PaymentException',
    agent_name: 'payment-service',
    agent_id: 'payment-7',
    trace_id: meshTraceId,
    span_id: '4444444444444444',
    parent_span: '1111111100004000',
    runtime: 'java',
  };
  const event = {
    trace_id: dashed,
    agent_name: 'legacy-service',
    agent_id: 'legacy-1',
    ip_address: '10.0.0.5',
    operation: 'tool:archive',
    runtime: 'go',
  };
  const start: Entry = {
    ...event,
    span_id: 'e1',
    event_type: 'span_start',
    timestamp: at(300),
    parent_span: '11111111-0000-4000-8000-000000000001',
    capability: 'archive',
  };
  const end: Entry = { ...event, span_id: 'e1', event_type: 'span_end', timestamp: at(350), duration_ms: '50', success: 'true' };
  return {
    // Out of order, with a retry of one span id and an entry that came twice.
    entries: [
      end,
      python11,
      typescript,
      { ...typescript, success: 'true', error: 'null', end_time: at(172), duration_ms: '102.00' },
      java,
      start,
      python04,
      python04,
    ],
    late: { ...python11, span_id: '5555555555555555', function_name: 'late_call', agent_name: 'late-service' },
    spanCount: 5,
    agents: ['chart-service', 'date-service', 'legacy-service', 'payment-service', 'report-service'],
  };
}

/** What no reader can take as a span. */
export const poison: readonly Entry[] = [{ hello: 'world' }, { trace_id: '', span_id: '', function_name: '' }];
