import { describe, expect, it } from 'vitest';
import { FrameBuilder } from './frame-builder.ts';

const add = (frame: FrameBuilder, text: string, id = '') => {
  const bytes = Buffer.from(text);
  return frame.addDocument('i', id, bytes, 0, bytes.length);
};
const linesOf = (frame: FrameBuilder) => frame.finish().payload.toString().split('\n').slice(0, -1);

describe('FrameBuilder', () => {
  it('writes each kind of line and numbers rows on', () => {
    const frame = new FrameBuilder(5, 10);
    expect(add(frame, '{"a":1}')).toEqual({ row: 5 });
    expect(add(frame, '{"a":2}', '3:x')).toEqual({ row: 6 });
    expect(frame.addDeletion('i', '4:x')).toBe(7);
    frame.addDeadLetter('i\t2', 'forward', 'bad\nline', Buffer.from([0, 9, 10, 255]));
    expect(linesOf(frame)).toEqual([
      '+\ti\t\t5\t="a":1\t{"a":1}',
      '+\ti\t3:x\t6\t="a":2\t{"a":2}',
      '-\ti\t4:x\t7\t\t',
      '!\ti 2\tforward\t8\tbad line\tAAkK/w==',
    ]);
    expect(frame.finish()).toMatchObject({ rows: 4, content: { keyed: true, deadLetters: true } });
  });

  it('takes white space out between tokens, so that a document is one line', () => {
    const frame = new FrameBuilder(0, 0);
    add(frame, ' {\r\n\t"a b" : [ "1 2" , "x\\ty" ] }\n');
    expect(linesOf(frame)).toEqual([expect.stringMatching(/\t\{"a b":\["1 2","x\\ty"\]\}$/)]);
  });

  it('adds the search form of hard documents, without line ends and tabs', () => {
    const frame = new FrameBuilder(0, 0);
    add(frame, '{"a":[{"b":"x\\n\\t"},1,12345678901234567890123]}');
    const [line] = linesOf(frame) as [string];
    expect(line.split('\t')).toHaveLength(6);
    expect(JSON.parse(line.split('\t')[4] as string)).toBeTypeOf('object');
    expect(line.split('\t')[5]).toBe('{"a":[{"b":"x\\n\\t"},1,12345678901234567890123]}');
  });

  it.each([
    '',
    ' ',
    '[]',
    '7',
    '{',
    '{"a":1}x',
    '{"a":"\n"}',
    '{"a":"\t"}',
    '{a:1}',
    '{"a":01}',
    `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`,
  ])('adds nothing for %.20j', (text) => {
    const frame = new FrameBuilder(0, text.length);
    expect(add(frame, text)).toMatchObject({ error: expect.any(String), at: expect.any(Number) });
    expect(frame.finish()).toMatchObject({ rows: 0, payload: Buffer.alloc(0) });
  });

  it('grows when documents are larger than was expected', () => {
    const frame = new FrameBuilder(0, 1);
    const text = JSON.stringify({ msg: 'ü'.repeat(100_000) });
    for (let count = 0; count < 20; count++) add(frame, text, `1:${count}`);
    expect(linesOf(frame).map((line) => line.split('\t')[5])).toEqual(new Array(20).fill(text));
  });

  it('refuses to write what would break a line', () => {
    expect(() => new FrameBuilder(0, 0).addDeletion('i', '1:a\tb')).toThrow(/BUG/);
  });
});
