import { illegalArgument, parsingError } from '../../lib/elasticsearch-errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json/json-text.ts';
import { parseMillis } from '../../lib/quantity.ts';

/** Readers of request members with Elasticsearch's leniency: numbers and booleans may come as text. */
export function readInteger(value: JsonValue | undefined, name: string, fallback: number, smallest = 0): number {
  if (value === undefined || value === null) return fallback;
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw parsingError(`[${name}] must be an integer, but was [${shown(value)}]`);
  if (number < smallest) throw illegalArgument(`[${name}] parameter cannot be negative, found [${number}]`);
  return number;
}

export function readNumber(value: JsonValue | undefined, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) throw parsingError(`[${name}] must be a number, but was [${shown(value)}]`);
  return number;
}

export function readBoolean(value: JsonValue | undefined, name: string, fallback = false): boolean {
  if (value === undefined || value === null) return fallback;
  if (value === true || value === 'true' || value === '') return true;
  if (value === false || value === 'false') return false;
  throw illegalArgument(`Failed to parse value [${shown(value)}] of [${name}] as only [true] or [false] are allowed.`);
}

export function readString(value: JsonValue | undefined, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw parsingError(`[${name}] must be a string, but was [${shown(value)}]`);
}

export function readObject(value: JsonValue | undefined, name: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  if (isJsonObject(value)) return value;
  throw parsingError(`[${name}] must be an object, but was [${shown(value)}]`);
}

/** One value or an array of them. */
export function asList(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value as JsonValue];
}

export function readNames(value: JsonValue | undefined, name: string): readonly string[] {
  return asList(value).map((item) => readString(item, name) ?? '');
}

/** A span such as `5m`; `undefined` without one. */
export function readMillis(value: JsonValue | undefined, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const millis = typeof value === 'number' ? value : typeof value === 'string' ? parseMillis(value) : undefined;
  if (value === '-1' || value === -1) return undefined;
  if (millis === undefined || millis < 0) {
    throw illegalArgument(
      `failed to parse setting [${name}] with value [${shown(value)}] as a time value: unit is missing or unrecognized`,
    );
  }
  return millis;
}

export function shown(value: JsonValue): string {
  return String(typeof value === 'object' ? (Array.isArray(value) ? 'array' : value === null ? 'null' : 'object') : value).slice(0, 200);
}
