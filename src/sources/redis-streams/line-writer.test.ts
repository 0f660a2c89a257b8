import { describe, expect, it } from 'vitest';
import { type ByteSource, sourceOf } from '../../lib/byte-words.ts';
import { escapedText } from '../../model/signal-lines.ts';
import { writeAttribute } from './attribute-text.ts';
import { scaledInteger } from './decimal-nanos.ts';
import { LineWriter } from './line-writer.ts';

/** Decimals of all lengths, the same in each run. */
function* decimals(): Generator<string> {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const digits = (count: number) => Array.from({ length: count }, () => '0015789'[random(7)]).join('');
  for (let round = 0; round < 20_000; round++) yield digits(random(21)) + (random(3) === 0 ? '' : '.') + digits(random(11));
}

const written = (write: (line: LineWriter, source: ByteSource) => unknown, text: string) => {
  const line = new LineWriter();
  const done = write(line, sourceOf(text));
  return { done, text: line.bytes.toString() };
};

describe('LineWriter', () => {
  it('moves the point of decimals as exact arithmetic does, or leaves them', () => {
    let moved = 0;
    for (const decimal of decimals()) {
      const { done, text } = written((line, { bytes }) => line.scaled(bytes, 0, bytes.length, 9), decimal);
      if (done) expect(text, decimal).toBe(scaledInteger(decimal, 9));
      else expect(text).toBe('');
      if (done) moved++;
    }
    expect(moved).toBeGreaterThan(5000);
    for (const other of ['', '.', '0', '-1', '1e3', '1.2.3', ' 1', '9999999999', '9'.repeat(40)])
      expect(
        written((line, { bytes }) => line.scaled(bytes, 0, bytes.length, 9), other),
        other,
      ).toEqual({ done: false, text: '' });
  });

  it('writes as numbers what JavaScript writes so, and everything else as text', () => {
    for (const decimal of decimals()) {
      const expected = String(Number(decimal)) === decimal ? decimal : `"${decimal}"`;
      expect(written((line, source) => writeAttribute(source, 0, source.bytes.length, line), decimal).text, decimal).toBe(expected);
    }
  });

  it.each(['\0', '\t', '\n', '\r', '\\', '"', '\u001f', ' ', '!', '[', '\u007f', 'ü', '😀', '\u0080'])(
    'finds %j wherever it stands in a text',
    (char) => {
      for (let length = 0; length < 10; length++) {
        for (let place = 0; place <= length; place++) {
          const text = `${'a'.repeat(place)}${char}${'z'.repeat(length - place)}`;
          // Its neighbours must not count.
          const padded = `\\"\t${text}\n"\\`;
          const end = Buffer.byteLength(padded) - 3;
          expect(written((line, source) => line.escaped(source, 3, end), padded).text, text).toBe(escapedText(text));
          const mayStand = JSON.stringify(text) === `"${text}"`;
          const { done, text: json } = written((line, source) => line.quoted(source, 3, end), padded);
          expect([done, json], text).toEqual(mayStand ? [true, `"${text}"`] : [false, '']);
        }
      }
    },
  );

  it('grows, and takes back', () => {
    const line = new LineWriter();
    const long = sourceOf('\\'.repeat(300_000));
    line.text('kept');
    line.escaped(long, 0, long.bytes.length);
    expect(line.bytes.toString()).toBe(`kept${'\\\\'.repeat(300_000)}`);
    line.cutTo(4);
    line.text('ü\t😀'.repeat(30));
    expect(line.bytes.toString()).toBe(`kept${'ü\\t😀'.repeat(30)}`);
  });
});
