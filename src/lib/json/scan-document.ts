/**
 * Checks that bytes are one JSON object (RFC 8259) and notes what makes it hard for the engine to read, in one pass and
 * without building anything: this runs for every log, so it stays on bytes. UTF-8 is the caller's to check.
 */
export type Scan = Readonly<{
  /** Offset of the first byte that is wrong, or -1. */
  errorAt: number;
  reason: string;
  /** White space stands between tokens. */
  spaced: boolean;
  /**
   * The engine cannot search the object as it is: an array of objects, of arrays or of mixed types, a number that a
   * double may not hold, an escape in a key, deep nesting, half a surrogate pair. Such documents are flattened first.
   */
  hard: boolean;
  /** A string somewhere holds `\\u0000`, at which text ends for some readers. */
  hasNul: boolean;
}>;

/** What a member's value is. `odd` is a number with an exponent or of more digits than a double surely holds, and `-0`. */
export const valueKind = { object: 0, array: 1, text: 2, emptyText: 3, integer: 4, decimal: 5, odd: 6, boolean: 7, null: 8 } as const;

/** Documents with more members than this have no list of them. */
const maxMembers = 1024;

/**
 * The members of the document (depth 1) and of the objects that are its members (depth 2), in the order of the text, as
 * offsets into it; keys without their quotes. Of the last scan only: one list serves all, because a scan must not allocate.
 */
export const members = {
  /** -1 when there are more than fit. */
  count: 0,
  depth: new Uint8Array(maxMembers),
  keyStart: new Int32Array(maxMembers),
  keyEnd: new Int32Array(maxMembers),
  valueStart: new Int32Array(maxMembers),
  valueEnd: new Int32Array(maxMembers),
  kind: new Uint8Array(maxMembers),
};
/** Deepest level whose members are listed. */
const listedDepth = 2;
const openMember = new Int32Array(listedDepth + 1);

/** Deeper documents are refused, so that neither the engine nor a reader of `_source` runs out of stack. */
export const maxDepth = 512;
const easyDepth = 32;
/** A double holds any 15 significant digits. */
const easyNumberBytes = 15;

const quote = 0x22;
const backslash = 0x5c;

/** Bytes that may stand in a string as they are. */
const plain = new Uint8Array(256).fill(1);
plain.fill(0, 0, 32);
plain[quote] = 0;
plain[backslash] = 0;

const space = new Uint8Array(256);
for (const code of [0x20, 0x0a, 0x0d, 0x09]) space[code] = 1;

