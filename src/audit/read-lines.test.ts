import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLines, readLinesBackward } from './read-lines.ts';
import { collect, newFolder } from './testing/audit-bench.ts';

const block = 64 * 1024;

describe('lines of a file', () => {
  const long = 'y'.repeat(300);
  it.each([
    ['nothing', ''],
    ['one line', 'a\n'],
    ['empty lines', '\n\na\n\n'],
    ['a torn line', 'a\nbc'],
    ['only a torn line', 'abc'],
    ['a line that is too long', `a\n${long}\nb\n`],
    ['a torn line that is too long', `a\n${long}`],
    ['lines around the end of a block', `${'x'.repeat(99)}\n`.repeat(block / 100)],
    ['a line feed at the end of a block', `${'x\n'.repeat(block / 2)}z\n`],
    ['a line feed at the begin of a block', `${'x\n'.repeat(block / 2 - 1)}xx\nz\n`],
    ['a torn line of many blocks', `a\n${'z'.repeat(3 * block)}`],
    ['a line of many blocks that is too long', `a\n${'z'.repeat(3 * block)}\nb\n`],
  ])('%s: forward, backward, and up to every end', async (_name, text) => {
    const path = join(newFolder(), 'file');
    writeFileSync(path, text);
    const expected = text.split('\n').map((line) => (line.length > 200 ? '' : line));
    const torn = text.split('\n').at(-1) as string;
    const complete = expected.slice(0, -1);
    const forward = await collect(readLines(path, 200));
    expect(forward.filter((line) => !line.torn).map((line) => line.bytes.toString())).toEqual(complete);
    expect(forward.filter((line) => line.torn)).toHaveLength(torn === '' ? 0 : 1);
    const backward = await collect(readLinesBackward(path, 200));
    expect(backward.map(String).reverse()).toEqual(complete);
    const half = await collect(readLines(path, 200, Math.floor(text.length / 2)));
    const halfText = text.slice(0, Math.floor(text.length / 2)).split('\n');
    expect(half.filter((line) => !line.torn)).toHaveLength(halfText.length - 1);
  });
});
