import { isUtf8 } from 'node:buffer';
import { formatEventTime, readFloat, readFluentTime, readInteger, readMessagePackTime } from './event-time.ts';
import { JsonWriter, UnreadableRecord } from './json-writer.ts';
import { HeaderReader, MalformedBytes } from './msgpack-header.ts';

/** Levels of maps and arrays in a record. JSON readers behind us have limits of their own, and recursion needs one. */
export const maxDepth = 256;

/** Numbers per member on the stack: start of the key, end of the key, hash of the key; positions within the output. */
const stride = 3;
const [brace, closingBrace, bracket, closingBracket, comma, colon] = [0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a];

/** JSON number text. Integral floats keep `.0`, as Ruby and Python write them, so that a field keeps one type. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

/**
 * Writes MessagePack values as JSON text without making JavaScript values of them. Keys that are not strings become
 * strings, of duplicate keys the last wins, binary is text if it is UTF-8 and base64 otherwise.
 */
export class JsonTranscoder {
  readonly out: JsonWriter;
  readonly #header = new HeaderReader();
  /** A stack; `#top` is its height. The array itself never shrinks below what the widest record needed. */
  #members: number[] = [];
  #top = 0;
  #withinKey = false;

  constructor(maxDocumentBytes: number) {
    this.out = new JsonWriter(maxDocumentBytes);
  }

  /** Appends the value at `at` and returns the position behind it. The value MUST be whole (`endOfValue`). */
  value(bytes: Buffer, at: number, end: number): number {
    this.#begin();
    return this.#value(bytes, at, end, 0);
  }

