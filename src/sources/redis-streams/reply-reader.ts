import { isAscii } from 'node:buffer';
import { ReplyElements } from './reply-elements.ts';

/** What Redis answers in version 2 of its protocol. An error is a value here, because it may stand inside a list. */
export type Reply = string | number | null | ReplyError | readonly Reply[];

/** An answer that says no. `code` is its first word, for example `NOGROUP`. */
export class ReplyError extends Error {
  readonly code: string;

  constructor(message: string) {
    super(message);
    this.name = 'ReplyError';
    this.code = message.split(' ', 1)[0] as string;
  }
}

/** What arrived is not Redis's protocol. The connection cannot go on. */
export class ProtocolError extends Error {}

/** One reply as it came. Both are valid until the next is asked for; an error has no elements that count. */
export type WholeReply = Readonly<{ bytes: Buffer; elements: ReplyElements }>;

const maxLineBytes = 64 * 1024;
const maxDepth = 8;
const maxElements = 10_000_000;
const firstBytes = 64 * 1024;
const keptBytes = 4 * 1024 ** 2;
/** What Redis itself allows, `proto-max-bulk-len`, and more. */
const maxBulkBytes = 4 * 1024 ** 3;
const tooLarge = Buffer.from('-TOOLARGE the answer is larger than meshscope reads\r\n');
const lineEnd = 0x0a;
const types = { text: 0x2b, error: 0x2d, integer: 0x3a, bulk: 0x24, list: 0x2a } as const;

/**
 * Cuts a byte stream into replies, by one walk over the lengths, which goes on where it stopped when more bytes come. Of a reply that is
 * larger than `maxBytes` the bytes are thrown away as they come, and the error `TOOLARGE` stands in its place.
 */
