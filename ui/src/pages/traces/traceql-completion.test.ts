import { describe, expect, it } from 'vitest';
import { complete, fieldNames, suggestedFields, suggestedValues, typingAt } from './traceql-completion.ts';

describe('typingAt', () => {
  it.each([
    ['{ na', { what: 'field', text: 'na' }],
    ['{ name = "a" && sta', { what: 'field', text: 'sta' }],
    ['{ name = "for', { what: 'value', text: 'for', field: 'name' }],
    ['{ name=~', { what: 'value', text: '', field: 'name' }],
    ['{ span."with spaces" = "x', { what: 'value', text: 'x', field: 'span."with spaces"' }],
    ['{ name = "a } {', { what: 'value', text: 'a } {', field: 'name' }],
    ['{ .a = 1 } >> { ', { what: 'field', text: '' }],
    ['', undefined],
    ['{ name = "a" } ', undefined],
    ['{ name = "a" ', undefined],
  ])('of %j', (query, expected) => {
    const typing = typingAt(query, query.length);
    if (expected === undefined) expect(typing).toBeUndefined();
    else expect(typing).toMatchObject(expected);
  });
});

describe('completion', () => {
  it('puts a chosen value in place of what was typed', () => {
    const query = '{ name = "fo" && x }';
    const typing = typingAt(query, 12);
    expect(typing && complete(query, 12, typing, '"forecast" ')).toEqual({ query: '{ name = "forecast" && x }', cursor: 20 });
  });

  it('writes names as TraceQL does, those that begin so first', () => {
    const names = fieldNames({ intrinsic: ['span:name'], mesh: ['agent_name'], span: ['a name', 'city'], resource: ['host.name'] });
    expect(suggestedFields(names, 'name').map(({ inserted }) => inserted)).toEqual([
      'name = ',
      'resource.service.name = ',
      'span."a name" = ',
      'resource.host.name = ',
      '.agent_name = ',
      'span:name = ',
    ]);
  });

  it('quotes texts only', () => {
    const values = [
      { value: 'a "b"', type: 'string' },
      { value: 5, type: 'number' },
      { value: 'error', type: 'status' },
    ];
    expect(suggestedValues(values, '').map(({ inserted }) => inserted)).toEqual(['"a \\"b\\"" ', '5 ', 'error ']);
  });
});
