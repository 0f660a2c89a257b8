import { describe, expect, it } from 'vitest';
import { type BulkFailure, type BulkOperation, parseBulk } from './parse-bulk.ts';

const defaults = { index: undefined, requireAlias: false, pipeline: undefined };
const parse = (text: string, index?: string) => parseBulk(Buffer.from(text), { ...defaults, index });

function operations(text: string, index?: string) {
  const parsed = parse(text, index) as readonly BulkOperation[];
  expect(parsed, JSON.stringify(parsed)).toBeInstanceOf(Array);
  return parsed.map(({ target, start, end }) => [target.action, target.index, target.id, text.slice(start, end)]);
}

describe('parseBulk', () => {
  it.each<[string, string, unknown[][]]>([
    [
      'one of each action',
      '{"index":{"_index":"a"}}\n{"x":1}\n{"create":{"_index":"b","_id":"1"}}\n{}\n{"delete":{"_index":"c","_id":"2"}}\n{"update":{"_index":"d","_id":"3"}}\n{"doc":{}}\n',
      [
        ['index', 'a', undefined, '{"x":1}'],
        ['create', 'b', '1', '{}'],
        ['delete', 'c', '2', ''],
        ['update', 'd', '3', '{"doc":{}}'],
      ],
    ],
    ['CRLF', '{"index":{"_index":"a"}}\r\n{"x":1}\r\n', [['index', 'a', undefined, '{"x":1}']]],
    [
      'blank lines between operations',
      '\n\r\n{"index":{"_index":"a"}}\n{}\n\n\n{"index":{"_index":"a"}}\n{}\n',
      [
        ['index', 'a', undefined, '{}'],
        ['index', 'a', undefined, '{}'],
      ],
    ],
    ['a blank source, which fails by itself', '{"index":{"_index":"a"}}\n\n', [['index', 'a', undefined, '']]],
    ['_type, which old clients send', '{"index":{"_index":"a","_type":"_doc"}}\n{}\n', [['index', 'a', undefined, '{}']]],
    ['a numeric id', '{"index":{"_index":"a","_id":7}}\n{}\n', [['index', 'a', '7', '{}']]],
    ['op_type in the action line', '{"index":{"_index":"a","op_type":"create"}}\n{}\n', [['create', 'a', undefined, '{}']]],
    ['null for the id', '{"index":{"_index":"a","_id":null}}\n{}\n', [['index', 'a', undefined, '{}']]],
    ['spaces in the action line', ' { "index" : { "_index" : "a" } } \n{}\n', [['index', 'a', undefined, '{}']]],
    ['prototype names as ids', '{"index":{"_index":"a","_id":"__proto__"}}\n{}\n', [['index', 'a', '__proto__', '{}']]],
  ])('reads %s', (_, text, expected) => {
    expect(operations(text)).toEqual(expected);
  });

  it('takes the index of the address, unless the line has one', () => {
    expect(operations('{"index":{}}\n{}\n{"index":{"_index":"b"}}\n{}\n', 'a').map(([, index]) => index)).toEqual(['a', 'b']);
  });

  it('shares the target of equal lines', () => {
    const parsed = parse('{"index":{"_index":"a"}}\n{}\n'.repeat(1000)) as readonly BulkOperation[];
    expect(new Set(parsed.map(({ target }) => target)).size).toBe(1);
  });

  it.each<[string, BulkFailure['type'], RegExp]>([
    ['', 'action_request_validation_exception', /no requests added/],
    ['\n', 'action_request_validation_exception', /no requests added/],
    ['x', 'illegal_argument_exception', /must be terminated by a newline/],
    ['{"index":{"_index":"a"}}\n{}', 'illegal_argument_exception', /must be terminated by a newline/],
    ['x\n', 'illegal_argument_exception', /action\/metadata line \[1\]/],
    ['[]\n', 'illegal_argument_exception', /line \[1\], expected START_OBJECT/],
    ['null\n', 'illegal_argument_exception', /line \[1\], expected START_OBJECT/],
    ['{}\n{}\n', 'illegal_argument_exception', /expected one action/],
    ['{"index":{},"create":{}}\n{}\n', 'illegal_argument_exception', /expected one action/],
    ['{"__proto__":{}}\n{}\n', 'illegal_argument_exception', /found \[__proto__\]/],
    ['{"upsert":{}}\n{}\n', 'illegal_argument_exception', /found \[upsert\]/],
    ['{"index":7}\n{}\n', 'illegal_argument_exception', /expected an object/],
    ['{"index":{"_index":"a"}}\n', 'illegal_argument_exception', /a source line is expected/],
    [
      '{"index":{"_index":"a"}}\n{}\n{"index":{"_index":"a","what":1}}\n{}\n',
      'illegal_argument_exception',
      /line \[3\], contains an unknown parameter \[what\]/,
    ],
    ['{"index":{"_index":"a","_id":""}}\n{}\n', 'illegal_argument_exception', /must not be empty/],
    ['{"index":{"_index":"a","_id":{"a":1}}}\n{}\n', 'illegal_argument_exception', /\[_id\]/],
    ['{"index":{"_index":["a"]}}\n{}\n', 'illegal_argument_exception', /\[_index\]/],
    ['{"index":{"_index":"a","_id":"1","if_seq_no":"x"}}\n{}\n', 'illegal_argument_exception', /\[if_seq_no\]/],
    ['{"index":{"_index":"a","_id":"1","version":1.5,"version_type":"external"}}\n{}\n', 'illegal_argument_exception', /\[version\]/],
    ['{"index":{"_index":"a","_id":"1","version_type":"forced"}}\n{}\n', 'illegal_argument_exception', /version type/],
    ['{"index":{}}\n{}\n', 'action_request_validation_exception', /1: index is missing/],
    ['{"delete":{"_index":"a"}}\n', 'action_request_validation_exception', /1: id is missing/],
  ])('refuses %j as a whole', (text, type, reason) => {
    expect(parse(text)).toEqual({ type, reason: expect.stringMatching(reason) });
  });

  it('names a few of many problems only', () => {
    const { reason } = parse('{"delete":{}}\n'.repeat(10_000)) as BulkFailure;
    expect(reason.length).toBeLessThan(1000);
  });
});
