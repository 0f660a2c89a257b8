import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { definitionMarks, toolDefinitions } from './tool-definitions.ts';

const list = (tools: unknown) => ({ method: 'tools/list', from: 'client' as const, result: { tools } });
const keep = () => 'redacted' as const;
const sum = { name: 'sum', inputSchema: { properties: { password: { type: 'string' } } } };

describe('definitions of tools', () => {
  it('are those of the list, as the server wrote them', () => {
    const text = JSON.stringify(sum);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const found = toolDefinitions(list([sum]), keep, 1000);
    expect(found).toEqual([{ name: 'sum', sha256, text }]);
    expect(definitionMarks(found)).toEqual([`${sha256} sum`]);
  });

  it.each([
    ['another call', { ...list([sum]), method: 'tools/call' }],
    ['a question of the server', { ...list([sum]), from: 'server' as const }],
    ['no list', list({})],
    ['no result', { ...list([]), result: undefined }],
  ])('are not in %s', (_, call) => {
    expect(toolDefinitions(call, keep, 1000)).toBeUndefined();
  });

  it('leave out what is no tool, and all beyond five hundred', () => {
    const nested = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`) as unknown;
    const strange = [null, 7, {}, { name: 3 }, { name: 'x'.repeat(201) }, { name: 'deep', nested }];
    expect(toolDefinitions(list([...strange, sum]), keep, 1000)?.map(({ name }) => name)).toEqual(['sum']);
    expect(toolDefinitions(list(Array.from({ length: 900 }, () => sum)), keep, 1000)).toHaveLength(500);
  });

  it('are known by their hash alone where contents are off, or where they are too long', () => {
    const texts = (policy: 'off' | 'full', maxBytes: number) =>
      toolDefinitions(list([sum]), () => policy, maxBytes)?.map(({ text }) => text);
    expect(texts('off', 1000)).toEqual([undefined]);
    expect(texts('full', 10)).toEqual([undefined]);
    expect(texts('full', 1000)).toEqual([JSON.stringify(sum)]);
  });
});