  /**
   * Appends the map at `at`, whole as above, and lists its members as pairs of output positions: the opening and the
   * closing quote of each key. The list is overwritten by the next call.
   */
  map(bytes: Buffer, at: number, end: number): number[] {
    this.#begin();
    this.#open(bytes, at, end);
    this.#map(bytes, this.#header.body, end, this.#header.count / 2, 1);
    const keys: number[] = [];
    for (let i = 0; i < this.#top; i += stride) keys.push(this.#members[i] as number, (this.#members[i + 1] as number) - 1);
    return keys;
  }

  #begin(): void {
    // A record of a million members must not keep its stack for good.
    if (this.#members.length > 65_536) this.#members = [];
    this.#top = 0;
    this.#withinKey = false;
  }

  #open(bytes: Buffer, at: number, end: number): void {
    if (!this.#header.read(bytes, at, end)) throw new MalformedBytes('value is truncated', at);
  }

  #value(bytes: Buffer, at: number, end: number, depth: number): number {
    this.#open(bytes, at, end);
    const { kind, body, count, size } = this.#header;
    switch (kind) {
      case 'string':
        this.out.quoted(bytes, body, body + size);
        return body + size;
      case 'integer':
        this.out.ascii(String(readInteger(bytes, this.#header)));
        return body + size;
      case 'float':
        this.out.ascii(floatText(readFloat(bytes, this.#header)));
        return body + size;
      case 'map': {
        if (depth >= maxDepth) throw new UnreadableRecord(`nested deeper than ${maxDepth} levels`);
        const frame = this.#top;
        const after = this.#map(bytes, body, end, count / 2, depth + 1);
        this.#top = frame;
        return after;
      }
      case 'array':
        if (depth >= maxDepth) throw new UnreadableRecord(`nested deeper than ${maxDepth} levels`);
        return this.#array(bytes, body, end, count, depth + 1);
      case 'binary':
        this.#binary(bytes, body, body + size);
        return body + size;
      case 'ext':
        this.#ext(bytes);
        return body + size;
      case 'boolean':
        this.out.ascii(bytes[body - 1] === 0xc3 ? 'true' : 'false');
        return body;
      default:
        this.out.ascii('null');
        return body;
    }
  }

  #array(bytes: Buffer, at: number, end: number, count: number, depth: number): number {
    this.out.byte(bracket);
    let position = at;
    for (let i = 0; i < count; i++) {
      if (i > 0) this.out.byte(comma);
      position = this.#value(bytes, position, end, depth);
    }
    this.out.byte(closingBracket);
    return position;
  }

  /** Leaves the members of this map on the stack, from where it was before on. */
  #map(bytes: Buffer, at: number, end: number, count: number, depth: number): number {
    const frame = this.#top;
    this.out.byte(brace);
    let position = at;
    for (let i = 0; i < count; i++) {
      if (i > 0) this.out.byte(comma);
      const keyStart = this.out.length;
      position = this.#key(bytes, position, end, depth);
      this.#push(keyStart);
      this.out.byte(colon);
      position = this.#value(bytes, position, end, depth);
    }
    if (this.#mayHaveDuplicates(frame)) this.#keepLastOfDuplicates(frame);
    this.out.byte(closingBrace);
    return position;
  }

  /**
   * A key that is a number, a boolean, null or a container is its own JSON text, in quotes. Not so within such a key: each
   * level of quotes doubles the backslashes of the one below, and a few bytes could grow without end.
   */
  #key(bytes: Buffer, at: number, end: number, depth: number): number {
    const start = this.out.length;
    const outermost = !this.#withinKey;
    this.#withinKey = true;
    const after = this.#value(bytes, at, end, depth);
    if (outermost) this.#withinKey = false;
    if (this.out.bytes[start] !== 0x22) {
      if (!outermost) throw new UnreadableRecord('a map key holds a map whose key is not a string');
      const text = Buffer.from(this.out.bytes.subarray(start, this.out.length));
      this.out.length = start;
      this.out.quoted(text, 0, text.length);
    }
    return after;
  }

  #binary(bytes: Buffer, start: number, end: number): void {
    if (isUtf8(bytes.subarray(start, end))) this.out.quoted(bytes, start, end);
    else this.out.ascii(`"${bytes.toString('base64', start, end)}"`);
  }

  #ext(bytes: Buffer): void {
    const { body, extType, size } = this.#header;
    const time = readFluentTime(bytes, this.#header) ?? readMessagePackTime(bytes, this.#header);
    if (time) this.out.ascii(`"${formatEventTime(time)}"`);
    else this.out.ascii(`{"type":${extType},"data":"${bytes.toString('base64', body, body + size)}"}`);
  }

  #push(keyStart: number): void {
    const members = this.#members;
    members[this.#top++] = keyStart;
    members[this.#top++] = this.out.length;
    members[this.#top++] = this.#hash(keyStart);
  }

  #hash(keyStart: number): number {
    const { bytes, length } = this.out;
    let hash = length - keyStart;
    for (let i = keyStart + 1; i < length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    return hash;
  }

  #mayHaveDuplicates(frame: number): boolean {
    const members = this.#members;
    const count = (this.#top - frame) / stride;
    if (count > 32) {
      const hashes = new Set<number>();
      for (let i = frame + 2; i < this.#top; i += stride) hashes.add(members[i] as number);
      return hashes.size < count;
    }
    for (let i = frame + 2; i < this.#top; i += stride) {
      for (let j = frame + 2; j < i; j += stride) if (members[i] === members[j]) return true;
    }
    return false;
  }

  /** Closes the gaps in the output that members leave whose key comes again. Equal hashes alone prove nothing. */
  #keepLastOfDuplicates(frame: number): void {
    const { bytes, length } = this.out;
    const members = this.#members;
    const last = new Map<string, number>();
    for (let i = frame; i < this.#top; i += stride) {
      last.set(bytes.toString('latin1', members[i] as number, members[i + 1] as number), i);
    }
    if (last.size === (this.#top - frame) / stride) return;
    const kept = new Set(last.values());
    let to = members[frame] as number;
    let slot = frame;
    for (let i = frame; i < this.#top; i += stride) {
      if (!kept.has(i)) continue;
      const start = members[i] as number;
      const end = i + stride < this.#top ? (members[i + stride] as number) - 1 : length;
      if (slot > frame) bytes[to++] = comma;
      bytes.copyWithin(to, start, end);
      const keyLength = (members[i + 1] as number) - start;
      members[slot] = to;
      members[slot + 1] = to + keyLength;
      slot += stride;
      to += end - start;
    }
    this.#top = slot;
    this.out.length = to;
  }
}
