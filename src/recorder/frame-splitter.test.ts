import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameSplitter, type RawFrame } from './frame-splitter.ts';

function split(chunks: readonly Buffer[], limit = 1000): RawFrame[] {
  const frames: RawFrame[] = [];
  const splitter = new FrameSplitter(limit, (frame) => frames.push(frame));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return frames;
}

const texts = (frames: readonly RawFrame[]) => frames.map(({ head }) => head.toString());

describe('FrameSplitter', () => {
  it.each([
    ['one line', ['{"a":1}\n'], ['{"a":1}']],
    ['no line end at the end', ['a\nb'], ['a', 'b']],
    ['carriage returns', ['a\r\nb\r\n'], ['a', 'b']],
    ['empty lines', ['\n\r\n\na\n\n'], ['a']],
    ['a carriage return within', ['a\rb\n'], ['a\rb']],
    ['nothing', [], []],
  ])('cuts %s', (_, chunks, expected) => {
    expect(texts(split(chunks.map((chunk) => Buffer.from(chunk))))).toEqual(expected);
  });

  it('gives the same frames however the stream is cut into chunks, inside of characters too', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.integer({ min: 1, max: 7 })), (lines, sizes) => {
        const stream = Buffer.from(lines.join('\n'));
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? stream.length;
          chunks.push(stream.subarray(at, at + size));
          at += size;
        }
        expect(split(chunks)).toEqual(split([stream]));
      }),
    );
  });

  it('keeps the beginning, the size and the hash of a line over the limit', () => {
    const line = Buffer.from('x'.repeat(95) + 'yz'.repeat(30));
    const frames = split([line.subarray(0, 99), line.subarray(99, 101), line.subarray(101), Buffer.from('\nnext\n')], 100);
    expect(frames).toEqual([
      {
        bytes: 155,
        head: line.subarray(0, 100),
        cut: true,
        tail: line.subarray(99),
        sha256: createHash('sha256').update(line).digest('hex'),
      },
      { bytes: 4, head: Buffer.from('next'), cut: false, tail: Buffer.alloc(0), sha256: undefined },
    ]);
  });

  it('goes on with the next whole line after a gap', () => {
    const frames: RawFrame[] = [];
    const splitter = new FrameSplitter(10, (frame) => frames.push(frame));
    splitter.push(Buffer.from('a\nbbb'));
    splitter.skip();
    splitter.push(Buffer.from('bbb'));
    splitter.push(Buffer.from('b\nc\n'));
    expect(texts(frames)).toEqual(['a', 'c']);
  });
});
