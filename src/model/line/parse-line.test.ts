import { describe, expect, it } from 'vitest';
import { processorMillis } from '../../lib/testing/processor-millis.ts';
import type { AddedFields } from './added-fields.ts';
import { parseLine } from './parse-line.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const text = (line: string | Uint8Array, fields: AddedFields = {}) => Buffer.from(parseLine(line, fields, now)).toString();
const parsed = (line: string | Uint8Array, fields: AddedFields = {}): unknown => JSON.parse(text(line, fields));
const local = (time: string, fraction = '000') => `${new Date(time).toISOString().slice(0, -5)}.${fraction}Z`;

describe('text formats', () => {
  const rows: [string, string, Record<string, unknown>][] = [
    [
      'MCP Mesh',
      '2026-01-05 14:24:38 INFO     Agent started',
      { timestamp: local('2026-01-05T14:24:38'), level: 'INFO', msg: 'Agent started' },
    ],
    [
      'MCP Mesh with a trace prefix',
      "2026-01-05 14:24:38 DEBUG    [a1b2c3d4] 🔧 Tool 'add' called",
      {
        timestamp: local('2026-01-05T14:24:38'),
        level: 'DEBUG',
        msg: "[a1b2c3d4] 🔧 Tool 'add' called",
        trace: { trace_id_prefix: 'a1b2c3d4' },
      },
    ],
    [
      'Python with names',
      '2026-01-05 14:24:38,123 - app.tools - WARNING - slow',
      { timestamp: local('2026-01-05T14:24:38', '123'), level: 'WARNING', name: 'app.tools', msg: 'slow' },
    ],
    [
      'Python with brackets and a zone',
      '2026-01-05T14:24:38+0200 [ERROR] app: failed',
      { timestamp: '2026-01-05T12:24:38.000Z', level: 'ERROR', name: 'app', msg: 'failed' },
    ],
    ['Python basicConfig', 'INFO:root:hello: world', { level: 'INFO', name: 'root', msg: 'hello: world' }],
    [
      'loguru',
      '2026-01-05 14:24:38.123 | INFO     | app.main:run:12 - started',
      { timestamp: local('2026-01-05T14:24:38', '123'), level: 'INFO', name: 'app.main:run:12', msg: 'started' },
    ],
    ['uvicorn', 'INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK', { level: 'INFO', msg: '127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK' }],
    [
      'klog, last year',
      'E1205 14:24:38.123456       1 server.go:42] no route',
      {
        timestamp: local('2025-12-05T14:24:38', '123456'),
        level: 'ERROR',
        msg: 'no route',
        thread_id: 1,
        source: { file: 'server.go', line: 42 },
      },
    ],
    [
      'Go',
      '[TRACE-EXPORT] 2026/11/20 13:17:15 TRACE a1b2c3d4 (15ms)',
      { timestamp: local('2026-11-20T13:17:15'), name: 'TRACE-EXPORT', msg: 'TRACE a1b2c3d4 (15ms)' },
    ],
    [
      'gin',
      '[GIN] 2026/01/05 - 14:24:38 | 200 | 1.2ms | GET "/health"',
      { timestamp: local('2026-01-05T14:24:38'), name: 'GIN', msg: '200 | 1.2ms | GET "/health"' },
    ],
    [
      'Spring Boot',
      '2026-01-05T14:24:38.123Z  WARN 1 --- [main] c.e.App : slow',
      { timestamp: '2026-01-05T14:24:38.123Z', level: 'WARN', msg: '1 --- [main] c.e.App : slow' },
    ],
    [
      'Logback',
      '2026-01-05 14:24:38,123 [main] ERROR c.e.App - failed',
      { timestamp: local('2026-01-05T14:24:38', '123'), level: 'ERROR', msg: 'c.e.App - failed' },
    ],
    [
      'tracing-subscriber in colour',
      '\u001b[2m2026-01-05T14:24:38.123456Z\u001b[0m \u001b[32m INFO\u001b[0m core: up',
      { timestamp: '2026-01-05T14:24:38.123456Z', level: 'INFO', msg: 'core: up' },
    ],
    [
      'logfmt',
      'time=2026-01-05T14:24:38Z level=info msg="tool \\"add\\" called" tool=add __proto__=x',
      {
        timestamp: '2026-01-05T14:24:38.000Z',
        level: 'INFO',
        msg: 'tool "add" called',
        tool: 'add',
        ['__proto__']: 'x',
      },
    ],
    ['brackets', '[warn] low disk', { level: 'WARN', msg: 'low disk' }],
    ['plain', 'just words, a=b', { msg: 'just words, a=b' }],
    ['a day that does not exist', '2026-02-30 14:24:38 INFO     x', { msg: '2026-02-30 14:24:38 INFO     x' }],
    ['a capital word', 'ERROR is what it said', { msg: 'ERROR is what it said' }],
    ['broken JSON', '{"a":1', { msg: '{"a":1' }],
    ['JSON that is no object', '[1,2]', { msg: '[1,2]' }],
    ['empty', '', { msg: '' }],
  ];
  it.each(rows)('%s', (_, line, expected) => {
    expect(text(line)).toBe(JSON.stringify(expected));
  });

  it('stays fast on a huge line', () => {
    const lines = [
      `${'2026-01-05 14:24:38 '.repeat(100_000)}`,
      ' '.repeat(4e6),
      'a="'.repeat(1e6),
      `[${'-'.repeat(4e6)}`,
      '\u001b['.repeat(1e6),
    ];
    const millis = processorMillis(() => {
      for (const line of lines) expect(parsed(line)).toHaveProperty('msg');
    });
    expect(millis).toBeLessThan(5000);
  });
});

