/** Decimal text of numbers of 64 bits, given as halves from 0 to 2^32 - 1; without `bigint` where a double is exact. */
const two32 = 4_294_967_296;

export function unsignedText(high: number, low: number): string {
  if (high === 0) return String(low);
  if (high < 0x20_0000) return String(high * two32 + low);
  return String((BigInt(high) << 32n) | BigInt(low));
}

export function signedText(high: number, low: number): string {
  if (high < 0x8000_0000) return unsignedText(high, low);
  if (high === 0xffff_ffff && low !== 0) return String(low - two32);
  return String(BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)));
}

/** Of the time that was split last. */
export const time = { seconds: 0, nanoseconds: 0 };

/** Splits unsigned nanoseconds since 1970 into `time`: 2^48 is 281,474 seconds and 976,710,656 nanoseconds, so every term stays below 2^53. */
export function splitNanos(high: number, low: number): void {
  const top = high >>> 16;
  const rest = top * 976_710_656 + (high & 0xffff) * two32 + low;
  const carry = Math.floor(rest / 1e9);
  time.seconds = top * 281_474 + carry;
  time.nanoseconds = rest - carry * 1e9;
}

/** Nine digits. */
const padded = (nanoseconds: number) => String(nanoseconds + 1e9).slice(1);

/**
 * Decimal nanoseconds since 1970. Empty for 0, which says that the time is unknown, and for times after the year 2262, which no signed
 * 64-bit integer holds.
 */
export function nanosText(high: number, low: number): string {
  if (high >= 0x8000_0000) return '';
  if (high < 0x20_0000) return high === 0 && low === 0 ? '' : String(high * two32 + low);
  splitNanos(high, low);
  return `${time.seconds}${padded(time.nanoseconds)}`;
}

let lastSeconds = Number.NaN;
let lastPrefix = '';

/** RFC 3339 in UTC with nine digits after the point; empty for 0. */
export function instantText(high: number, low: number): string {
  if (high === 0 && low === 0) return '';
  splitNanos(high, low);
  if (time.seconds !== lastSeconds) {
    lastSeconds = time.seconds;
    lastPrefix = new Date(time.seconds * 1000).toISOString().slice(0, 19);
  }
  return `${lastPrefix}.${padded(time.nanoseconds)}Z`;
}

/** A double as JSON: with a fraction or an exponent, so that it can be told from an integer. What JSON has no number for is a string. */
export function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}
