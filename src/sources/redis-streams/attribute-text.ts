/** What cannot stand between quotes as it is. */
const special = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

const maxJsonLength = 65_536;
const maxJsonDepth = 64;
const longNumber = /\d{16}/;
const loneSurrogate = /\\ud[89a-f]/i;

/** A JSON string. Halves of surrogate pairs, which no UTF-8 can hold, become U+FFFD: the engine refuses them as escapes too. */
export const quoted = (text: string): string => (special.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`);

/** Agents send the same few lists over and over: their dependencies. */
const knownJson = new Map<string, string | undefined>();
const maxKnownLength = 256;
const maxKnown = 1000;

/**
 * A value of a stream entry, which is always text, as a JSON literal. Text that is exactly how JSON writes a number, `true`, `false` or
 * `null` becomes that, and a list or object of JSON becomes JSON (SDKs write them so); anything else is a string. The text can be had back
 * from the literal, but for the spacing inside lists and objects.
 */
export function attributeText(text: string): string {
  const first = text.charCodeAt(0);
  if ((first >= 0x30 && first <= 0x39) || first === 0x2d) {
    if (text.length < 25 && isCanonicalNumber(text)) return text;
  } else if (first === 0x5b || first === 0x7b) {
    return structureText(text) ?? quoted(text);
  } else if (text === 'true' || text === 'false' || text === 'null') return text;
  return quoted(text);
}

function isCanonicalNumber(text: string): boolean {
  const value = Number(text);
  return Number.isFinite(value) && String(value) === text;
}

function structureText(text: string): string | undefined {
  if (text === '[]' || text === '{}') return text;
  if (text.length > maxKnownLength) return parsedStructure(text);
  if (knownJson.has(text)) return knownJson.get(text);
  const literal = parsedStructure(text);
  if (knownJson.size >= maxKnown) knownJson.clear();
  // A copy: the text is part of what was read from the socket, and would keep all of it in memory.
  knownJson.set(Buffer.from(text).toString(), literal);
  return literal;
}

/** Undefined for what is no JSON, and for what the engine's parser would refuse (with all other attributes) or would not keep exactly. */
function parsedStructure(text: string): string | undefined {
  if (text.length > maxJsonLength || longNumber.test(text) || depthOf(text) > maxJsonDepth) return undefined;
  try {
    const literal = JSON.stringify(JSON.parse(text));
    return loneSurrogate.test(literal) ? undefined : literal;
  } catch {
    return undefined;
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
