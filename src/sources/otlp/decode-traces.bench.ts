import { bench, describe } from 'vitest';
import { decodeTraces } from './decode-traces.ts';
import { jsonToProtobuf } from './json-to-protobuf.ts';
import { requestFields } from './otlp-schema.ts';
import { Room } from './room.ts';

/** A thousand spans as an MCP server's instrumentation sends them: ten attributes, no events; traces of eight spans. */
const text = (stringValue: string) => ({ stringValue });
const list = (values: Readonly<Record<string, object>>) => Object.entries(values).map(([key, value]) => ({ key, value }));
const id = (at: number, digits: number) => (at * 2_654_435_761).toString(16).padStart(digits, '7').slice(-digits);
const spans = Array.from({ length: 1000 }, (_, at) => ({
  traceId: id(1 + (at >> 3), 32),
  spanId: id(at + 1, 16),
  parentSpanId: at % 8 === 0 ? '' : id(at, 16),
  name: 'tools/call get_weather',
  kind: 2,
  startTimeUnixNano: `17900000001234${String(at).padStart(5, '0')}`,
  endTimeUnixNano: `17900000002234${String(at).padStart(5, '0')}`,
  flags: 257,
  status: { code: 1 },
  attributes: list({
    'mcp.method.name': text('tools/call'),
    'gen_ai.tool.name': text('get_weather'),
    'mcp.session.id': text(id(at >> 5, 32)),
    'server.address': text('weather.agents.svc'),
    'server.port': { intValue: '8080' },
    'network.transport': text('tcp'),
    'rpc.system': text('jsonrpc'),
    'http.response.status_code': { intValue: '200' },
    'gen_ai.usage.input_tokens': { intValue: '1234' },
    'gen_ai.request.model': text('claude-sonnet'),
  }),
}));
const resource = {
  attributes: list({ 'service.name': text('weather-agent'), 'service.instance.id': text('weather-1'), 'host.name': text('node-1') }),
};
const json = Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: '@mesh/mcp' }, spans }] }] }));
const protobuf = Buffer.from(jsonToProtobuf(json, requestFields.traces));

describe('a thousand spans', () => {
  bench('protobuf', () => void decodeTraces(protobuf, new Room(1e9)));
  bench('JSON', () => void decodeTraces(jsonToProtobuf(json, requestFields.traces), new Room(1e9)));
});
