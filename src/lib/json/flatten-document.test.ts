import { expect, it } from 'vitest';
import { flattenDocument } from './flatten-document.ts';

it.each([
  ['{"a":{"b":[{"c":1},{"c":2}]}}', '{"a.b.c":[1,2]}'],
  ['{"a":[[1],[2,[3]]]}', '{"a":[1,2,3]}'],
  ['{"a":[1,"x",true,null]}', '{"a":["1","x","true"]}'],
  ['{"a":[1,2.5]}', '{"a":[1e+0,2.5]}'],
  ['{"a":9007199254740993}', '{"a":9007199254740993}'],
  ['{"a":123456789012345678901234567890}', '{"a":1.2345678901234568e+29}'],
  ['{"a":1e400}', '{"a":"1e400"}'],
  ['{"a":{},"b":[],"c":null,"d":[null,{}]}', '{}'],
  ['{"a.b":1,"a":{"b":2}}', '{"a.b":[1,2]}'],
  ['{"a\\n":"\\ud800"}', '{"a\\n":"\ufffd"}'],
  ['{"":{"":1}}', '{"":1}'],
  ['{"__proto__":{"constructor":1}}', '{"__proto__.constructor":1}'],
  ['{"a":[{"b":1},2,{"b":"x"}]}', '{"a.b":["1","x"],"a":2}'],
])('flattens %s', (text, flat) => {
  expect(flattenDocument(text)).toBe(flat);
});

it('does not exhaust the stack', () => {
  const text = `${'{"a":'.repeat(500)}[${'['.repeat(10)}1${']'.repeat(10)}]${'}'.repeat(500)}`;
  expect(flattenDocument(text)).toBe(`{"${Array(500).fill('a').join('.')}":1}`);
});
