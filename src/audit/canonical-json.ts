import { AppError } from '../lib/errors.ts';

/** Printing recurses, so deeper values are refused. */
export const maxCanonicalDepth = 32;

const refused = (reason: string) => new AppError('bad_request', `This cannot be kept as canonical JSON: ${reason}.`);

/**
 * The one text of a JSON value (RFC 8785): members in the order of their names' UTF-16 code units, no white space, numbers and texts as
 * ECMAScript prints them. Throws `AppError` `bad_request` for what has no such text, and for whole numbers beyond 2^53, whose digits were lost
 * before they came here.
 */
export const canonicalJson = (value: unknown): string => print(value, 1);

function print(value: unknown, depth: number): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refused(`${value} is no JSON number`);
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw refused('a whole number beyond 2^53 is not exact; send it as text');
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw refused(`${typeof value} is no JSON value`);
  if (depth > maxCanonicalDepth) throw refused(`it is nested deeper than ${maxCanonicalDepth} levels`);
  if (Array.isArray(value)) return `[${Array.from(value, (item) => print(item, depth + 1)).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refused('an object of a class is no JSON value');
  const members = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(members).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${print(members[name], depth + 1)}`).join(',')}}`;
}
