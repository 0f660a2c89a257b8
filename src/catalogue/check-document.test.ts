import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../lib/json/json-text.ts';
import { documentCheck } from './check-document.ts';
import { effectiveMapping } from './effective-mapping.ts';
import type { Mapping } from './mapping.ts';

const isDate = (text: string) => /^\d{4}-\d\d-\d\dT/.test(text);
const check = (mapping: JsonObject, settings: Record<string, string> = {}) =>
  documentCheck(effectiveMapping(mapping as Mapping), settings, { isDate });

const typed: JsonObject = {
  properties: {
    n: { type: 'long' },
    f: { type: 'float' },
    b: { type: 'boolean' },
    t: { type: 'date' },
    ip: { type: 'ip' },
    o: { properties: { n: { type: 'integer' } } },
    text: { type: 'text' },
  },
};

describe('documentCheck', () => {
  it('is nothing where the mapping refuses nothing', () => {
    expect(check({})).toBeUndefined();
    expect(check({ properties: { msg: { type: 'text' }, level: { type: 'keyword' } } })).toBeUndefined();
    expect(check(typed, { 'index.mapping.ignore_malformed': 'true' })).toBeUndefined();
  });

  it.each<[JsonObject]>([
    [{ n: 1, f: 1.5, b: true, t: '2024-01-15T10:00:00Z', ip: '10.0.0.1', o: { n: 3 } }],
    [{ n: '12', f: '1e3', b: 'false', ip: '::1' }],
    [{ n: [1, null, 2], unknown: { anything: ['x', 1] }, text: 5 }],
    [{ 'o.n': 4 }],
    [{}],
  ])('takes %j', (document) => {
    expect(check(typed)?.(document)).toBeUndefined();
  });

  it.each<[JsonObject, string]>([
    [{ n: 'abc' }, "field [n] of type [long]. Preview of field's value: 'abc'"],
    [{ n: true }, '[n]'],
    [{ n: { x: 1 } }, '[n]'],
    [{ n: [1, 'x'] }, '[n]'],
    [{ f: '' }, '[f]'],
    [{ b: 1 }, '[b]'],
    [{ t: 'yesterday' }, 'field [t] of type [date]'],
    [{ ip: 'localhost' }, '[ip]'],
    [{ o: { n: 3e9 } }, '[o.n]'],
    [{ 'o.n': 'x' }, '[o.n]'],
  ])('refuses %j', (document, reason) => {
    expect(check(typed)?.(document)).toMatchObject({ type: 'document_parsing_exception', reason: expect.stringContaining(reason) });
  });

  it('refuses fields that a strict mapping does not know, at the depth where it is strict', () => {
    const strict = check({ dynamic: 'strict', properties: { a: { type: 'keyword' }, free: { dynamic: 'true', properties: {} } } });
    expect(strict?.({ a: 'x', free: { anything: 1 } })).toBeUndefined();
    expect(strict?.({ b: 1 })).toMatchObject({
      type: 'strict_dynamic_mapping_exception',
      reason: expect.stringContaining('[b] within [_doc]'),
    });
  });
});
