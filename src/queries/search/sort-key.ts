import type { JsonValue } from '../../lib/json/json-text.ts';

/** One key of the order of hits, in SQL, with what is needed to print its values and to go on behind them. */
export type SortKey = Readonly<{
  /** Items of ORDER BY, with directions. */
  order: readonly string[];
  /** SQL of what `print` makes the value of; the engine hands 64-bit integers over as text. */
  output: string;
  /** The value as JSON text. */
  print: (value: unknown) => string;
  /** Conditions on rows that have this value, and on rows that come behind it. Throws 400 for a value of another type. */
  behind: (value: JsonValue) => Readonly<{ equal: string; after: string }>;
}>;
