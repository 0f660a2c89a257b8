import { describe, expect, it } from 'vitest';
import { parseJson } from '../lib/json/json-text.ts';
import { dynamicTemplateFor, effectiveMapping } from './effective-mapping.ts';
import { checkMappingLimits, mergeMappings, parseMapping } from './mapping.ts';

const properties = (value: object) => parseMapping({ properties: value as never });

describe('parseMapping', () => {
  it('nests names with dots and joins them with the object', () => {
    expect(properties({ 'a.b': { type: 'keyword' }, a: { properties: { c: { type: 'long' } } } })).toEqual({
      properties: { a: { properties: { b: { type: 'keyword' }, c: { type: 'long' } } } },
    });
  });

  it.each([
    { _doc: { properties: { a: { type: 'long' } } } },
    { mytype: { properties: { a: { type: 'long' } } } },
    { properties: { a: { type: 'long' } } },
  ])('unwraps a type name: %j', (sent) => expect(parseMapping(sent)).toEqual({ properties: { a: { type: 'long' } } }));

  it.each([
    [{ properties: { a: { type: 'strange' } } }, 'No handler for type [strange] declared on field [a]'],
    [{ properties: { a: { analyzer: 'x' } } }, 'No type specified for field [a]'],
    [{ properties: { a: 'keyword' } }, 'Expected map'],
    [{ properties: { 'a..b': { type: 'long' } } }, 'field name cannot be an empty string'],
    [{ properties: { a: { type: 'alias' } } }, 'The [path] property must be specified'],
    [{ properties: { a: { type: 'text', fields: { b: { type: 'object' } } } } }, 'cannot be used in multi field [a.b]'],
    [{ dynamic: 'maybe' }, 'dynamic'],
    [{ foo: 1 }, 'Root mapping definition has unsupported parameters:  [foo : 1]'],
    [{ dynamic_templates: { a: 1 } }, 'array of named objects'],
    [{ dynamic_templates: [{ r: { match_pattern: 'regex', match: '(a+)+$', mapping: {} } }] }, 'at most 3 quantifiers'],
    [{ dynamic_templates: [{ r: { match_pattern: 'regex', match: '(', mapping: {} } }] }, 'must be a valid expression'],
    [[], 'must be an object'],
  ])('refuses %j', (sent, reason) => {
    expect(() => parseMapping(sent as never)).toThrow(
      expect.objectContaining({ type: 'mapper_parsing_exception', message: expect.stringContaining(reason) }),
    );
  });

  it('keeps prototype names as fields', () => {
    const mapping = parseMapping(parseJson('{"properties":{"__proto__":{"type":"keyword"},"constructor":{"type":"long"}}}'));
    expect([...effectiveMapping(mapping).fields.keys()]).toEqual(['__proto__', 'constructor']);
  });
});

describe('mergeMappings', () => {
  const base = properties({
    a: { type: 'text', fields: { keyword: { type: 'keyword' } } },
    d: { type: 'date', format: 'strict_date_time' },
    o: { properties: { x: { type: 'long' } } },
  });

  it('adds fields, multi-fields and members of objects', () => {
    const added = properties({
      a: { type: 'text', fields: { raw: { type: 'wildcard' } } },
      o: { properties: { y: { type: 'ip' } } },
      n: { type: 'long' },
    });
    expect(mergeMappings(base, added, 'update')).toEqual(
      properties({
        a: { type: 'text', fields: { keyword: { type: 'keyword' }, raw: { type: 'wildcard' } } },
        d: { type: 'date', format: 'strict_date_time' },
        o: { properties: { x: { type: 'long' }, y: { type: 'ip' } } },
        n: { type: 'long' },
      }),
    );
  });

  it.each([
    [{ a: { type: 'keyword' } }, 'mapper [a] cannot be changed from type [text] to [keyword]'],
    [{ 'o.x': { type: 'keyword' } }, 'mapper [o.x] cannot be changed from type [long] to [keyword]'],
    [{ o: { type: 'long' } }, "can't merge an object mapping [o] with a non object mapping"],
    [{ 'a.b': { type: 'long' } }, "can't merge a non object mapping [a] with an object mapping"],
    [{ d: { type: 'date', format: 'epoch_millis' } }, 'Cannot update parameter [format]'],
  ])('refuses to change by %j', (sent, reason) => {
    expect(() => mergeMappings(base, properties(sent), 'update')).toThrow(reason);
  });

  it('lets a later template replace a field and a dynamic template of the same name', () => {
    const first = parseMapping({
      properties: { a: { type: 'text' } },
      dynamic_templates: [{ s: { mapping: { type: 'text' } } }],
      _meta: { x: 1, y: { a: 1 } },
    });
    const second = parseMapping({
      properties: { a: { type: 'keyword' } },
      dynamic_templates: [{ s: { mapping: { type: 'keyword' } } }],
      _meta: { y: { b: 2 } },
    });
    expect(mergeMappings(first, second, 'template')).toEqual({
      properties: { a: { type: 'keyword' } },
      dynamic_templates: [{ s: { mapping: { type: 'keyword' } } }],
      _meta: { x: 1, y: { a: 1, b: 2 } },
    });
  });
});