export class ReplyReader {
  readonly #maxBytes: number;
  #buffer: Buffer = Buffer.allocUnsafe(firstBytes);
  /** First byte of the reply that is being read, how far it was walked, where the bytes end. */
  #start = 0;
  #walked = 0;
  #end = 0;
  /** Elements of the reply that are still to come. */
  #missing = 1;
  #tooLarge = false;
  /** Bytes of a string that are to be thrown away. */
  #skip = 0;
  readonly #elements = new ReplyElements();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(bytes: Buffer): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    const chunk = bytes.subarray(skipped);
    const unread = this.#end - this.#start;
    if (this.#end + chunk.length > this.#buffer.length) {
      const needed = unread + chunk.length;
      const target = needed > this.#buffer.length ? Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2)) : this.#buffer;
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#buffer = target;
      this.#walked -= this.#start;
      this.#start = 0;
      this.#end = unread;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole reply; undefined when more bytes are needed. Throws `ProtocolError`. */
  next(): WholeReply | undefined {
    // What was found before is of the last reply, or was thrown away.
    if (this.#walked === this.#start) this.#elements.clear();
    const complete = this.#skip === 0 && this.#walk();
    if (this.#walked - this.#start > this.#maxBytes) this.#tooLarge = true;
    if (this.#tooLarge) this.#start = this.#walked;
    if (!complete) return undefined;
    const bytes = this.#tooLarge ? tooLarge : this.#buffer.subarray(this.#start, this.#walked);
    this.#start = this.#walked;
    this.#missing = 1;
    this.#tooLarge = false;
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#walked = 0;
      this.#end = 0;
      // One large answer must not hold memory for ever.
      if (this.#buffer.length > keptBytes) this.#buffer = Buffer.allocUnsafe(firstBytes);
    }
    return { bytes, elements: this.#elements };
  }

  #walk(): boolean {
    for (;;) {
      this.#walkTexts();
      if (this.#missing === 0 || this.#walked === this.#end) break;
      const behind = this.#behindElement(this.#walked);
      if (behind === 0) return false;
      this.#walked = behind;
    }
    return this.#missing === 0;
  }

  /** Walks on over strings that are here as a whole, which most elements are. Whatever else comes, errors too, is left to `#behindElement`. */
  #walkTexts(): void {
    const buffer = this.#buffer;
    const end = this.#end;
    const start = this.#start;
    const { bounds } = this.#elements;
    const first = this.#elements.count * 2;
    const most = Math.min(this.#missing, bounds.length / 2 - this.#elements.count);
    let walked = this.#walked;
    let texts = 0;
    while (texts < most && buffer[walked] === types.bulk) {
      let at = walked + 1;
      let length = 0;
      for (let digit = (buffer[at] as number) - 0x30; digit >= 0 && digit <= 9; digit = (buffer[++at] as number) - 0x30) {
        length = length * 10 + digit;
      }
      const behind = at + length + 4;
      if (at === walked + 1 || behind > end || buffer[at] !== 0x0d || buffer[at + 1] !== lineEnd || buffer[behind - 1] !== lineEnd) break;
      bounds[first + texts * 2] = at + 2 - start;
      bounds[first + texts * 2 + 1] = behind - 2 - start;
      texts++;
      walked = behind;
    }
    this.#walked = walked;
    this.#missing -= texts;
    this.#elements.count += texts;
  }

  /** Where the element that begins at `at` ends, of a list its head; 0 when it has not come. */
  #behindElement(at: number): number {
    const type = this.#buffer[at] as number;
    if (!isType(type)) throw new ProtocolError(`what answers is no Redis: an answer begins with byte ${type}`);
    const behind = this.#behindLine(at);
    if (behind === 0) return 0;
    switch (type) {
      case types.list: {
        const length = lengthAt(this.#buffer, at + 1);
        if (length > maxElements) throw new ProtocolError(`what answers is no Redis: a list claims ${length} elements`);
        this.#missing += Math.max(length, 0) - 1;
        this.#elements.addList(length);
        return behind;
      }
      case types.bulk: {
        const length = lengthAt(this.#buffer, at + 1);
        const end = this.#behindBulk(behind, length);
        if (end === 0) return 0;
        this.#missing--;
        if (length < 0) this.#elements.addList(length);
        else this.#elements.addText(behind - this.#start, end - 2 - this.#start);
        return end;
      }
      default:
        this.#missing--;
        this.#elements.addOther();
        return behind;
    }
  }

  #behindBulk(start: number, length: number): number {
    if (length < 0) return start;
    const end = start + length + 2;
    if (length > maxBulkBytes) throw new ProtocolError(`what answers is no Redis: a string claims ${length} bytes`);
    if (end > this.#end) {
      if (end - this.#start <= this.#maxBytes) return 0;
      this.#tooLarge = true;
      this.#skip = end - this.#end;
      this.#missing--;
      this.#walked = this.#end;
      return 0;
    }
    if (this.#buffer[end - 1] !== lineEnd) throw new ProtocolError('what answers is no Redis: a string has another length');
    return end;
  }

  /** Where the line that begins at `at` ends; 0 when its end has not come. */
  #behindLine(at: number): number {
    for (let behind = at + 1; behind < this.#end; behind++) {
      if (this.#buffer[behind] === lineEnd) return behind + 1;
      if (behind - at > maxLineBytes) throw new ProtocolError('what answers is no Redis: a line does not end');
    }
    return 0;
  }
}

const isType = (byte: number): boolean =>
  byte === types.bulk || byte === types.list || byte === types.integer || byte === types.text || byte === types.error;

function lengthAt(buffer: Buffer, at: number): number {
  let value = 0;
  let position = at;
  const isNegative = buffer[position] === 0x2d;
  if (isNegative) position++;
  const first = position;
  for (let digit = (buffer[position] as number) - 0x30; digit >= 0 && digit <= 9; digit = (buffer[++position] as number) - 0x30) {
    value = value * 10 + digit;
  }
  if (position === first || position - first > 12 || buffer[position] !== 0x0d || (isNegative && value !== 1)) {
    throw new ProtocolError('what answers is no Redis: a length is no number');
  }
  return isNegative ? -1 : value;
}

/** Latin-1 gives one character for each byte, so lengths in bytes are lengths in characters. */
export function decodeReply({ bytes }: Pick<WholeReply, 'bytes'>): Reply {
  const text = bytes.toString('latin1');
  const ascii = isAscii(bytes);
  let at = 0;

  const line = (): string => {
    const end = text.indexOf('\n', at);
    const value = text.slice(at + 1, text.charCodeAt(end - 1) === 0x0d ? end - 1 : end);
    at = end + 1;
    return ascii ? value : Buffer.from(value, 'latin1').toString();
  };

  const length = (): number => {
    let value = 0;
    for (at++; ; at++) {
      const digit = text.charCodeAt(at) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    // The only negative length is -1.
    if (text.charCodeAt(at) === 0x2d) value = -1;
    at = text.indexOf('\n', at) + 1;
    return value;
  };

  const read = (depth: number): Reply => {
    switch (text.charCodeAt(at)) {
      case types.bulk: {
        const size = length();
        if (size < 0) return null;
        const start = at;
        at += size + 2;
        return ascii ? text.slice(start, start + size) : bytes.toString('utf8', start, start + size);
      }
      case types.list: {
        const size = length();
        if (size < 0) return null;
        if (depth >= maxDepth) throw new ProtocolError('what answers is no Redis: lists are nested too deep');
        const list: Reply[] = [];
        for (let index = 0; index < size; index++) list.push(read(depth + 1));
        return list;
      }
      case types.integer:
        return Number(line());
      case types.error:
        return new ReplyError(line());
      default:
        return line();
    }
  };
  return read(0);
}
