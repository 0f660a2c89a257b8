import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { maxDepth } from './json-transcoder.ts';
import { UnreadableRecord } from './json-writer.ts';
import { RecordDocuments } from './record-document.ts';
import { endOfValue } from './value-scanner.ts';

const context = { tag: Buffer.from('"app.web"'), time: { seconds: 1_795_168_800, nanoseconds: 5 } };
const added = '"@timestamp":"2026-11-20T10:00:00.000000005Z","tag":"app.web"';

function records(options: { parseLog?: boolean; maxDocumentBytes?: number } = {}): RecordDocuments {
  return new RecordDocuments({ maxDocumentBytes: 1_000_000, parseLog: true, ...options });
}

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const json = (bytes: Uint8Array) => records().json(Buffer.from(bytes), 0, bytes.length).toString();
const document = (record: unknown, options = {}) => {
  const bytes = Buffer.from(encode(record, { useBigInt64: true }));
  return records(options).document(bytes, 0, bytes.length, context)?.toString();
};

describe('values as JSON text', () => {
  it.each([
    ['uint64 at its end', 'cf ff ff ff ff ff ff ff ff', '18446744073709551615'],
    ['int64 at its end', 'd3 80 00 00 00 00 00 00 00', '-9223372036854775808'],
    ['2^53 + 1', 'cf 00 20 00 00 00 00 00 01', '9007199254740993'],
    ['int8', 'd0 80', '-128'],
    ['int16', 'd1 80 00', '-32768'],
    ['int32', 'd2 80 00 00 00', '-2147483648'],
    ['uint8', 'cc ff', '255'],
    ['fixints', '92 7f e0', '[127,-32]'],
    ['float32', 'ca 3f c0 00 00', '1.5'],
    ['float64', 'cb 3f b9 99 99 99 99 99 9a', '0.1'],
    ['integral float', 'cb 40 08 00 00 00 00 00 00', '3.0'],
    ['large float', 'cb 44 b5 2d 02 c7 e1 4a f6', '1e+23'],
    ['minus zero', 'cb 80 00 00 00 00 00 00 00', '-0.0'],
    ['NaN', 'cb 7f f8 00 00 00 00 00 00', '"NaN"'],
    ['infinity', 'cb 7f f0 00 00 00 00 00 00', '"Infinity"'],
    ['minus infinity', 'ca ff 80 00 00', '"-Infinity"'],
    ['nil, false, true', '93 c0 c2 c3', '[null,false,true]'],
    ['str8', 'd9 01 61', '"a"'],
    ['line ends, quotes, controls', 'a6 0a 0d 22 5c 00 7f', '"\\n\\r\\"\\\\\\u0000\x7f"'],
    ['UTF-8', 'a4 f0 9f 98 80', '"😀"'],
    ['one byte that is no UTF-8', 'a5 61 c3 a9 ff 62', '"aé\\\\xff b"'.replace(' ', '')],
    ['a character cut off', 'a2 61 e2', '"a\\\\xe2"'],
    ['a surrogate in UTF-8', 'a3 ed a0 80', '"\\\\xed\\\\xa0\\\\x80"'],
    ['bin that is text', 'c4 02 68 69', '"hi"'],
    ['bin that is not', 'c4 03 ff fe fd', '"//79"'],
    ['ext', 'd4 05 ff', '{"type":5,"data":"/w=="}'],
    ['ext of a negative type', 'c7 00 80', '{"type":-128,"data":""}'],
    ['EventTime', 'd7 00 6b 00 1a 20 00 00 00 01', '"2026-11-20T10:00:00.000000001Z"'],
    [
      'keys that are no strings',
      '86 01 01 c0 02 c3 03 cb 3f f8 00 00 00 00 00 00 04 91 01 05 81 a1 61 01 06',
      '{"1":1,"null":2,"true":3,"1.5":4,"[1]":5,"{\\"a\\":1}":6}',
    ],
    ['a key of bytes', '81 c4 01 61 01', '{"a":1}'],
    ['duplicate keys', '83 a1 61 01 a1 62 02 a1 61 03', '{"b":2,"a":3}'],
    ['a key that becomes a duplicate', '82 01 c2 a1 31 c3', '{"1":true}'],
    ['duplicates below duplicates', '82 a1 61 01 a1 61 82 a1 62 01 a1 62 02', '{"a":{"b":2}}'],
    [
      '__proto__ and constructor',
      '82 a9 5f 5f 70 72 6f 74 6f 5f 5f 01 ab 63 6f 6e 73 74 72 75 63 74 6f 72 02',
      '{"__proto__":1,"constructor":2}',
    ],
    ['an empty key', '81 a0 80', '{"":{}}'],
  ])('%s', (_, hex, expected) => {
    expect(json(bytesOf(hex))).toBe(expected);
  });

  it('keeps the last of each of many duplicate keys', () => {
    const pairs = Array.from({ length: 3000 }, (_, n) => Buffer.concat([encode(`k${n % 1000}`), encode(n)]));
    const text = json(Buffer.concat([bytesOf('de 0b b8'), ...pairs]));
    const keys = [...text.matchAll(/"k\d+":/g)];
    expect(keys).toHaveLength(1000);
    expect(JSON.parse(text)).toEqual(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, 2000 + n])));
  });

  it('is equal to what was encoded, whatever it was', () => {
    const anything = fc.anything({
      withNullPrototype: false,
      maxDepth: 6,
      values: [
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
      ],
    });
    fc.assert(
      fc.property(anything, (value) => {
        const expected: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
        expect(JSON.parse(json(encode(expected)))).toEqual(expected);
      }),
    );
  });

  it('never fails but as unreadable on values of random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        let end = 0;
        try {
          end = endOfValue(buffer, 0, buffer.length);
        } catch {
          return;
        }
        const text = records().json(buffer, 0, end).toString();
        expect(() => JSON.parse(text)).not.toThrow();
        expect(text).not.toMatch(/[\r\n]/);
      }),
      randomCases(2000),
    );
  });

  it('reads to the depth limit, and refuses what is deeper without overflowing the stack', () => {
    const nested = (depth: number) => Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([0xc0])]);
    expect(json(nested(maxDepth))).toBe(`${'['.repeat(maxDepth)}null${']'.repeat(maxDepth)}`);
    for (const depth of [maxDepth + 1, 500_000]) expect(() => json(nested(depth))).toThrow(UnreadableRecord);
  });

  it('refuses keys in keys, whose quotes would double at each level', () => {
    const hostile = Buffer.concat([Buffer.alloc(40, 0x81), bytesOf('01 02'), Buffer.alloc(39, 0x01)]);
    expect(() => json(hostile)).toThrow('a map key holds a map whose key is not a string');
  });

  it('refuses a document that outgrows the limit', () => {
    const bytes = Buffer.from(encode({ a: '\u0001'.repeat(20_000) }));
    expect(() => records({ maxDocumentBytes: 50_000 }).document(bytes, 0, bytes.length, context)).toThrow(/larger than 50000/);
  });

  it('takes a text of many characters and one bad byte at its end in linear time', () => {
    const text = Buffer.concat([Buffer.from('é'.repeat(300_000)), Buffer.from([0xff])]);
    expect(
      records({ maxDocumentBytes: 10_000_000 }).json(Buffer.concat([bytesOf('db 00 09 27 c1'), text]), 0, text.length + 5).length,
    ).toBe(600_007);
  });
});

