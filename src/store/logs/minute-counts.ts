/**
 * Projection `minute_counts` of table `logs`: how many rows there are per minute and values of a few columns. The engine
 * answers a `GROUP BY` from it when the statement reads nothing else, and writes the minute as `minuteOf` does, to the letter.
 */

/** Added to milliseconds so that none is negative, and division rounds down; whole minutes. */
const shiftMillis = 10_000_000_800_000;
export const minuteMillis = 60_000;

/** Milliseconds of a row's time, as statements of aggregations write them. */
const rowMillis = 'toUnixTimestamp64Milli(timestamp)';

const minuteNumber = `intDiv(${rowMillis} + ${shiftMillis}, ${minuteMillis})`;

/** SQL for `rowMillis` in statements that the projection answers, where nothing depends on the time within the minute. */
const minuteStart = `(${minuteNumber} * ${minuteMillis} - ${shiftMillis})`;

const columns: ReadonlySet<string> = new Set(['level', 'agent_name', 'exception_type', 'service_name', 'service_environment', '_index']);

const keywords: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'IN', 'IS', 'NULL', 'LIKE']);

export const minuteCounts = {
  rowMillis,
  minuteStart,
  /** SQL condition: rows of the minutes from `start` to before `end`, both in minutes since the epoch and open when undefined. */
  between(start: bigint | undefined, end: bigint | undefined): string {
    const shift = BigInt(shiftMillis / minuteMillis);
    return [
      ...(start === undefined ? [] : [`${minuteNumber} >= ${start + shift}`]),
      ...(end === undefined ? [] : [`${minuteNumber} < ${end + shift}`]),
    ].join(' AND ');
  },
  /** Whether an expression reads no column but those that the projection has; the minute aside. False when in doubt. */
  covers(sql: string): boolean {
    const code = sql
      .replaceAll(/'(?:[^'\\]|\\.)*'/gs, "''")
      .replaceAll(minuteNumber, '0')
      .replaceAll(/\bINTERVAL \d+ [A-Z]+/g, '0');
    if (/[`"[\]{}@?;]|--|\/\*|->|::/.test(code)) return false;
    const names = code.matchAll(/[A-Za-z_][\w.]*(?!\w|\.|\s*\()/g);
    return [...names].every(([name]) => columns.has(name) || keywords.has(name));
  },
} as const;