describe('JSON objects', () => {
  const fields = { hostname: 'h', kubernetes: { namespace: 'mesh', pod_name: 'p' } };
  const rows: [string, string, string][] = [
    [
      'adds behind, bytes kept',
      '{"n":12345678901234567890.10, "a" : [1,{"b":"}"}]}',
      '{"n":12345678901234567890.10, "a" : [1,{"b":"}"}],"hostname":"h","kubernetes":{"namespace":"mesh","pod_name":"p"}}',
    ],
    ['empty object', '{ }', '{ "hostname":"h","kubernetes":{"namespace":"mesh","pod_name":"p"}}'],
    ['never overwrites', '{"hostname":null,"kubernetes":"x"}', '{"hostname":null,"kubernetes":"x"}'],
    [
      'inside an object of that name',
      '{"kubernetes": {"pod_name":"mine"} ,"z":1}',
      '{"kubernetes": {"pod_name":"mine","namespace":"mesh"} ,"z":1,"hostname":"h"}',
    ],
    ['inside an empty one', '{"hostname":1,"kubernetes":{}}', '{"hostname":1,"kubernetes":{"namespace":"mesh","pod_name":"p"}}'],
    [
      'an escaped name',
      '{"hostname":1,"a":{"kubernetes":{}},"\\u006bubernetes":{"pod_name":"}"}}',
      '{"hostname":1,"a":{"kubernetes":{}},"\\u006bubernetes":{"pod_name":"}","namespace":"mesh"}}',
    ],
    [
      'prototype names',
      '{"__proto__":{"a":1},"constructor":2,"hostname":0,"kubernetes":0}',
      '{"__proto__":{"a":1},"constructor":2,"hostname":0,"kubernetes":0}',
    ],
    ['white space around', ' \t{"hostname":1,"kubernetes":1} ', '{"hostname":1,"kubernetes":1}'],
  ];
  it.each(rows)('%s', (_, line, expected) => {
    expect(text(line, fields)).toBe(expected);
    JSON.parse(text(line, fields));
  });

  it('does not overflow on deep nesting', () => {
    const deep = `{"kubernetes":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`;
    expect(text(deep, fields)).toMatch(/^\{"kubernetes":\{"a".*,"hostname":"h"\}$/s);
  });

  it('keeps the bytes of a line that is not UTF-8', () => {
    const line = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(parsed(line)).toEqual({ a: '\ufffd', raw_base64: line.toString('base64') });
    const plain = Buffer.from([0x61, 0xc3]);
    expect(parsed(plain)).toEqual({ msg: 'a\ufffd', raw_base64: plain.toString('base64') });
  });
});

describe('container lines', () => {
  const time = '2026-01-05T14:24:38.123456789Z';
  const rows: [string, string, unknown][] = [
    ['CRI text', `${time} stderr F boom`, { msg: 'boom', '@timestamp': time, stream: 'stderr' }],
    ['CRI with tags', `${time} stdout P:x boom`, { msg: 'boom', '@timestamp': time, stream: 'stdout' }],
    ['CRI empty', `${time} stdout F`, { msg: '', '@timestamp': time, stream: 'stdout' }],
    ['CRI JSON with its own time', `${time} stdout F {"timestamp":"t","stream":"s"}`, { timestamp: 't', stream: 's' }],
    ['CRI JSON with pino time', `${time} stdout F {"time":1}`, { time: 1, stream: 'stdout' }],
    ['CRI JSON without', `${time} stdout F {"a":1}`, { a: 1, '@timestamp': time, stream: 'stdout' }],
    [
      'CRI around a time without a zone',
      `${time} stdout F 2026-01-05 16:24:38 INFO     x`,
      { level: 'INFO', msg: 'x', '@timestamp': time, stream: 'stdout' },
    ],
    [
      'Docker',
      JSON.stringify({ log: '{"a":1}\n', stream: 'stdout', attrs: { tag: 'x' }, time }),
      { a: 1, '@timestamp': time, stream: 'stdout', attrs: { tag: 'x' } },
    ],
    [
      'not Docker: a further key',
      JSON.stringify({ log: 'x\n', stream: 'stdout', time, k: 1 }),
      { log: 'x\n', stream: 'stdout', time, k: 1 },
    ],
    ['not CRI: another stream', `${time} stdin F x`, { timestamp: time, msg: 'stdin F x' }],
  ];
  it.each(rows)('%s', (_, line, expected) => {
    expect(parsed(line)).toEqual(expected);
  });
});