describe('documents', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['an empty record', {}, `{${added}}`],
    ['own fields first', { msg: 'hi', n: 1 }, `{"msg":"hi","n":1,${added}}`],
    ['a timestamp of its own', { timestamp: 'x' }, '{"timestamp":"x","tag":"app.web"}'],
    ['an @timestamp of its own', { '@timestamp': 1 }, '{"@timestamp":1,"tag":"app.web"}'],
    ['a timestamp that is only nested', { a: { timestamp: 1 } }, `{"a":{"timestamp":1},${added}}`],
    ['a tag of its own', { '@timestamp': 1, tag: 'mine' }, '{"@timestamp":1,"tag":"mine","fluent_tag":"app.web"}'],
    ['a fluent_tag too', { '@timestamp': 1, tag: 'mine', fluent_tag: 2 }, '{"@timestamp":1,"tag":"mine","fluent_tag":2}'],
    ['integers of 64 bits', { id: 2n ** 64n - 1n }, `{"id":18446744073709551615,${added}}`],
    ['a log that is text', { log: 'plain' }, `{"log":"plain",${added}}`],
    [
      'a log that is JSON',
      { log: '{"msg":"hi","n":12345678901234567890.10}\n', stream: 'stdout' },
      `{"stream":"stdout","msg":"hi","n":12345678901234567890.10,${added}}`,
    ],
    ['only a log that is JSON', { log: ' {"a" : 1 , "b":[{"c":"}"},"]"] } ' }, `{"a" : 1,"b":[{"c":"}"},"]"],${added}}`],
    ['a log that is an empty object', { log: '{}' }, `{${added}}`],
    ['a log whose fields win', { stream: 'outer', log: '{"stream":"inner"}' }, `{"stream":"inner",${added}}`],
    ['a log with a field log', { log: '{"log":"inner","x":null}' }, `{"log":"inner","x":null,${added}}`],
    ['a log with a time and a tag', { log: '{"timestamp":"t","tag":"x"}' }, '{"timestamp":"t","tag":"x","fluent_tag":"app.web"}'],
    [
      'a log with duplicate and escaped keys',
      { log: '{"a":1,"\\u0061":2,"__proto__":{"q":"\\"\\\\"}}' },
      `{"\\u0061":2,"__proto__":{"q":"\\"\\\\"},${added}}`,
    ],
    ['a log over several lines', { log: '{\r\n  "a": [\n 1,\n 2 ]\n}' }, `{"a": [  1,  2 ],${added}}`],
    ['a log that is an array', { log: '[1]' }, `{"log":"[1]",${added}}`],
    ['a log that only begins as an object', { log: '{"a":1} and more' }, `{"log":"{\\"a\\":1} and more",${added}}`],
    ['a log that is no text', { log: { a: 1 } }, `{"log":{"a":1},${added}}`],
  ])('%s', (_, record, expected) => {
    expect(document(record)).toBe(expected);
  });

  it('leaves log alone when told so', () => {
    expect(document({ log: '{"a":1}' }, { parseLog: false })).toBe(`{"log":"{\\"a\\":1}",${added}}`);
  });

  it('leaves a log alone that is nested deeper than a record may be', () => {
    const log = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(JSON.parse(document({ log }) ?? '')).toMatchObject({ log });
  });

  it('adds the time that could not be read, and metadata', () => {
    const bytes = Buffer.from(encode({ a: 1 }));
    const text = records().document(bytes, 0, bytes.length, { ...context, unreadTime: '"soon"', metadata: '{"m":1}' });
    expect(text?.toString()).toBe(`{"a":1,${added},"fluent_time":"soon","fluent_metadata":{"m":1}}`);
  });

  it.each([null, 1, 'text', [1]])('is not made of %j', (record) => {
    expect(document(record)).toBeUndefined();
  });

  it('merges any JSON object as Fluentd does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), (outer, inner) => {
        const { log: _, ...rest } = outer;
        const merged: unknown = JSON.parse(document({ ...rest, log: JSON.stringify(inner, undefined, 2) }) ?? '');
        const plain = JSON.parse(JSON.stringify({ ...rest, ...inner })) as Record<string, unknown>;
        expect(merged).toMatchObject(plain);
      }),
    );
  });
});
