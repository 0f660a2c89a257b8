import { gzipSync } from 'node:zlib';
import { ExtData, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import { emptyBatch, type ForwardBatch } from './batch.ts';
import { EventDecoder } from './decode-events.ts';
import { MalformedBytes } from './msgpack-header.ts';
import { RecordDocuments } from './record-document.ts';

const now = 1_795_168_800_000;
const limits = { maxMessageBytes: 1_000_000, maxDecompressedBytes: 2_000_000, batchBytes: 1_000_000 };

type Decoded = Readonly<{
  documents: unknown[];
  deadLetters: { payload: string; reason: string }[];
  acks: string[];
  batches: ForwardBatch[];
}>;

async function decode(bytes: Uint8Array, changed: Partial<typeof limits> = {}): Promise<Decoded> {
  const batches = [emptyBatch()];
  const records = new RecordDocuments({ maxDocumentBytes: 1_000_000, parseLog: true });
  const sink = { batch: () => batches.at(-1) as ForwardBatch, handOver: async () => void batches.push(emptyBatch()) };
  await new EventDecoder(records, { ...limits, ...changed }, sink, () => now).message(Buffer.from(bytes));
  const text = (payload: Uint8Array) => Buffer.from(payload).toString();
  return {
    documents: batches.flatMap((batch) => batch.documents.map((document) => JSON.parse(text(document)) as unknown)),
    deadLetters: batches.flatMap((batch) => batch.deadLetters.map(({ payload, reason }) => ({ payload: text(payload), reason }))),
    acks: batches.flatMap((batch) => batch.acks.map((ack) => ack.toString('hex'))),
    batches,
  };
}

const t = 1_795_168_800;
const at = '2026-11-20T10:00:00.000000000Z';
const entries = (...records: unknown[]) => Buffer.concat(records.map((record) => encode([t, record])));
const eventTime = new ExtData(0, Buffer.from('6b001a20075bcd15', 'hex'));
const a = { a: 1, '@timestamp': at, tag: 'x' };
const b = { b: 2, '@timestamp': at, tag: 'x' };

describe('modes', () => {
  it.each<[string, unknown, unknown[]]>([
    ['Message', ['x', t, { a: 1 }], [a]],
    ['Message with options', ['x', t, { a: 1 }, { chunk: 'c' }], [a]],
    ['Message with nil for options', ['x', t, { a: 1 }, null], [a]],
    ['Message with EventTime', ['x', eventTime, { a: 1 }], [{ ...a, '@timestamp': '2026-11-20T10:00:00.123456789Z' }]],
    ['Message with nil for the time', ['x', null, { a: 1 }], [a]],
    ['Message with time 0', ['x', 0, { a: 1 }], [a]],
    ['Message with milliseconds', ['x', now, { a: 1 }], [{ ...a, fluent_time: now }]],
    ['Message with time and metadata', ['x', [t, { m: 1 }], { a: 1 }], [{ ...a, fluent_metadata: { m: 1 } }]],
    [
      'Forward',
      [
        'x',
        [
          [t, { a: 1 }],
          [t, { b: 2 }],
        ],
      ],
      [a, b],
    ],
    ['Forward with options', ['x', [[t, { a: 1 }]], { size: 1, chunk: 'c' }], [a]],
    [
      'Forward with metadata',
      ['x', [[[eventTime, { m: 1 }], { a: 1 }]]],
      [{ ...a, '@timestamp': '2026-11-20T10:00:00.123456789Z', fluent_metadata: { m: 1 } }],
    ],
    [
      'Forward of two entries without records',
      [
        'x',
        [
          [t, {}],
          [t, {}],
        ],
      ],
      [
        { '@timestamp': at, tag: 'x' },
        { '@timestamp': at, tag: 'x' },
      ],
    ],
    ['Forward without entries', ['x', []], []],
    ['PackedForward as bin', ['x', entries({ a: 1 }, { b: 2 }), { size: 2, chunk: 'c' }], [a, b]],
    ['PackedForward with compressed: text', ['x', entries({ a: 1 }), { compressed: 'text' }], [a]],
    ['PackedForward without entries', ['x', new Uint8Array(0)], []],
    ['CompressedPackedForward', ['x', gzipSync(entries({ a: 1 }, { b: 2 })), { compressed: 'gzip' }], [a, b]],
    [
      'CompressedPackedForward of members that cut a record',
      [
        'x',
        Buffer.concat([gzipSync(entries({ a: 1 }, { b: 2 }).subarray(0, 9)), gzipSync(entries({ a: 1 }, { b: 2 }).subarray(9))]),
        { compressed: 'gzip' },
      ],
      [a, b],
    ],
    ['a heartbeat', null, []],
  ])('%s', async (_, message, documents) => {
    const decoded = await decode(encode(message));
    expect(decoded.documents).toEqual(documents);
    expect(decoded.deadLetters).toEqual([]);
  });

  it('reads the old raw type of bytes as the packed entries of Fluentd 0.10', async () => {
    const packed = entries({ a: 1 });
    const message = Buffer.concat([Buffer.from([0x92, 0xa1, 0x78, 0xa0 + packed.length]), packed]);
    expect((await decode(message)).documents).toEqual([a]);
  });

  it.each([
    ['text', 'chunk-1', '81a361636ba76368756e6b2d31'],
    ['bytes', new Uint8Array([1, 255]), '81a361636bc40201ff'],
  ])('gives back a chunk of %s as it came', async (_, chunk, ack) => {
    expect((await decode(encode(['x', [[t, {}]], { size: 1, chunk }]))).acks).toEqual([ack]);
  });

  it.each([{ size: 1 }, {}, 'text', null])('acknowledges nothing for options %j', async (options) => {
    const { acks, batches } = await decode(encode(['x', [[t, {}]], options]));
    expect(acks).toEqual([]);
    expect(batches[0]?.unacknowledgeable).toBe(1);
  });
});

describe('what cannot be read is kept', () => {
  it.each<[string, unknown, unknown[], string, string]>([
    ['a record that is no map', ['x', t, 'text', { chunk: 'c' }], [], 'the record is not a map', `["x",${t},"text"]`],
    [
      'a record in Forward',
      [
        'x',
        [
          [t, [1]],
          [t, { a: 1 }],
        ],
      ],
      [a],
      'the record is not a map',
      `["x",${t},[1]]`,
    ],
    ['an entry of one element', ['x', [[t], [t, { a: 1 }]]], [a], 'an entry is an array of time and record', `["x",[${t}]]`],
    [
      'an entry that is a number',
      ['x', Buffer.concat([encode(7), entries({ a: 1 })])],
      [a],
      'an entry is an array of time and record',
      '["x",7]',
    ],
    ['metrics', ['x', new Uint8Array([1]), { fluent_signal: 1 }], [], 'Fluent Bit metrics are not read', ''],
    ['traces', ['x', new Uint8Array([1]), { fluent_signal: 2 }], [], 'Fluent Bit traces are not read', ''],
    ['zstd', ['x', Buffer.from('packed'), { compressed: 'zstd' }], [], 'compressed with zstd; meshscope reads gzip', 'packed'],
    ['a tag that is a number', [1, t, {}], [], 'the tag is a value of kind integer', ''],
    ['one element', ['x'], [], 'a message has 2 to 4 elements, not 1', ''],
    ['five elements', ['x', t, {}, {}, {}], [], 'not 5', ''],
    ['no record', ['x', t], [], 'an event without a record', ''],
    ['gzip that is none', ['x', Buffer.from('no gzip'), { compressed: 'gzip' }], [], 'broken behind 0 that were read', 'no gzip'],
    [
      'packed entries with a broken end',
      ['x', Buffer.concat([entries({ a: 1 }), Buffer.from([0x92, 0x01, 0xc1])])],
      [a],
      'entries broken at byte 12',
      '',
    ],
    ['packed entries cut off', ['x', entries({ a: 1 }, { b: 2 }).subarray(0, -1)], [a], 'entries broken at byte', ''],
  ])('%s', async (_, message, documents, reason, payload) => {
    const decoded = await decode(encode(message));
    expect(decoded.documents).toEqual(documents);
    expect(decoded.deadLetters).toHaveLength(1);
    expect(decoded.deadLetters[0]?.reason).toContain(reason);
    expect(decoded.deadLetters[0]?.payload).toContain(payload);
  });

  it('keeps gzip that was cut off, with what could be read of it', async () => {
    const many = entries(...Array.from({ length: 5000 }, (_, n) => ({ n, text: String(Math.imul(n, 0x9e3779b1)) })));
    const decoded = await decode(encode(['x', gzipSync(many).subarray(0, -100), { compressed: 'gzip' }]));
    expect(decoded.documents.length).toBeGreaterThan(1000);
    expect(decoded.deadLetters[0]?.reason).toContain(`broken behind ${decoded.documents.length} that were read`);
  });

  it('stops a gzip bomb at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, entries({})));
    const decoded = await decode(encode(['x', bomb, { compressed: 'gzip' }]));
    expect(decoded.deadLetters[0]?.reason).toContain('more than 2000000 bytes after decompression');
    expect(decoded.documents.length).toBeLessThan(2_000_000 / entries({}).length);
  });

  it('throws for what is no Forward protocol', async () => {
    for (const text of ['GET / HTTP/1.1\r\n', '{"json":1}', '\x16\x03\x01']) {
      await expect(decode(Buffer.from(text))).rejects.toThrow(/expected a MessagePack array/);
    }
  });

  it('loses no record of a large message that is handed over in parts', async () => {
    const records = Array.from({ length: 1000 }, (_, n) => ({ n }));
    const decoded = await decode(encode(['x', entries(...records)]), { batchBytes: 2000 });
    expect(decoded.documents).toMatchObject(records);
    expect(decoded.batches.length).toBeGreaterThan(50);
    // The sender keeps no copy of any part.
    expect(decoded.batches.every((batch) => batch.unacknowledgeable > 0)).toBe(true);
    expect(
      (await decode(encode(['x', entries(...records), { chunk: 'c' }]), { batchBytes: 2000 })).batches.some(
        (batch) => batch.unacknowledgeable > 0,
      ),
    ).toBe(false);
  });
});

