import { AppError } from '../errors.ts';
import { type JsonValue, parseJson } from './json-text.ts';

/** An object takes some 250 bytes of memory, and two in the text. */
const maxContainers = 1_000_000;

const openBrace = 0x7b;
const openBracket = 0x5b;

/**
 * Parses JSON from a sender that is not trusted: `parseJson`, but a text with more than a million objects and arrays is refused before it
 * takes a hundred times its size in memory. Throws `too_large`, and `JsonTextError`.
 */
export function parseBoundedJson(bytes: Buffer): JsonValue {
  let containers = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === openBrace || byte === openBracket) containers++;
  }
  if (containers > maxContainers) {
    throw new AppError('too_large', `the JSON has more than ${maxContainers} objects and arrays; send smaller batches`);
  }
  return parseJson(bytes.toString('utf8'));
}
