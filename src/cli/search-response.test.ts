import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSearchResponse } from './search-response.ts';

const answer = (hits: string, rest = '') =>
  Buffer.from(`{"took":1,"timed_out":false,${rest}"hits":{"total":{"value":2,"relation":"eq"},"hits":[${hits}]}}`);
const sources = (text: Buffer) => parseSearchResponse(text).hits.map((hit) => hit.source?.toString('utf8'));

describe('documents', () => {
  it.each([
    ['big integer', '{"id":12345678901234567890123}'],
    ['long fraction', '{"x":0.1000000000000000000001,"y":1.0,"z":-0,"e":1E400}'],
    ['duplicate keys', '{"a":1,"a":2}'],
    ['prototype keys', '{"__proto__":{"x":1},"constructor":null}'],
    ['braces, quotes and backslashes in strings', String.raw`{"a\"}]":"}{\\\"]","b":"\\","c":"\u0022"}`],
    ['names of the envelope', '{"hits":{"hits":[1]},"_source":{},"sort":[9],"pit_id":"x","timed_out":true}'],
    ['inner white space', '{ "a" :\t[ 1 , 2 ] }'],
    ['empty', '{}'],
    ['unicode', '{"ü":"日本 🎉 \\ud800"}'],
    ['not an object', 'null'],
  ])('come out byte for byte: %s', (_name, source) => {
    expect(sources(answer(`{"_index":"a","_id":"1","_source":${source},"sort":[1]},{"_source":${source}}`))).toEqual([source, source]);
  });

  it('lose line ends between members, so that each stays one line', () => {
    expect(sources(answer('{"_source":{\r\n  "a": "x\\ny"\n}}'))).toEqual(['{    "a": "x\\ny" }']);
  });

  it('may be missing', () => {
    expect(sources(answer('{"_id":"1"},{}'))).toEqual([undefined, undefined]);
  });

  it('may be nested far deeper than the stack', () => {
    const deep = `${'[{"a":'.repeat(200_000)}1${'}]'.repeat(200_000)}`;
    expect(sources(answer(`{"_source":${deep}}`))).toEqual([deep]);
  });

  it('come out equal whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.json()), (documents) => {
        expect(sources(answer(documents.map((text) => ` {"sort":[{}], "_source" : ${text} }`).join(' ,')))).toEqual(documents);
      }),
    );
  });
});

describe('envelope', () => {
  it('gives sort values as text', () => {
    const { hits } = parseSearchResponse(answer('{"_source":{},"sort":[9223372036854775807,"a,\\"]"]},{"sort":[ [1,2] ]}'));
    expect(hits.map((hit) => hit.sort)).toEqual(['[9223372036854775807,"a,\\"]"]', '[ [1,2] ]']);
  });

  it.each([
    ['{"hits":{"total":7,"hits":[]}}', { total: 7, pitId: undefined, partial: false }],
    ['{"hits":{"hits":[]},"pit_id":"p\\u0041"}', { total: undefined, pitId: 'pA', partial: false }],
    ['{"timed_out":true,"hits":{"hits":[]}}', { total: undefined, pitId: undefined, partial: true }],
    ['{"_shards":{"total":2,"failed":1},"hits":{"hits":[]}}', { total: undefined, pitId: undefined, partial: true }],
    [
      '\n{ "_shards" : {"failed":0} , "hits" : { "total" : {"value":3} , "max_score" : null , "hits" : [ ] } }\n',
      { total: 3, pitId: undefined, partial: false },
    ],
  ])('%s', (text, expected) => {
    expect(parseSearchResponse(Buffer.from(text))).toEqual({ hits: [], ...expected });
  });
});

describe('an answer that is not complete', () => {
  const whole = answer('{"_id":"1","_source":{"a":"b\\"c","d":[1,{"e":null}]},"sort":[1]}', '"pit_id":"x",').toString();

  it('is refused wherever it was cut', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseSearchResponse(Buffer.from(whole.slice(0, length))), whole.slice(0, length)).toThrow(/not a complete JSON text/);
    }
    expect(parseSearchResponse(Buffer.from(whole)).hits).toHaveLength(1);
  });

  it.each(['', '[]', '"hits"', '<html>', '{}', '{"hits":[]}', '{"hits":{"hits":{}}}', '{"hits":{"hits":[1]}}', '{"hits" {"hits":[]}}'])(
    'is refused: %s',
    (text) => {
      expect(() => parseSearchResponse(Buffer.from(text))).toThrow(/not a complete JSON text/);
    },
  );
});
