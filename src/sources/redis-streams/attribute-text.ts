import { ByteCache } from '../../lib/byte-cache.ts';
import { type ByteSource, sourceOf } from '../../lib/byte-words.ts';
import { escapedText } from '../../model/signal-lines.ts';
import type { LineWriter } from './line-writer.ts';

/** What cannot stand between quotes as it is. */
const special = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

const maxJsonLength = 65_536;
const maxJsonDepth = 64;
const longNumber = /\d{16}/;
const loneSurrogate = /\\ud[89a-f]/i;
const maxNumberLength = 24;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const bracket = 0x5b;
const letterF = 0x66;
const letterN = 0x6e;
const letterT = 0x74;
const brace = 0x7b;

/** A JSON string. Halves of surrogate pairs, which no UTF-8 can hold, become U+FFFD: the engine refuses them as escapes too. */
export const quoted = (text: string): string => (special.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`);

/** Agents send the same few lists over and over: their dependencies. */
const structures = new ByteCache<ByteSource>(1000, 256, (text) => sourceOf(escapedText(structureText(text))));

/**
 * Writes a value of a stream entry, which is always text, as a JSON literal. Text that is exactly how JSON writes a number, `true`, `false` or
 * `null` becomes that, and a list or object of JSON becomes JSON (SDKs write them so); anything else is a string. The text can be had back
 * from the literal, but for the spacing inside lists and objects.
 */
export function writeAttribute(source: ByteSource, start: number, end: number, line: LineWriter): void {
  const { bytes } = source;
  const first = start === end ? 0 : (bytes[start] as number);
  if (first === bracket || first === brace) line.raw(structures.get(source, start, end));
  else if (isLiteral(first, bytes, start, end)) line.escaped(source, start, end);
  else if (!line.quoted(source, start, end)) line.text(quoted(bytes.toString('utf8', start, end)));
}

function isLiteral(first: number, bytes: Buffer, start: number, end: number): boolean {
  if ((first >= zero && first <= nine) || first === minus) return isCanonicalNumber(bytes, start, end);
  return (first === letterF || first === letterN || first === letterT) && isWord(bytes, start, end);
}

function isWord(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > 5) return false;
  const text = bytes.toString('latin1', start, end);
  return text === 'true' || text === 'false' || text === 'null';
}

function isCanonicalNumber(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > maxNumberLength) return false;
  if (isPlainNumber(bytes, start, end)) return true;
  const text = bytes.toString('latin1', start, end);
  const value = Number(text);
  return Number.isFinite(value) && String(value) === text;
}

/**
 * Whether this is a number without a needless zero whose digits, without the point, are below 2^52. Doubles of that size are closer together
 * than such numbers, so that each is the shortest text for its double: there is no need to ask, which is slow.
 */
function isPlainNumber(bytes: Buffer, start: number, end: number): boolean {
  let value = 0;
  let pointAt = end;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= zero && byte <= nine) value = value * 10 + byte - zero;
    else if (byte === point && pointAt === end && at > start) pointAt = at;
    else return false;
  }
  if (value >= 2 ** 52 || (bytes[start] === zero && pointAt > start + 1)) return false;
  // Behind `0.` more than six digits may be a number that is written with an exponent.
  return pointAt === end || (bytes[end - 1] !== zero && pointAt < end - 1 && (bytes[start] !== zero || end - pointAt <= 7));
}

/** Not as JSON, but as a string: what is none, and what the engine's parser would refuse (with all other attributes) or not keep exactly. */
function structureText(text: string): string {
  if (text.length > maxJsonLength || longNumber.test(text) || depthOf(text) > maxJsonDepth) return quoted(text);
  try {
    const literal = JSON.stringify(JSON.parse(text));
    return loneSurrogate.test(literal) ? quoted(text) : literal;
  } catch {
    return quoted(text);
  }
}

/** At least the depth of the structure: brackets in strings count too. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at) | 0x20;
    if (char === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x7d) depth--;
  }
  return deepest;
}
