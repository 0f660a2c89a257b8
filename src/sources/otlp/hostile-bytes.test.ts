import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { AppError } from '../../lib/errors.ts';
import { decodeLogs } from './decode-logs.ts';
import { decodeMetrics } from './decode-metrics.ts';
import { decodeTraces } from './decode-traces.ts';
import type { Signal } from './otlp-schema.ts';
import { Room } from './room.ts';
import { fromJson, full } from './testing/full-requests.ts';

const room = () => new Room(1e9);
const decoders: Readonly<Record<Signal, (bytes: Buffer) => readonly unknown[]>> = {
  traces: (bytes) => decodeTraces(bytes, room()).records,
  logs: (bytes) => decodeLogs(bytes, room(), 0).records,
  metrics: (bytes) => decodeMetrics(bytes, room()).records,
};

describe.each(['traces', 'logs', 'metrics'] as const)('hostile %s', (signal) => {
  const bytes = fromJson(signal, full[signal]);

  it('survives being cut at every byte', () => {
    for (let length = 0; length < bytes.length; length++) {
      const cut = Buffer.from(bytes.subarray(0, length));
      if (length === 0) expect(decoders[signal](cut)).toEqual([]);
      else expect(() => decoders[signal](cut)).toThrow(/at byte \d+$/);
    }
  });

  const decodesOrRefuses = (input: Uint8Array) => {
    try {
      decoders[signal](Buffer.from(input));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'bad_request') throw error;
    }
  };

  it('survives random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodesOrRefuses), randomCases(2000));
  });

  it('survives changed bytes', () => {
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, (list) => {
        const changed = Buffer.from(bytes);
        for (const [at, value] of list) changed[at] = value;
        decodesOrRefuses(changed);
      }),
      randomCases(3000),
    );
  });

  it.each([
    ['groups without an end', Buffer.alloc(100_000, 0x0b)],
    ['a group that ends', Buffer.from([0x0b, 0x10, 0x01, 0x0c]), true],
    ['a group that ends as another', Buffer.from([0x0b, 0x14])],
    ['an end without a group', Buffer.from([0x0c])],
    ['field 0', Buffer.from([0x02, 0x00])],
    ['wire type 7', Buffer.from([0x0f])],
    ['an endless integer', Buffer.alloc(20, 0xff)],
    ['a length of 2^63', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])],
  ])('meets %s', (_, input, isFine = false) => {
    if (isFine) expect(decoders[signal](input)).toEqual([]);
    else expect(() => decoders[signal](input)).toThrow(AppError);
  });

  it('bounds what a request grows to', () => {
    const small = new Room(1000);
    expect(() => Array.from({ length: 10 }, () => small.take(1))).toThrow(/send smaller batches/);
  });
});
