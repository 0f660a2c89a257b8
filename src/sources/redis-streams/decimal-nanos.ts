/**
 * Times of MCP Mesh are decimal text: seconds and milliseconds with a fraction, from Java in exponent form (`1.769999999123E9`). They are
 * moved to nanoseconds digit by digit, because a double holds a time of today only to some hundred nanoseconds.
 */
const decimal = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

const maxInt64 = '9223372036854775807';
const zeros = '0'.repeat(20);

const isInt64 = (digits: string): boolean => digits.length < 19 || (digits.length === 19 && digits <= maxInt64);

/**
 * `text` times 10 to the power of `places`, as a decimal integer; digits behind the last place are cut off. Undefined when it is no
 * decimal number or beyond 64 bits.
 */
export function scaledInteger(text: string, places: number): string | undefined {
  if (text.length > 400) return undefined;
  const parts = decimal.exec(text);
  if (parts === null) return undefined;
  const fraction = parts[3] ?? '';
  let digits = (parts[2] as string) + fraction;
  if (digits === '') return undefined;
  const shift = places - fraction.length + (parts[4] === undefined ? 0 : Number(parts[4]));
  if (shift < 0) digits = digits.slice(0, shift);
  let start = 0;
  while (digits.charCodeAt(start) === 0x30) start++;
  if (start > 0) digits = digits.slice(start);
  if (digits === '') return '0';
  if (shift > 0) {
    if (digits.length + shift > 19) return undefined;
    digits += zeros.slice(0, shift);
  }
  if (!isInt64(digits)) return undefined;
  return parts[1] === '-' ? `-${digits}` : digits;
}

/** Nanoseconds of a duration in milliseconds. */
export const nanosOfMillis = (text: string): string | undefined => scaledInteger(text, 6);

/**
 * Nanoseconds since the epoch of a time in seconds. A number that is too large for that (beyond the year 2262) is taken as milliseconds,
 * microseconds or nanoseconds, the first that fits: clients that follow no SDK send those.
 */
export const nanosOfTime = (text: string): string | undefined =>
  scaledInteger(text, 9) ?? scaledInteger(text, 6) ?? scaledInteger(text, 3) ?? scaledInteger(text, 0);
