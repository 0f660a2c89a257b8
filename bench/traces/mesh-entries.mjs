// Entries of the stream `mesh:trace` as MCP Mesh's Python agents write them (v1.1).
export const agents = ['gateway-agent', 'weather-agent', 'payment-agent', 'report-agent', 'date-service', 'search-agent'];
export const tools = [
  'generate_report',
  'get_weather',
  'charge_card',
  'validate_data',
  'get_current_time',
  'find_documents',
  'summarise',
  'translate',
];
export const spansPerTrace = 8;

const hex = (value, digits) => value.toString(16).padStart(digits, '0');
export const traceIdAt = (seed, trace) => hex(seed, 8) + hex(trace, 24);

/** Names and values of the span `position` of a run; eight spans are a trace, the root comes last. */
export function meshEntry(seed, position, endSeconds) {
  const trace = Math.floor(position / spansPerTrace);
  const place = spansPerTrace - 1 - (position % spansPerTrace);
  const agent = agents[(trace + place) % agents.length];
  const duration = 2 + ((position * 7919) % 400) / 10 + (spansPerTrace - place) * 10;
  const failed = trace % 50 === 7 && place === 3;
  return [
    ['trace_id', traceIdAt(seed, trace)],
    ['span_id', hex(trace * spansPerTrace + place, 16)],
    ['parent_span', place === 0 ? 'null' : hex(trace * spansPerTrace + Math.floor((place - 1) / 2), 16)],
    ['function_name', tools[(trace + place * 3) % tools.length]],
    ['start_time', (endSeconds - duration / 1000).toFixed(6)],
    ['end_time', endSeconds.toFixed(6)],
    ['duration_ms', duration.toFixed(2)],
    ['success', failed ? 'False' : 'True'],
    ['error', failed ? 'upstream answered 503' : 'null'],
    ['result_type', 'dict'],
    ['args_count', '0'],
    ['kwargs_count', '2'],
    ['injected_dependencies', '1'],
    ['dependencies', '["date_service"]'],
    ['mesh_positions', '[1]'],
    ['agent_id', `${agent}-1a2b`],
    ['agent_name', agent],
    ['agent_hostname', 'worker-3'],
    ['agent_ip', '10.1.2.3'],
    ['agent_port', '9093'],
    ['agent_namespace', 'default'],
    ['agent_endpoint', 'http://10.1.2.3:9093'],
    ['published_at', (endSeconds + 0.001).toFixed(6)],
    ['runtime', 'python'],
  ];
}

export function xadd(stream, fields) {
  let command = `*${3 + fields.length * 2}\r\n$4\r\nXADD\r\n$${stream.length}\r\n${stream}\r\n$1\r\n*\r\n`;
  for (const [name, value] of fields) command += `$${name.length}\r\n${name}\r\n$${value.length}\r\n${value}\r\n`;
  return command;
}
