import { describe, expect, it } from 'vitest';
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

const written = (write: (line: LineWriter, bytes: Buffer) => unknown, text: string) => {
  const line = new LineWriter();
  const done = write(line, Buffer.from(text));
  return { done, text: line.bytes.toString() };
};

describe('LineWriter', () => {
  it('moves the point of decimals as exact arithmetic does, or leaves them', () => {
    let moved = 0;
    for (const decimal of decimals()) {
      const { done, text } = written((line, bytes) => line.scaled(bytes, 0, bytes.length, 9), decimal);
      if (done) expect(text, decimal).toBe(scaledInteger(decimal, 9));
      else expect(text).toBe('');
      if (done) moved++;
    }
    expect(moved).toBeGreaterThan(5000);
    for (const other of ['', '.', '0', '-1', '1e3', '1.2.3', ' 1', '9999999999', '9'.repeat(40)])
      expect(
        written((line, bytes) => line.scaled(bytes, 0, bytes.length, 9), other),
        other,
      ).toEqual({ done: false, text: '' });
  });

  it('writes as numbers what JavaScript writes so, and everything else as text', () => {
    for (const decimal of decimals()) {
      const expected = String(Number(decimal)) === decimal ? decimal : `"${decimal}"`;
      expect(written((line, bytes) => writeAttribute(bytes, 0, bytes.length, line), decimal).text, decimal).toBe(expected);
    }
  });

  it('grows, and takes back', () => {
    const line = new LineWriter();
    const long = Buffer.from('\\'.repeat(300_000));
    line.text('kept');
    line.escaped(long, 0, long.length);
    expect(line.bytes.toString()).toBe(`kept${'\\\\'.repeat(300_000)}`);
    line.cutTo(4);
    line.text('ü\t😀'.repeat(30));
    expect(line.bytes.toString()).toBe(`kept${'ü\\t😀'.repeat(30)}`);
  });
});
