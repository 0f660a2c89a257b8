import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedBytes } from './msgpack-header.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { endOfValue } from './value-scanner.ts';

const values = [null, [1, [2, { a: 'x'.repeat(40), b: [] }]], new Uint8Array(70_000), 'text', -1, 2 ** 40, 1.5, {}, ['tag', 1, { k: 'v' }]];
const stream = Buffer.concat(values.map((value) => encode(value)));

function cut(pieces: Iterable<Buffer>, maxBytes = 1_000_000): Buffer[] {
  const received = new ReceiveBuffer(maxBytes);
  const cuts: Buffer[] = [];
  for (const piece of pieces) {
    received.append(Buffer.from(piece));
    for (let value = received.next(); value; value = received.next()) cuts.push(Buffer.from(value));
  }
  return cuts;
}

function* piecesOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('ReceiveBuffer', () => {
  it.each([1, 2, 3, 7, 64, 4096, 1_000_000])('finds the same values in pieces of %i bytes', (size) => {
    expect(cut(piecesOf(stream, size))).toEqual(values.map((value) => Buffer.from(encode(value))));
  });

  it('finds the same values however the stream is cut', () => {
    const small = Buffer.concat([encode([1, { a: [null, 'b'] }]), encode('c'.repeat(300)), encode({ d: new Uint8Array(20) })]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (sizes) => {
        const pieces: Buffer[] = [];
        for (let at = 0, i = 0; at < small.length; i++) {
          const size = sizes[i % sizes.length] as number;
          pieces.push(small.subarray(at, at + size));
          at += size;
        }
        expect(Buffer.concat(cut(pieces))).toEqual(small);
        expect(cut(pieces)).toHaveLength(3);
      }),
    );
  });

  it.each([
    ['array32 of 4 billion', 'dd ff ff ff ff'],
    ['map32 of 4 billion', 'df ff ff ff ff'],
    ['map32 within what an array32 of the limit leaves', 'dc 03 00 df 00 00 02 00'],
    ['str32 of 4 GiB', 'db ff ff ff ff'],
    ['bin32 of 4 GiB', 'c6 ff ff ff ff'],
    ['ext32 of 4 GiB', 'c9 ff ff ff ff 00'],
    ['arrays in arrays that add up', 'dd 00 00 02 00 dd 00 00 02 00 dd 00 00 02 00'],
  ])('refuses %s as soon as it is declared', (_, hex) => {
    const received = new ReceiveBuffer(1024);
    received.append(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    expect(() => received.next()).toThrow(/over the limit of 1024/);
  });

  it('tells where in the stream a byte is wrong', () => {
    const received = new ReceiveBuffer(1024);
    received.append(Buffer.from(encode('before')));
    expect(received.next()).toBeDefined();
    expect(received.next()).toBeUndefined();
    received.append(Buffer.from([0x92, 0x01, 0xc1]));
    const failure = (() => {
      try {
        received.next();
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(failure).toBeInstanceOf(MalformedBytes);
    expect(failure).toMatchObject({ offset: 9, message: '0xc1 is not MessagePack' });
  });

  it('skips nesting that would overflow a stack', () => {
    const deep = Buffer.concat([Buffer.alloc(900_000, 0x91), Buffer.from([0xc0])]);
    expect(cut([deep])).toHaveLength(1);
  });

  it('gives memory only to bytes that came, and gives it back', () => {
    const received = new ReceiveBuffer(64 * 1_048_576);
    received.append(Buffer.from('db03f00000', 'hex'));
    expect(received.next()).toBeUndefined();
    expect(received.capacity).toBeLessThan(100);
    const whole = new ReceiveBuffer(64 * 1_048_576);
    for (const piece of piecesOf(Buffer.from(encode(new Uint8Array(3_000_000))), 65_536)) whole.append(Buffer.from(piece));
    expect(whole.next()).toHaveLength(3_000_005);
    expect(whole.next()).toBeUndefined();
    expect(whole.capacity).toBe(0);
  });
});

describe('endOfValue', () => {
  it('throws at each place where a value may be cut off, and never reads past the end', () => {
    const bytes = Buffer.from(encode(['tag', [[1, { a: 'b', c: [1.5, 2 ** 40, null] }]], { chunk: 'x' }]));
    for (let end = 0; end < bytes.length; end++) expect(() => endOfValue(bytes, 0, end)).toThrow(MalformedBytes);
    expect(endOfValue(bytes, 0, bytes.length)).toBe(bytes.length);
  });
});