const isDigit = (code: number | undefined) => code !== undefined && code >= 0x30 && code <= 0x39;
const isHex = (code: number | undefined) => isDigit(code) || (code !== undefined && (code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
const escapable = new Uint8Array(256);
for (const char of '"\\/bfnrt') escapable[char.charCodeAt(0)] = 1;

/** What an array holds so far; an object is `isObject`. */
const isObject = 0;
const emptyArray = 1;
const strings = 2;
const numbers = 3;
const booleans = 4;
/** Per depth: `isObject`, or the kind of array. */
const levels = new Uint8Array(maxDepth + 1);

let failedAt = -1;
let failure = '';
let spaced = false;
let hard = false;
let hasNul = false;

function fail(at: number, reason: string): -1 {
  failedAt = at;
  failure = reason;
  return -1;
}

/** Returns the offset behind the closing quote. `from` is behind the opening one. */
function scanString(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  for (;;) {
    // Without a look at `end`, which costs as much as the rest of the loop: what stands behind a document ends it, or is checked here.
    while (plain[bytes[at] as number] === 1) at++;
    if (at >= end) return fail(end, 'the string has no end');
    const code = bytes[at] as number;
    if (code === quote) return at + 1;
    if (code !== backslash) return fail(at, 'a control character stands in a string without an escape');
    const escaped = bytes[at + 1] as number;
    if (at + 1 < end && escapable[escaped] === 1) at += 2;
    else if (
      escaped === 0x75 &&
      at + 5 < end &&
      isHex(bytes[at + 2]) &&
      isHex(bytes[at + 3]) &&
      isHex(bytes[at + 4]) &&
      isHex(bytes[at + 5])
    ) {
      if (((bytes[at + 2] as number) | 0x20) === 0x64 && (bytes[at + 3] as number) >= 0x38) hard = true;
      if (bytes[at + 2] === 0x30 && bytes[at + 3] === 0x30 && bytes[at + 4] === 0x30 && bytes[at + 5] === 0x30) hasNul = true;
      at += 6;
    } else return fail(at, 'an escape in a string is wrong');
  }
}

/** Of the scalar that was read last; one of `valueKind`. */
let scalarKind: number = valueKind.null;

function skipDigits(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isDigit(bytes[at])) at++;
  return at;
}

function scanNumber(bytes: Uint8Array, from: number, end: number): number {
  scalarKind = valueKind.integer;
  let at = bytes[from] === 0x2d ? from + 1 : from;
  if (!isDigit(bytes[at])) return fail(at, 'a value is expected');
  at = bytes[at] === 0x30 ? at + 1 : skipDigits(bytes, at, end);
  if (bytes[at] === 0x2e) {
    scalarKind = valueKind.decimal;
    at++;
    if (!isDigit(bytes[at])) return fail(at, 'a digit is expected behind the decimal point');
    at = skipDigits(bytes, at, end);
  }
  if (at < end && ((bytes[at] as number) | 0x20) === 0x65) {
    scalarKind = valueKind.odd;
    hard = true;
    at++;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
    if (!isDigit(bytes[at])) return fail(at, 'a digit is expected in the exponent');
    at = skipDigits(bytes, at, end);
  }
  if (at - from > easyNumberBytes) {
    scalarKind = valueKind.odd;
    hard = true;
  }
  if (at === from + 2 && isMinusZero(bytes, from)) scalarKind = valueKind.odd;
  return at;
}

const isMinusZero = (bytes: Uint8Array, at: number) => bytes[at] === 0x2d && bytes[at + 1] === 0x30;

function scanLiteral(bytes: Uint8Array, at: number, end: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    if (at + index >= end || bytes[at + index] !== text.charCodeAt(index)) return fail(at, 'a value is expected');
  }
  return at + text.length;
}

/** A value that is no container; notes its kind in the array around it. */
function scanScalar(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const code = bytes[at] as number;
  let kind = numbers;
  let next: number;
  if (code === quote) {
    kind = strings;
    next = scanString(bytes, at + 1, end);
    scalarKind = next === at + 2 ? valueKind.emptyText : valueKind.text;
  } else if (code === 0x74) {
    kind = booleans;
    scalarKind = valueKind.boolean;
    next = scanLiteral(bytes, at, end, 'true');
  } else if (code === 0x66) {
    kind = booleans;
    scalarKind = valueKind.boolean;
    next = scanLiteral(bytes, at, end, 'false');
  } else if (code === 0x6e) {
    scalarKind = valueKind.null;
    return scanLiteral(bytes, at, end, 'null');
  } else next = scanNumber(bytes, at, end);
  const level = levels[depth] as number;
  if (level !== isObject && level !== kind) {
    if (level === emptyArray) levels[depth] = kind;
    else hard = true;
  }
  return next;
}

function skipSpace(bytes: Uint8Array, from: number, end: number): number {
  if (space[bytes[from] as number] !== 1) return from;
  let at = from;
  while (at < end && space[bytes[at] as number] === 1) at++;
  if (at > from) spaced = true;
  return at;
}

/** `"key":`; returns the offset of its value. */
function scanKey(bytes: Uint8Array, from: number, end: number, depth: number): number {
  if (bytes[from] !== quote || from >= end) return fail(from, 'a key in double quotes is expected');
  let behind = from + 1;
  while (plain[bytes[behind] as number] === 1) behind++;
  if (bytes[behind] === quote && behind < end) behind++;
  else {
    behind = scanString(bytes, behind, end);
    if (behind < 0) return behind;
    hard = true;
  }
  const colon = skipSpace(bytes, behind, end);
  if (bytes[colon] !== 0x3a || colon >= end) return fail(colon, 'a colon is expected behind the key');
  const value = skipSpace(bytes, colon + 1, end);
  if (depth <= listedDepth && members.count >= 0) listMember(depth, from + 1, behind - 1, value);
  return value;
}

function listMember(depth: number, keyStart: number, keyEnd: number, valueStart: number): void {
  const member = members.count;
  if (member === maxMembers) {
    members.count = -1;
    return;
  }
  members.depth[member] = depth;
  members.keyStart[member] = keyStart;
  members.keyEnd[member] = keyEnd;
  members.valueStart[member] = valueStart;
  members.count = member + 1;
}

