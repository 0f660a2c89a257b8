import { describe, expect, it } from 'vitest';
import { parseToolId, printToolId, toolTraceQl } from './tool-id.ts';

describe('ids of tools', () => {
  it.each([
    { server: 'weather', tool: 'forecast' },
    { server: '@scope/server', tool: 'a/b c%20"ü' },
    { server: 'alone', tool: undefined },
  ])('are read back: %j', (name) => {
    expect(parseToolId(printToolId(name))).toEqual(name.tool === undefined ? { server: 'alone' } : name);
  });

  it.each([
    ['weather/get/forecast', { server: 'weather', tool: 'get/forecast' }],
    ['100%/x', { server: '100%', tool: 'x' }],
  ])('take what somebody wrote by hand: %s', (id, name) => {
    expect(parseToolId(id)).toEqual(name);
  });

  it('become TraceQL that cannot be broken out of', () => {
    expect(toolTraceQl({ server: 'a"b\\', tool: 'x' }, true)).toBe(
      '{ resource.service.name = "a\\"b\\\\" && (name = "x" || span.gen_ai.tool.name = "x") && status = error }',
    );
  });
});
