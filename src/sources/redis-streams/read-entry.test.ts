import { describe, expect, it } from 'vitest';
import { type SpanRecord, unknownSpan } from '../../model/span.ts';
import { deadLetterOf } from './dead-letter.ts';
import { EntryTexts } from './entry-texts.ts';
import { LineWriter } from './line-writer.ts';
import { readEntry } from './read-entry.ts';
import { spansOfLines } from './testing/spans-of-lines.ts';

function readTexts(stream: string, id: string, texts: readonly string[]): SpanRecord | Readonly<{ error: string }> {
  const lines = new LineWriter();
  const error = readEntry(stream, id, EntryTexts.of(texts), lines);
  if (error === undefined) return spansOfLines(lines)[0] as SpanRecord;
  expect(lines.length).toBe(0);
  return { error };
}

const read = (fields: Readonly<Record<string, string>>) => readTexts('mesh:trace', '1753574400139-0', Object.entries(fields).flat());

/** Every member of the record that is not empty, with the attributes as an object. */
function known(fields: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const reading = read(fields);
  if ('error' in reading) return reading;
  const { origin, attributes, ...rest } = reading;
  expect(origin).toBe('mesh:trace 1753574400139-0');
  expect(Object.keys(reading).sort()).toEqual([...Object.keys(unknownSpan), 'record', 'traceId', 'spanId'].sort());
  const members = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''));
  return attributes === '' ? members : { ...members, attributes: JSON.parse(attributes) };
}

const base = { trace_id: 't', span_id: 's', operation: 'op' };
const baseSpan = { record: 'span', traceId: 't', spanId: 's', name: 'op' };

const python04 = {
  function_name: 'generate_report',
  start_time: '1753574400.123456',
  args_count: '0',
  kwargs_count: '1',
  injected_dependencies: '2',
  dependencies: '["date_service"]',
  mesh_positions: '[1]',
  agent_id: 'dependent-service-1a2b',
  agent_name: 'dependent-service',
  agent_hostname: 'localhost',
  agent_ip: 'localhost',
  agent_port: '9093',
  agent_namespace: 'default',
  agent_endpoint: 'http://localhost:9093',
  trace_id: 'c1b2c3d4-e5f6-7890-abcd-ef1234567890',
  span_id: '11111111-0000-4000-8000-000000000001',
  parent_span: 'null',
  end_time: '1753574400.138',
  duration_ms: '14.54',
  success: 'True',
  error: 'null',
  result_type: 'dict',
  published_at: '1753574400.139',
};

