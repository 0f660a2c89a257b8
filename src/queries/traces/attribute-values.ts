import { AppError } from '../../lib/errors.ts';
import { parseJson } from '../../lib/json/json-text.ts';
import type { Attributes } from '../../model/trace.ts';

/** Integers of up to this many digits fit a double. */
const safeDigits = 15;
const shortInteger = /^-?\d+$/;

/**
 * The value of a JSON literal, as the attribute columns hold them. Integers beyond 2^53 become bigints. Text that is no JSON, or too deep to
 * be walked without fear for the stack, is given back as it is.
 */
export function parseLiteral(text: string): unknown {
  if (text.length <= safeDigits && shortInteger.test(text)) return Number(text);
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text === 'null') return null;
  try {
    return text.startsWith('"') ? JSON.parse(text) : parseJson(text);
  } catch (error) {
    if (error instanceof AppError || error instanceof SyntaxError) return text;
    throw error;
  }
}

/** Of what has none; without a prototype, as all attributes are. */
export const noAttributes: Attributes = Object.freeze(Object.create(null) as Attributes);

/** An attribute column: names and JSON literals. The result has no prototype, so that `__proto__` is a name like any other. */
export function parseAttributes(column: Readonly<Record<string, string>>): Attributes {
  const result: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(column)) result[name] = parseLiteral(column[name] as string);
  return result;
}

const isObject = (value: unknown): value is Attributes => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A column with the text of a JSON object, or empty. */
export function parseObject(text: string): Attributes {
  if (text === '') return noAttributes;
  const value = parseLiteral(text);
  return isObject(value) ? value : { text: value };
}

const nothing: readonly Attributes[] = Object.freeze([]);

/** A column with the text of a JSON array of objects, or empty. */
export function parseObjects(text: string): readonly Attributes[] {
  if (text === '') return nothing;
  const value = parseLiteral(text);
  return Array.isArray(value) ? value.map((item: unknown) => (isObject(item) ? item : { value: item })) : [{ text: value }];
}