describe('checkMappingLimits', () => {
  it.each([
    [properties({ a: { type: 'text', fields: { k: { type: 'keyword' } } } }), 1, 20, 'Limit of total fields [1]'],
    [properties({ 'a.b.c': { type: 'long' } }), 100, 2, 'Limit of mapping depth [2]'],
  ])('refuses what is over', (mapping, fields, depth, reason) => {
    expect(() => checkMappingLimits(mapping, fields, depth)).toThrow(reason);
  });
});

describe('effectiveMapping', () => {
  const mapping = effectiveMapping(
    parseMapping({
      dynamic: 'strict',
      properties: {
        msg: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
        message: { type: 'alias', path: 'msg.keyword' },
        o: { dynamic: true, properties: { n: { type: 'nested', properties: { v: { type: 'date', format: 'epoch_millis' } } } } },
      },
    }),
  );

  it('lists fields, multi-fields and aliases', () => {
    expect(
      [...mapping.fields.values()].map(({ path, type, sourcePath, ignoreAbove, format }) => [path, type, sourcePath, ignoreAbove, format]),
    ).toEqual([
      ['msg', 'text', 'msg', 0, undefined],
      ['msg.keyword', 'keyword', 'msg', 256, undefined],
      ['o.n.v', 'date', 'o.n.v', 0, 'epoch_millis'],
      ['message', 'keyword', 'msg', 256, undefined],
    ]);
    expect([...mapping.objects]).toEqual([
      ['o', 'object'],
      ['o.n', 'nested'],
    ]);
  });

  it('inherits dynamic', () => {
    expect(['', 'o', 'o.n', 'else.where'].map(mapping.dynamicAt)).toEqual(['strict', 'true', 'true', 'strict']);
  });

  it('chooses a dynamic template', () => {
    const { dynamicTemplates } = effectiveMapping(
      parseMapping({
        dynamic_templates: [
          { ids: { match: '*_id', unmatch: 'no_*', mapping: { type: 'keyword' } } },
          { labels: { path_match: 'labels.*', match_mapping_type: 'string', mapping: { type: 'keyword', meta: { n: '{name}' } } } },
          { other: { match_mapping_type: '*', mapping: { type: '{dynamic_type}' } } },
        ],
      }),
    );
    expect(dynamicTemplateFor(dynamicTemplates, 'user.account_id', 'long')).toEqual({ type: 'keyword' });
    expect(dynamicTemplateFor(dynamicTemplates, 'labels.app', 'string')).toEqual({ type: 'keyword', meta: { n: 'app' } });
    expect(dynamicTemplateFor(dynamicTemplates, 'no_id', 'long')).toEqual({ type: 'long' });
    expect(dynamicTemplateFor([], 'x', 'long')).toBeUndefined();
    const regex = effectiveMapping(
      parseMapping({ dynamic_templates: [{ r: { match_pattern: 'regex', match: '^id_\\d+$', mapping: { type: 'keyword' } } }] }),
    );
    expect(dynamicTemplateFor(regex.dynamicTemplates, 'a.id_12', 'string')).toEqual({ type: 'keyword' });
    expect(dynamicTemplateFor(regex.dynamicTemplates, 'a.id_x', 'string')).toBeUndefined();
  });
});
