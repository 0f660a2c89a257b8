/**
 * Writes protobuf's wire format (protobuf.dev/programming-guides/encoding). Fields that hold their default are left out, as proto3
 * does; members of a `oneof` are written with the `always` forms. A nested message is written by a function, before its length is known.
 */
const varint = 0;
const fixed64Type = 1;
const bytesType = 2;
const fixed32Type = 5;

export class WireWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(initialBytes = 1024) {
    this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  /** What was written so far; valid until the next write. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  text(field: number, value: string): void {
    if (value !== '') this.alwaysText(field, value);
  }

  alwaysText(field: number, value: string): void {
    const bytes = Buffer.byteLength(value);
    this.#tag(field, bytesType);
    this.#varint(bytes);
    this.#room(bytes);
    this.#length += this.#buffer.write(value, this.#length, 'utf8');
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.#tag(field, bytesType);
    this.#varint(value.length);
    this.#room(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** A 32-bit unsigned integer or an enum. */
  uint32(field: number, value: number): void {
    if (value === 0) return;
    this.#tag(field, varint);
    this.#varint(value);
  }

  alwaysBool(field: number, value: boolean): void {
    this.#tag(field, varint);
    this.#varint(value ? 1 : 0);
  }

  /** Negative ones take ten bytes, as two's complement. */
  alwaysInt64(field: number, value: bigint): void {
    this.#tag(field, varint);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#byte(Number(rest));
  }

  fixed64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#tag(field, fixed64Type);
    this.#room(8);
    this.#length = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#length);
  }

  fixed32(field: number, value: number): void {
    if (value === 0) return;
    this.#tag(field, fixed32Type);
    this.#room(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  alwaysDouble(field: number, value: number): void {
    this.#tag(field, fixed64Type);
    this.#room(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  /** A nested message, present even when it is empty. */
  message(field: number, write: (writer: this) => void): void {
    this.#tag(field, bytesType);
    const start = this.#length;
    write(this);
    const bytes = this.#length - start;
    const header = varintBytes(bytes);
    this.#room(header);
    this.#buffer.copyWithin(start + header, start, this.#length);
    this.#length = start;
    this.#varint(bytes);
    this.#length += bytes;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  /** Unsigned, below 2^53. */
  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = value;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
