import { maxDepth } from './json-transcoder.ts';

/** A member of a JSON object: its decoded key, and its text `"key": value` as it stands in the object. */
export type JsonMember = Readonly<{ key: string; text: string }>;

const whitespace = /[ \t\r\n]*/y;
const separator = /[ \t\r\n]*:/y;
/** A scalar that is no string ends here. */
const scalar = /[^,\]} \t\r\n]*/y;

function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

/** Position behind the JSON string that begins at `at`. */
function afterString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); ; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
}

/** Position behind the JSON value that begins at `at`, or -1 when it is nested too deep. */
function afterValue(text: string, at: number): number {
  let depth = 0;
  for (let i = at; ; ) {
    const character = text[i];
    if (character === '"') i = afterString(text, i);
    else if (character === '{' || character === '[') {
      if (++depth >= maxDepth) return -1;
      i++;
    } else if (character === '}' || character === ']') {
      depth--;
      i++;
    } else if (
      character === ',' ||
      character === ':' ||
      character === ' ' ||
      character === '\t' ||
      character === '\r' ||
      character === '\n'
    ) {
      i++;
      continue;
    } else i = after(scalar, text, i);
    if (depth === 0) return i;
  }
}

function isJsonObject(text: string): boolean {
  const first = after(whitespace, text, 0);
  if (text[first] !== '{') return false;
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
  const line = text.replace(/[\r\n]/g, ' ');
  const members = new Map<string, string>();
  let at = after(whitespace, line, after(whitespace, line, 0) + 1);
  while (line[at] !== '}') {
    const keyEnd = afterString(line, at);
    const end = afterValue(line, after(whitespace, line, after(separator, line, keyEnd)));
    if (end < 0) return undefined;
    const quoted = line.slice(at, keyEnd);
    members.set(quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1), line.slice(at, end));
    at = after(whitespace, line, end);
    if (line[at] === ',') at = after(whitespace, line, at + 1);
  }
  return Array.from(members, ([key, memberText]) => ({ key, text: memberText }));
}
