import { describe, expect, it } from 'vitest';
import type { Call } from './call.ts';
import { DefinitionBytes } from './definition-bytes.ts';

const asked = (method: string, cursor?: string) => ({ method, params: cursor === undefined ? {} : { cursor } }) as unknown as Call;
const page = (name: string, nextCursor?: string) => ({ jsonrpc: '2.0', id: 1, result: { tools: [{ name }], nextCursor } });
const sizeOf = (answer: object) => Buffer.byteLength(JSON.stringify(answer));

describe('bytes of definitions', () => {
  it('are those of the answer, with all its pages', () => {
    const bytes = new DefinitionBytes();
    expect(bytes.answered(asked('tools/list'), page('ünï'))).toBe(sizeOf(page('ünï')));
    expect(bytes.answered(asked('tools/list'), page('a', 'next'))).toBeUndefined();
    expect(bytes.answered(asked('prompts/list'), page('c'))).toBe(sizeOf(page('c')));
    expect(bytes.answered(asked('tools/list', 'next'), page('b'))).toBe(sizeOf(page('a', 'next')) + sizeOf(page('b')));
  });

  it('are not guessed', () => {
    const bytes = new DefinitionBytes();
    expect(bytes.answered(asked('tools/list', 'next'), page('b'))).toBeUndefined();
    expect(bytes.answered(asked('tools/call'), page('b'))).toBeUndefined();
    expect(bytes.answered(asked('tools/list'), {})).toBeUndefined();
  });
});