describe('hostile bytes', () => {
  const message = encode([
    'tag',
    [[eventTime, { msg: 'hi', nested: { a: [1.5, null, true] }, big: 2 ** 40 }]],
    { chunk: 'abc', compressed: 'text' },
  ]);

  it('cannot do more than throw MalformedBytes, with any byte changed', async () => {
    for (let i = 0; i < message.length; i++) {
      for (const value of [0x00, 0x7f, 0x81, 0x93, 0xc1, 0xc6, 0xdd, 0xdf, 0xff]) {
        const changed = Buffer.from(message);
        changed[i] = value;
        await decode(changed).catch((error: unknown) => expect(error).toBeInstanceOf(MalformedBytes));
      }
    }
  });

  it('cannot do more than throw MalformedBytes, whatever they are', async () => {
    const bytes = fc.uint8Array({ maxLength: 60 });
    const wrapped = fc.oneof(
      bytes,
      bytes.map((packed) => encode(['x', packed])),
      bytes.map((packed) => encode(['x', gzipSync(packed), { compressed: 'gzip' }])),
      fc.anything({ maxDepth: 4 }).map((value) => encode(['x', [[1, JSON.parse(JSON.stringify(value) ?? '1')]]])),
    );
    await fc.assert(
      fc.asyncProperty(wrapped, async (hostile) => {
        await decode(hostile).catch((error: unknown) => expect(error).toBeInstanceOf(MalformedBytes));
      }),
      randomCases(1500),
    );
  });
});
