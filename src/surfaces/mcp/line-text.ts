import { formatNanos } from '../../lib/format-nanos.ts';
import { printableText } from '../../lib/printable-text.ts';

/** Text of strangers as a part of one line: it cannot begin a line of its own, nor hide what it says. */
export const inLine = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return printableText(text).replaceAll('\n', '\\n').replaceAll('\t', ' ');
};

/** Milliseconds for people. */
export const took = (millis: number | null): string => (millis === null ? 'open' : formatNanos(BigInt(Math.round(millis * 1e6))));

/** `3 spans`, `1 span`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** The parts that say something, two spaces apart. */
export const joined = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('  ');