describe('readEntry', () => {
  it.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, unknown>>]>([
    [
      'Python v0.4.0',
      python04,
      {
        record: 'span',
        traceId: 'c1b2c3d4-e5f6-7890-abcd-ef1234567890',
        spanId: '11111111-0000-4000-8000-000000000001',
        name: 'generate_report',
        startNanos: '1753574400123456000',
        endNanos: '1753574400138000000',
        durationNanos: '14540000',
        status: 'ok',
        service: 'dependent-service',
        instance: 'dependent-service-1a2b',
        address: 'localhost',
        attributes: {
          args_count: 0,
          kwargs_count: 1,
          injected_dependencies: 2,
          dependencies: ['date_service'],
          mesh_positions: [1],
          agent_hostname: 'localhost',
          agent_port: 9093,
          agent_namespace: 'default',
          agent_endpoint: 'http://localhost:9093',
          result_type: 'dict',
          published_at: 1753574400.139,
        },
      },
    ],
    [
      'Python v1.1.0: proxy span with bytes and tokens, failed',
      {
        trace_id: '0123456789abcdef0123456789abcdef',
        span_id: '0123456789abcdef',
        parent_span: 'fedcba9876543210',
        function_name: 'proxy_call_wrapper',
        start_time: '1767225600.000001',
        end_time: '1767225601.5',
        duration_ms: '1500.0',
        success: 'False',
        error: 'HTTP 500: "boom"\n',
        result_type: 'None',
        runtime: 'python',
        request_bytes: '1234',
        response_bytes: '0',
        llm_model: 'anthropic/claude-sonnet',
        llm_provider: 'anthropic',
        llm_input_tokens: '100',
        llm_output_tokens: '20',
        llm_total_tokens: '120',
      },
      {
        record: 'span',
        traceId: '0123456789abcdef0123456789abcdef',
        spanId: '0123456789abcdef',
        parentId: 'fedcba9876543210',
        name: 'proxy_call_wrapper',
        startNanos: '1767225600000001000',
        endNanos: '1767225601500000000',
        durationNanos: '1500000000',
        status: 'error',
        statusMessage: 'HTTP 500: "boom"\n',
        runtime: 'python',
        model: 'anthropic/claude-sonnet',
        provider: 'anthropic',
        inputTokens: '100',
        outputTokens: '20',
        totalTokens: '120',
        requestBytes: '1234',
        responseBytes: '0',
        attributes: { result_type: 'None' },
      },
    ],
    [
      'FastAPI route (Python v0.5.2)',
      {
        ...base,
        operation: 'null',
        function_name: 'GET /api/x',
        route_name: 'get_x',
        request_method: 'GET',
        request_path: '/api/x',
        status_code: '503',
        call_context: 'fastapi_route_execution',
        agent_type: 'fastapi_app',
        success: 'True',
      },
      {
        ...baseSpan,
        name: 'GET /api/x',
        status: 'ok',
        attributes: {
          route_name: 'get_x',
          request_method: 'GET',
          request_path: '/api/x',
          status_code: 503,
          call_context: 'fastapi_route_execution',
          agent_type: 'fastapi_app',
        },
      },
    ],
    [
      'TypeScript v0.9.7',
      {
        trace_id: 'a'.repeat(32),
        span_id: 'b'.repeat(16),
        parent_span: 'null',
        function_name: 'add',
        start_time: '1767225600.123',
        end_time: '1767225600.124',
        duration_ms: '0.87',
        success: 'true',
        error: 'null',
        result_type: 'object',
        dependencies: '["http://localhost:3001"]',
        call_attempts: '3',
        runtime: 'typescript',
        published_at: '1767225600.2',
      },
      {
        record: 'span',
        traceId: 'a'.repeat(32),
        spanId: 'b'.repeat(16),
        name: 'add',
        startNanos: '1767225600123000000',
        endNanos: '1767225600124000000',
        durationNanos: '870000',
        status: 'ok',
        runtime: 'typescript',
        attributes: { result_type: 'object', dependencies: ['http://localhost:3001'], call_attempts: 3, published_at: 1767225600.2 },
      },
    ],
    [
      'Java v0.9.0',
      {
        trace_id: 'c'.repeat(32),
        span_id: 'd'.repeat(16),
        parent_span: 'null',
        function_name: 'route:orders',
        start_time: '1.769999999123E9',
        end_time: '1.76999999914E9',
        duration_ms: '17',
        success: 'false',
        error: 'bad',
        error_type: 'java.lang.IllegalStateException',
        result_type: 'null',
        runtime: 'java',
        capability: 'orders',
        agent_runtime: 'java',
        java_version: '21.0.2',
        pod_ip: '10.1.2.3',
        published_at: '1.769999999200E9',
      },
      {
        record: 'span',
        traceId: 'c'.repeat(32),
        spanId: 'd'.repeat(16),
        name: 'route:orders',
        startNanos: '1769999999123000000',
        endNanos: '1769999999140000000',
        durationNanos: '17000000',
        status: 'error',
        statusMessage: 'bad',
        runtime: 'java',
        capability: 'orders',
        attributes: {
          error_type: 'java.lang.IllegalStateException',
          result_type: null,
          agent_runtime: 'java',
          java_version: '21.0.2',
          pod_ip: '10.1.2.3',
          published_at: '1.769999999200E9',
        },
      },
    ],
    [
      'span_start as documented',
      {
        trace_id: 't',
        span_id: 's',
        parent_span: 'p',
        agent_name: 'a',
        agent_id: 'a-1',
        ip_address: '10.0.0.1',
        operation: 'tool:add',
        event_type: 'span_start',
        timestamp: '1704103200.140000104',
        capability: 'math',
        target_agent: 'b',
        runtime: 'python-3.11',
      },
      {
        record: 'start',
        traceId: 't',
        spanId: 's',
        parentId: 'p',
        name: 'tool:add',
        startNanos: '1704103200140000104',
        service: 'a',
        instance: 'a-1',
        address: '10.0.0.1',
        capability: 'math',
        target: 'b',
        runtime: 'python-3.11',
      },
    ],
    [
      'span_end as documented',
      { trace_id: 't', span_id: 's', event_type: 'span_end', timestamp: '1704103200.5', duration_ms: '15', success: 'true' },
      { record: 'end', traceId: 't', spanId: 's', endNanos: '1704103200500000000', durationNanos: '15000000', status: 'ok' },
    ],
    [
      'error as documented',
      { trace_id: 't', span_id: 's', event_type: 'error', timestamp: '1704103200.5', error_message: 'boom' },
      { record: 'error', traceId: 't', spanId: 's', endNanos: '1704103200500000000', status: 'error', statusMessage: 'boom' },
    ],
    [
      'an error that claims success',
      { trace_id: 't', span_id: 's', event_type: 'error', success: 'true' },
      { record: 'error', traceId: 't', spanId: 's', status: 'error', attributes: { success: true } },
    ],
    [
      'an end with start_time instead of timestamp',
      { trace_id: 't', span_id: 's', event_type: 'span_end', start_time: '5' },
      { record: 'end', traceId: 't', spanId: 's', endNanos: '5000000000' },
    ],
    [
      'both names of one thing: the first is used, the other kept',
      { ...base, function_name: 'f', ip_address: 'i', agent_ip: 'j', error: 'e', error_message: 'm', start_time: '1', timestamp: '2' },
      {
        ...baseSpan,
        address: 'i',
        status: 'error',
        statusMessage: 'e',
        startNanos: '1000000000',
        attributes: { function_name: 'f', agent_ip: 'j', error_message: 'm', timestamp: 2 },
      },
    ],
    [
      'values that no member can hold',
      {
        ...base,
        duration_ms: 'NaN',
        success: 'maybe',
        start_time: 'soon',
        end_time: '1e400',
        llm_input_tokens: '-1',
        request_bytes: '1.5',
      },
      {
        ...baseSpan,
        attributes: {
          duration_ms: 'NaN',
          success: 'maybe',
          start_time: 'soon',
          end_time: '1e400',
          llm_input_tokens: -1,
          request_bytes: 1.5,
        },
      },
    ],
    ['a negative duration', { ...base, duration_ms: '-5.25' }, { ...baseSpan, durationNanos: '-5250000' }],
    ['a duration in exponent form', { ...base, duration_ms: '1.2E-4' }, { ...baseSpan, durationNanos: '120' }],
    ['times in milliseconds', { ...base, start_time: '1753574400123' }, { ...baseSpan, startNanos: '1753574400123000000' }],
    ['times in nanoseconds', { ...base, start_time: '1753574400123456789' }, { ...baseSpan, startNanos: '1753574400123456789' }],
    ['success in other words', { ...base, success: ' TRUE ' }, { ...baseSpan, status: 'ok' }],
    ['absent in all words', { ...base, parent_span: ' NONE ', agent_name: 'None', error: '', success: 'null', runtime: 'null' }, baseSpan],
    ['an unknown event', { ...base, event_type: 'agent_called' }, { ...baseSpan, attributes: { event_type: 'agent_called' } }],
    ['an operation without span id', { trace_id: 't', operation: 'op' }, { ...baseSpan, spanId: 'entry 1753574400139-0' }],
    ['no trace id', { span_id: 's', operation: 'op' }, { error: 'no trace_id' }],
    ['a trace id that says nothing', { ...base, trace_id: 'null' }, { error: 'no trace_id' }],
    ['nothing that happened', { trace_id: 't', span_id: 's' }, { error: 'neither operation, function_name nor a known event_type' }],
    [
      'an event without span id',
      { trace_id: 't', event_type: 'span_end', operation: 'x' },
      { error: 'no span_id, so this span_end cannot be paired' },
    ],
    ['nothing', {}, { error: 'no trace_id' }],
  ])('reads %s', (_, fields, expected) => {
    expect(known(fields)).toEqual(expected);
  });

  it('keeps a name that comes again under a name of its own', () => {
    const fields = ['trace_id', 't', 'operation', 'a', 'operation', 'b', 'x', '1', 'x', '2', 'x#2', '3', 'x', '4'];
    const reading = readTexts('s', '1-0', fields) as SpanRecord;
    expect(reading.name).toBe('a');
    expect(JSON.parse(reading.attributes)).toEqual({ 'operation#2': 'b', x: 1, 'x#3': 2, 'x#2': 3, 'x#4': 4 });
  });

  it('takes no text for part of another', () => {
    for (const next of ['7', '[1]', 'true', '-', 'x'])
      expect(readTexts('s', '1-0', ['trace_id', 't', 'operation', 'op', 'a', '', next, ''])).toMatchObject({
        attributes: `{"a":"","${next}":""}`,
      });
  });

  it('keeps names that are dangerous, empty, long and many', () => {
    for (let at = 0; at < 5000; at++) expect(read({ ...base, [`n${at}`]: 'v' })).toMatchObject({ attributes: `{"n${at}":"v"}` });
    const fields = [
      'trace_id',
      't',
      'operation',
      'op',
      '__proto__',
      'p',
      'constructor',
      'c',
      '',
      'e',
      'l'.repeat(5000),
      'long',
      'a"b\n',
      'q',
    ];
    const { attributes } = readTexts('s', '1-0', fields) as SpanRecord;
    expect(attributes).toBe(`{"__proto__":"p","constructor":"c","":"e","${'l'.repeat(5000)}":"long","a\\"b\\n":"q"}`);
  });

  it('reads huge values and odd lists of fields', () => {
    const huge = 'x'.repeat(10 * 1024 ** 2);
    expect(read({ ...base, trace_id: huge, big: `{"a":"${huge}"}` })).toMatchObject({ traceId: huge });
    expect(readTexts('s', '1-0', ['trace_id', 't', 'operation'])).toEqual({ error: 'the last field has no value' });
  });

  it('gives a dead letter everything back', () => {
    const { payload, reason } = deadLetterOf('s 1-0', ['a', '1', 'a', '"', '__proto__', 'x', 'odd'], 'why');
    expect(Buffer.from(payload).toString()).toBe('{"origin":"s 1-0","fields":{"a":"1","a":"\\"","__proto__":"x","odd":null}}');
    expect(reason).toBe('why');
  });
});
