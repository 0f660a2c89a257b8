import { AppError } from '../errors.ts';

/**
 * Reads the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding). Every read is checked against the end of the
 * message that it belongs to, so a length that lies cannot reach outside of its parent. Throws `bad_request` with the offset.
 */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Groups are of Protocol Buffers 1 and in no OTLP message; the depth only bounds what unknown fields may nest. */
const maxGroupDepth = 100;

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

export class WireReader {
  readonly bytes: Buffer;
  position = 0;
  /** Halves of the 64-bit value that was read last, each from 0 to 2^32 - 1. */
  low = 0;
  high = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  fail(reason: string, at = this.position): never {
    throw new AppError('bad_request', `the body is not the protobuf message that it should be: ${reason} at byte ${at}`);
  }

  /** A field's number and wire type: `number << 3 | type`. */
  tag(end: number): number {
    const first = this.bytes[this.position] as number;
    if (first < 0x80 && first >= 8 && this.position < end) {
      this.position++;
      return first;
    }
    const start = this.position;
    this.varint(end);
    if (this.high !== 0 || this.low < 8) this.fail('no field has this number', start);
    return this.low;
  }

  /** A 64-bit integer, into `low` and `high`. */
  varint(end: number): void {
    const { bytes } = this;
    const start = this.position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= end) this.fail('an integer is cut off', start);
      const byte = bytes[this.position++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= shift < 63 ? bits << (shift - 32) : (bits & 1) << 31;
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    this.fail('an integer has more than 10 bytes', start);
  }

  /** The low 32 bits of an integer, unsigned: how `uint32`, enums and booleans are read. */
  uint32(end: number): number {
    this.varint(end);
    return this.low;
  }

  isTrue(end: number): boolean {
    this.varint(end);
    return this.low !== 0 || this.high !== 0;
  }

  /** ZigZag, of 32 bits. */
  sint32(end: number): number {
    this.varint(end);
    return (this.low >>> 1) ^ -(this.low & 1);
  }

  fixed32(end: number): number {
    const at = this.position;
    if (at + 4 > end) this.fail('a value of 4 bytes is cut off', at);
    this.position = at + 4;
    return this.bytes.readUInt32LE(at);
  }

  /** Into `low` and `high`. */
  fixed64(end: number): void {
    const { bytes, position: at } = this;
    if (at + 8 > end) this.fail('a value of 8 bytes is cut off', at);
    this.position = at + 8;
    this.low =
      ((bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>>
      0;
    this.high =
      ((bytes[at + 4] as number) |
        ((bytes[at + 5] as number) << 8) |
        ((bytes[at + 6] as number) << 16) |
        ((bytes[at + 7] as number) << 24)) >>>
      0;
  }

  double(end: number): number {
    const { bytes, position: at } = this;
    if (at + 8 > end) this.fail('a value of 8 bytes is cut off', at);
    for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[at + i] as number;
    this.position = at + 8;
    return double[0] as number;
  }

  /** The length of bytes, text or a nested message: returns where it ends and stands at where it begins. */
  nested(end: number): number {
    const start = this.position;
    const first = this.bytes[start] as number;
    let length = first;
    if (first < 0x80 && start < end) this.position++;
    else {
      this.varint(end);
      length = this.high === 0 ? this.low : Number.POSITIVE_INFINITY;
    }
    const stop = this.position + length;
    if (stop > end) this.fail(`a length of ${length} is longer than what is left`, start);
    return stop;
  }

  /** Text as sent; bytes that are no UTF-8 become U+FFFD. */
  text(end: number): string {
    const stop = this.nested(end);
    const start = this.position;
    this.position = stop;
    return start === stop ? '' : this.bytes.toString('utf8', start, stop);
  }

  /** Bytes as hexadecimal text; empty when all of them are zero, which is how an id says that there is none. */
  id(end: number): string {
    const stop = this.nested(end);
    let at = this.position;
    const start = at;
    this.position = stop;
    while (at < stop && this.bytes[at] === 0) at++;
    return at === stop ? '' : this.bytes.toString('hex', start, stop);
  }

  /** The value of a field that nobody asked for, of any type. */
  skip(tag: number, end: number): void {
    const type = tag & 7;
    if (type === wireType.startGroup) this.#skipGroup(tag >>> 3, end);
    else this.#skipValue(type, end);
  }

  #skipValue(type: number, end: number): void {
    const start = this.position;
    if (type === wireType.varint) this.varint(end);
    else if (type === wireType.bytes) this.position = this.nested(end);
    else if (type === wireType.fixed64 || type === wireType.fixed32) {
      this.position += type === wireType.fixed64 ? 8 : 4;
      if (this.position > end) this.fail('a value is cut off', start);
    } else this.fail(type === wireType.endGroup ? 'a group ends that did not begin' : `there is no wire type ${type}`, start);
  }

  #skipGroup(field: number, end: number): void {
    const start = this.position;
    const open = [field];
    while (open.length > 0) {
      if (this.position >= end) this.fail('a group has no end', start);
      const tag = this.tag(end);
      const type = tag & 7;
      if (type === wireType.startGroup) {
        if (open.length === maxGroupDepth) this.fail('groups are nested too deeply');
        open.push(tag >>> 3);
      } else if (type === wireType.endGroup) {
        if (open.pop() !== tag >>> 3) this.fail('a group ends that did not begin');
      } else this.#skipValue(type, end);
    }
  }
}
