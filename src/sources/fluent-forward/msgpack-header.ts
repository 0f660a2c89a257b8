/**
 * MessagePack value headers (https://github.com/msgpack/msgpack/blob/master/spec.md). Every value is
 *
 *   first byte | length field (0, 1, 2 or 4 bytes, big-endian) | ext type (1 byte, ext only) | payload | contained values
 *
 * A decoder of our own, because a log must reach the journal as exact JSON text without becoming JavaScript values:
 * integers beyond 2^53, duplicate keys, `__proto__` and invalid UTF-8 all get lost or refused on that way.
 */
export type ValueKind = 'nil' | 'boolean' | 'integer' | 'float' | 'string' | 'binary' | 'ext' | 'array' | 'map' | 'invalid';

type Shape = Readonly<{ kind: ValueKind; lengthBytes: number; fixed: number }>;

function shapeOf(first: number): Shape {
  const shape = (kind: ValueKind, lengthBytes: number, fixed: number): Shape => ({ kind, lengthBytes, fixed });
  if (first < 0x80 || first >= 0xe0) return shape('integer', 0, 0);
  if (first < 0x90) return shape('map', 0, first & 0x0f);
  if (first < 0xa0) return shape('array', 0, first & 0x0f);
  if (first < 0xc0) return shape('string', 0, first & 0x1f);
  return rareShapes[first - 0xc0] as Shape;
}

const rareShapes: readonly Shape[] = (
  [
    ['nil', 0, 0],
    ['invalid', 0, 0],
    ['boolean', 0, 0],
    ['boolean', 0, 0],
    ['binary', 1, 0],
    ['binary', 2, 0],
    ['binary', 4, 0],
    ['ext', 1, 0],
    ['ext', 2, 0],
    ['ext', 4, 0],
    ['float', 0, 4],
    ['float', 0, 8],
    ['integer', 0, 1],
    ['integer', 0, 2],
    ['integer', 0, 4],
    ['integer', 0, 8],
    ['integer', 0, 1],
    ['integer', 0, 2],
    ['integer', 0, 4],
    ['integer', 0, 8],
    ['ext', 0, 1],
    ['ext', 0, 2],
    ['ext', 0, 4],
    ['ext', 0, 8],
    ['ext', 0, 16],
    ['string', 1, 0],
    ['string', 2, 0],
    ['string', 4, 0],
    ['array', 2, 0],
    ['array', 4, 0],
    ['map', 2, 0],
    ['map', 4, 0],
  ] as const
).map(([kind, lengthBytes, fixed]) => ({ kind, lengthBytes, fixed }));

const shapes: readonly Shape[] = Array.from({ length: 256 }, (_, first) => shapeOf(first));

/** Bytes that are not what they should be. `offset` counts from the start of the bytes that were given to the reader. */
export class MalformedBytes extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.name = 'MalformedBytes';
    this.offset = offset;
  }
}

/** The header that `read` last read. One object per reader, so that reading a header allocates nothing. */
export class HeaderReader {
  kind: ValueKind = 'nil';
  /** Where the payload begins, or the first contained value of an array or a map. */
  body = 0;
  /** Payload bytes of a scalar, string, binary or ext. */
  size = 0;
  /** Values that follow and belong to this one: elements of an array, keys and values of a map. */
  count = 0;
  extType = 0;

  /** The kind, or undefined when the header is not wholly within `end`. Throws MalformedBytes on the one byte that MessagePack never uses. */
  read(bytes: Uint8Array, at: number, end: number): ValueKind | undefined {
    if (at >= end) return undefined;
    const { kind, lengthBytes, fixed } = shapes[bytes[at] as number] as Shape;
    if (kind === 'invalid') throw new MalformedBytes('0xc1 is not MessagePack', at);
    let body = at + 1;
    let length = fixed;
    if (lengthBytes > 0) {
      if (body + lengthBytes > end) return undefined;
      length = 0;
      for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[body + i] as number);
      body += lengthBytes;
    }
    if (kind === 'ext') {
      if (body >= end) return undefined;
      this.extType = ((bytes[body] as number) << 24) >> 24;
      body++;
    }
    this.kind = kind;
    this.body = body;
    this.count = kind === 'array' ? length : kind === 'map' ? length * 2 : 0;
    this.size = kind === 'array' || kind === 'map' ? 0 : length;
    return kind;
  }
}