/** Whether the value at this depth belongs to a listed member. */
const isListed = (depth: number) => depth > 0 && depth <= listedDepth && levels[depth] === isObject && members.count > 0;

/** Steps behind a finished value: closes containers and passes a comma. Returns the next value, `end`, or -1. */
function afterValue(bytes: Uint8Array, from: number, end: number, startDepth: number): { at: number; depth: number } {
  let at = skipSpace(bytes, from, end);
  let depth = startDepth;
  while (depth > 0 && at < end) {
    const inObject = levels[depth] === isObject;
    const code = bytes[at];
    if (code === 0x2c) {
      at = skipSpace(bytes, at + 1, end);
      position.at = inObject ? scanKey(bytes, at, end, depth) : at;
      position.depth = depth;
      return position;
    }
    if (code !== (inObject ? 0x7d : 0x5d)) break;
    depth--;
    if (isListed(depth)) members.valueEnd[openMember[depth] as number] = at + 1;
    at = skipSpace(bytes, at + 1, end);
  }
  if (depth > 0) at = fail(at, at >= end ? 'the document is cut off' : `a comma or ${levels[depth] === isObject ? '}' : ']'} is expected`);
  position.at = at;
  position.depth = depth;
  return position;
}
const position = { at: 0, depth: 0 };

/** Enters an object or array; returns the offset of its first value, or of its closing bracket when it is empty. */
function openContainer(bytes: Uint8Array, from: number, end: number, depth: number): number {
  const inObject = bytes[from] === 0x7b;
  if (depth > maxDepth) return fail(from, `the document is nested deeper than ${maxDepth} levels`);
  if (depth > easyDepth || (depth > 1 && levels[depth - 1] !== isObject)) hard = true;
  if (isListed(depth - 1)) {
    openMember[depth - 1] = members.count - 1;
    members.kind[members.count - 1] = inObject ? valueKind.object : valueKind.array;
  }
  levels[depth] = inObject ? isObject : emptyArray;
  const at = skipSpace(bytes, from + 1, end);
  if (!inObject || bytes[at] === 0x7d) return at;
  const value = scanKey(bytes, at, end, depth);
  return value >= 0 && bytes[value] === 0x7d ? fail(value, 'a value is expected') : value;
}

function scanObject(bytes: Uint8Array, start: number, end: number): number {
  let depth = 0;
  let at = start;
  while (at >= 0) {
    if (at >= end) return fail(at, 'the document is cut off');
    const code = bytes[at];
    if (code === 0x7b || code === 0x5b) {
      at = openContainer(bytes, at, end, ++depth);
      const isEmpty = at > 0 && at < end && bytes[at] === (code === 0x7b ? 0x7d : 0x5d);
      if (!isEmpty) continue;
    } else {
      at = scanScalar(bytes, at, end, depth);
      if (isListed(depth)) {
        members.valueEnd[members.count - 1] = at;
        members.kind[members.count - 1] = scalarKind;
      }
    }
    if (at < 0) return at;
    const next = afterValue(bytes, at, end, depth);
    at = next.at;
    depth = next.depth;
    if (depth === 0) return at;
  }
  return at;
}

export function scanDocument(bytes: Uint8Array, start: number, end: number): Scan {
  failedAt = -1;
  failure = '';
  spaced = false;
  hard = false;
  hasNul = false;
  members.count = 0;
  const at = skipSpace(bytes, start, end);
  if (at >= end) fail(at, 'the document is empty');
  else if (bytes[at] !== 0x7b) fail(at, 'a JSON object is expected');
  else {
    const behind = scanObject(bytes, at, end);
    if (behind >= 0 && behind < end) fail(behind, 'more text stands behind the document');
  }
  return { errorAt: failedAt, reason: failure, spaced, hard, hasNul };
}

/** Copies a document without the white space between its tokens; returns the offset behind it in `target`. */
export function copyCompact(bytes: Uint8Array, start: number, end: number, target: Uint8Array, offset: number): number {
  let to = offset;
  let inString = false;
  for (let at = start; at < end; at++) {
    const code = bytes[at] as number;
    if (inString) {
      if (code === backslash) {
        target[to++] = code;
        target[to++] = bytes[++at] as number;
        continue;
      }
      if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (space[code] === 1) continue;
    target[to++] = code;
  }
  return to;
}
