import { maxDepth } from './json-transcoder.ts';

/** A member of a JSON object: its decoded key, and its text `"key": value` as it stands in the object. */
export type JsonMember = Readonly<{ key: string; text: string }>;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const brace = 0x7b;
const closingBrace = 0x7d;
const bracket = 0x5b;
const closingBracket = 0x5d;

/** True for a space or a control character; in valid JSON, outside strings, those are whitespace. */
const isBlank = (code: number) => code <= 0x20;

function afterBlanks(text: string, at: number): number {
  let i = at;
  while (isBlank(text.charCodeAt(i))) i++;
  return i;
}

/** Position behind the JSON string that begins at `at`. */
function afterString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
}

/** Position behind the value of an object's member that begins at `at`, or -1 when it is nested too deep. */
function afterValue(text: string, at: number): number {
  let depth = 0;
  for (let i = at; ; ) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      i = afterString(text, i);
      if (depth === 0) return i;
      continue;
    }
    // A number or a word ends where the next member or the end of the object begins.
    if (depth === 0 && i > at && (code === comma || code === closingBrace || isBlank(code))) return i;
    if (code === brace || code === bracket) {
      if (++depth >= maxDepth) return -1;
    } else if ((code === closingBrace || code === closingBracket) && --depth === 0) return i + 1;
    i++;
  }
}

function isJsonObject(text: string): boolean {
  if (text.charCodeAt(afterBlanks(text, 0)) !== brace) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Most text that begins with a brace is no JSON; that is an answer, not a failure.
    return false;
  }
}

/**
 * The members of `text` if it is one JSON object, each key once (the last wins), cut out of the text so that numbers keep
 * every digit. Undefined for everything else, and for what is nested deeper than a record may be.
 */
export function jsonMembers(text: string): readonly JsonMember[] | undefined {
  if (!isJsonObject(text)) return undefined;
  // Within valid JSON a raw line end can only stand between tokens.
  const line = text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]/g, ' ') : text;
  const members = new Map<string, string>();
  let at = afterBlanks(line, afterBlanks(line, 0) + 1);
  while (line.charCodeAt(at) !== closingBrace) {
    const keyEnd = afterString(line, at);
    let valueAt = afterBlanks(line, keyEnd);
    if (line.charCodeAt(valueAt) === colon) valueAt = afterBlanks(line, valueAt + 1);
    const end = afterValue(line, valueAt);
    if (end < 0) return undefined;
    const quoted = line.slice(at, keyEnd);
    members.set(quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1), line.slice(at, end));
    at = afterBlanks(line, end);
    if (line.charCodeAt(at) === comma) at = afterBlanks(line, at + 1);
  }
  return Array.from(members, ([key, memberText]) => ({ key, text: memberText }));
}
