import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from './json-text.ts';

/** Reading answers of the HTTP API, which another version of meshscope may have written. */
type Member = JsonValue | undefined;

export const text = (value: Member): string => (typeof value === 'string' ? value : '');
export const count = (value: Member): number => (typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : 0);
export const objectOf = (value: Member): JsonObject => (isJsonObject(value) ? value : {});
export const listOf = (value: Member): readonly JsonValue[] => (Array.isArray(value) ? value : []);
export const objects = (value: Member): readonly JsonObject[] => listOf(value).filter(isJsonObject);

/** Nanoseconds as decimal text, in milliseconds with three digits behind the point. */
export function millis(value: Member): number | null {
  if (typeof value !== 'string' || !/^-?\d{1,30}$/.test(value)) return null;
  return Math.round(Number(value) / 1e3) / 1e3;
}

/** Nanoseconds since the epoch as RFC 3339; the text itself where no date can say it. */
export function instant(value: Member): string {
  const time = millis(value);
  return time !== null && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : text(value);
}

/** What `JSON.stringify` takes: integers that a double cannot hold are decimal text. `depth` bounds what is kept. */
export function plain(value: JsonValue, depth = 6): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof ExactNumber) return value.text;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => plain(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth - 1)]));
}
