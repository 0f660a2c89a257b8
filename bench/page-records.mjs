// Seeded records in the format of MCP Mesh's `AgentLogger` (the logging page), as JSON text. The same seed and position
// give the same record, whatever was made before it. `fluentd` adds what the page's Fluentd filters add.

/** 32 random bits from a seed (the finaliser of MurmurHash3). */
function mix(seed) {
  let bits = seed | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

const hex8 = (bits) => bits.toString(16).padStart(8, '0');

export const agents = [
  'weather-agent',
  'payment-agent',
  'inventory-agent',
  'search-agent',
  'billing-agent',
  'email-agent',
  'calendar-agent',
  'translation-agent',
  'summary-agent',
  'routing-agent',
  'forecast-agent',
  'audit-agent',
];
const methods = [
  'get_forecast',
  'charge_card',
  'list_items',
  'search',
  'create_invoice',
  'send_email',
  'book_slot',
  'translate',
  'summarize',
  'find_route',
];
const cities = ['Paris', 'Berlin', 'New York', 'Tokyo', 'São Paulo', 'Nairobi', 'Sydney', 'Toronto', 'Madrid', 'Oslo'];
const exceptions = [
  ['TimeoutError', 'Upstream did not answer within 30 s'],
  ['ConnectionError', 'Connection refused by upstream:8080'],
  ['ValueError', "invalid literal for int() with base 10: 'n/a'"],
  ['KeyError', "'temperature'"],
  ['PermissionError', 'Token has expired'],
];
const actions = ['login', 'logout', 'auth_failure', 'read', 'update', 'delete'];
const warnings = ['Cache is nearly full', 'Retrying upstream call', 'Slow response from registry', 'Deprecated parameter used'];
const debugs = ['Cache lookup finished', 'Heartbeat sent to registry', 'Dependency resolved', 'Session state saved'];

const podOf = (agent, replica) => `${agent}-7d9f8b6c5-${['x2x9k', 'q8w4z', 'm3n7b'][replica]}`;

/** The parts of a record that are the same for an agent's replica. */
const places = agents.map((agent, number) =>
  [0, 1, 2].map((replica) => ({
    agent: `"agent":{"name":"${agent}","type":"mcp-mesh"}`,
    service: `"service":{"name":"mcp-mesh-${agent}","version":"1.4.${number}","environment":"production","instance_id":"${podOf(agent, replica)}"},"kubernetes":{"namespace":"mcp-mesh","pod_name":"${podOf(agent, replica)}","node_name":"node-${(number * 3 + replica) % 8}"}`,
    fluentd: `"kubernetes":{"namespace":"mcp-mesh","pod_name":"${podOf(agent, replica)}","node_name":"node-${(number * 3 + replica) % 8}","container_name":"agent","host":"node-${(number * 3 + replica) % 8}","labels":{"app":"${agent}","version":"v1"}},"stream":"stdout","hostname":"fluentd-${(number * 3 + replica) % 8}","environment":"production","cluster_name":"mcp-mesh","tag":"kubernetes.var.log.containers.${podOf(agent, replica)}_mcp-mesh_agent.log"`,
  })),
);

const traceText = (trace) => `${hex8(mix(trace * 4 + 1))}${hex8(mix(trace * 4 + 2))}${hex8(mix(trace * 4 + 3))}${hex8(trace)}`;

/** Logs of a trace stand close together, about six each. */
const traceOf = (seed, position) => Math.floor(position / 6) + (mix(seed ^ position) % 40);

/** The id of the trace that the record at `position` belongs to. */
export const traceIdAt = (seed, position) => traceText(traceOf(seed, position));

/** Every so many records one has the rare word in its message. */
export const rareEvery = 250_000;
export const rareWord = 'quasar';

/** RFC 3339 with six decimals. `day` is kept between calls because formatting a date is slow. */
let second = -1;
let secondText = '';
function timeText(micros) {
  const whole = Math.floor(micros / 1e6);
  if (whole !== second) {
    second = whole;
    secondText = new Date(whole * 1000).toISOString().slice(0, 20);
  }
  return `${secondText}${String(Math.floor(micros - whole * 1e6)).padStart(6, '0')}Z`;
}

function requestPart(bits, place) {
  const method = methods[bits % methods.length];
  const duration = (5000 + ((bits >>> 4) % 400_000) + ((bits & 0xff) === 0 ? 2_500_000 : 0)) / 1000;
  const failed = (bits >>> 4) % 25 === 0;
  const params = `{"location":"${cities[(bits >>> 5) % cities.length]}","days":${1 + ((bits >>> 9) % 14)}}`;
  return {
    level: 'INFO',
    method,
    text: `${place.agent},"request":{"method":"${method}","params":${params},"duration_ms":${duration},"status":"${failed ? 'error' : 'success'}"},"metrics":{"duration_ms":${duration}}`,
    msg: `Request processed: ${method}`,
  };
}

function errorPart(bits, place) {
  const [type, message] = exceptions[bits % exceptions.length];
  const method = methods[(bits >>> 3) % methods.length];
  return {
    level: 'ERROR',
    method,
    text: `${place.agent},"exception":{"type":"${type}","message":"${message} (attempt ${(bits >>> 7) % 60})","traceback":"Traceback (most recent call last):\\n  File \\"/app/agents/base.py\\", line ${100 + (bits % 50)}, in call\\n    result = await self.${method}(**params)\\n  File \\"/app/agents/upstream.py\\", line 87, in ${method}\\n    raise ${type}(\\"${message}\\")\\n${type}: ${message}\\n"}`,
    msg: `Request failed: ${method}`,
  };
}

function otherPart(bits, place, time) {
  const kind = bits % 100;
  if (kind < 14) {
    const action = actions[(bits >>> 8) % actions.length];
    const resource = `account/${(bits >>> 9) % 5000}`;
    return {
      level: 'INFO',
      method: 'audit',
      text: `${place.agent},"audit":{"action":"${action}","resource":"${resource}","result":"${(bits >>> 4) % 9 === 0 ? 'failure' : 'success'}","timestamp":"${time.slice(0, -1)}"}`,
      msg: `Audit: ${action} ${resource}`,
    };
  }
  if (kind < 34)
    return { level: 'WARNING', method: 'handle', text: place.agent, msg: `${warnings[(bits >>> 8) % 4]} (${(bits >>> 10) % 100} %)` };
  if (kind < 74)
    return {
      level: 'DEBUG',
      method: 'run',
      text: `${place.agent},"metrics":{"count":${(bits >>> 8) % 500},"size_bytes":${(bits >>> 6) % 1000000}}`,
      msg: debugs[(bits >>> 8) % 4],
    };
  const city = cities[(bits >>> 8) % cities.length];
  return {
    level: 'INFO',
    method: 'get_forecast',
    text: `${place.agent},"location":"${city}","days":${1 + ((bits >>> 9) % 14)},"cache_keys":["${city}:1","${city}:7"]`,
    msg: `Getting forecast for ${city}`,
  };
}

/**
 * Of 100 records about 65 are requests, 5 errors with a traceback, 4 audit events, 6 warnings, 12 debug lines, and 8 carry the
 * page's own unknown fields (`location`, `days`, `cache_keys`).
 */
export function pageRecord(seed, position, micros, shape) {
  const bits = mix(mix(seed + position) ^ 0x9e3779b9);
  const more = mix(bits ^ position);
  // The square makes the first agents the busiest ones.
  const number = Math.floor(((more & 0xffff) / 65536) ** 2 * agents.length);
  const place = places[number][more % 3];
  const time = timeText(micros);
  const kind = (more >>> 16) % 100;
  const part = kind < 65 ? requestPart(bits, place) : kind < 70 ? errorPart(bits, place) : otherPart(bits, place, time);
  const msg = position % rareEvery === rareEvery >> 1 ? `${part.msg} near a ${rareWord}` : part.msg;
  const trace = traceOf(seed, position);
  const common = shape === 'fluentd' ? place.service.slice(0, place.service.indexOf(',"kubernetes"')) : place.service;
  const extra = shape === 'fluentd' ? `,${place.fluentd}` : '';
  return `{"timestamp":"${time}","level":"${part.level}","name":"mcp_mesh",${part.text},${common},"trace":{"trace_id":"${traceText(trace)}","span_id":"${hex8(more)}${hex8(bits)}","trace_flags":"01"},"request_id":"req-${trace}.${String(mix(trace) % 1000000).padStart(6, '0')}","source":{"file":"/app/agents/${agents[number].replace('-', '_')}.py","line":${20 + (bits % 400)},"function":"${part.method}"},"msg":"${msg}"${extra}}`;
}
