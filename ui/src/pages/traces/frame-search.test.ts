import { describe, expect, it } from 'vitest';
import { translateSearch } from './frame-search.ts';

describe('translateSearch', () => {
  it.each([
    ['', '', []],
    ['agent.name:report*', '{ resource.service.name =~ "report.*" }', []],
    ['agent.name:"a \\"b\\"" AND level:ERROR', '{ resource.service.name = "a \\"b\\"" } && { status = error }', []],
    ['timeout AND tool:query', '{ .gen_ai.tool.name = "query" }', ['timeout']],
    ['a:b OR c:d', '', ['a:b OR c:d']],
    ['NOT level:ERROR', '', ['NOT level:ERROR']],
    ['level:INFO', '', ['level:INFO']],
    ['constructor:x', '', ['constructor:x']],
  ])('of %j', (text, filter, ignored) => {
    expect(translateSearch({ text, language: 'lucene' })).toEqual({ filter, ignored });
  });

  it('reads KQL', () => {
    expect(translateSearch({ text: 'level : "ERROR" and tool: x', language: 'kql' }).filter).toBe(
      '{ status = error } && { .gen_ai.tool.name = "x" }',
    );
  });
});
