import { isUncounted, type UncountedDay } from './uncounted-days.ts';

/**
 * Table `minute_counts`: how many documents with automatic ids came in per minute of their own time and values of a few
 * columns, which have the same names as in `logs`. A view fills it with every insert.
 */
export const minuteMillis = 60_000;

/** Milliseconds of a row's time, as statements of aggregations write them. */
const rowMillis = 'toUnixTimestamp64Milli(timestamp)';

/** SQL for `rowMillis` over `minute_counts`, where nothing depends on the time within the minute. */
const minuteStart = `(toInt64(minute) * ${minuteMillis})`;

const columns: ReadonlySet<string> = new Set(['level', 'agent_name', 'exception_type', 'service_name', 'service_environment', '_index']);

const keywords: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'IN', 'IS', 'NULL', 'LIKE']);

export const minuteCounts = {
  rowMillis,
  minuteStart,
  /** The number of documents behind several rows. */
  total: 'sum(n)',
  /** SQL condition: minutes from `start` to before `end`, both in minutes since the epoch and open when undefined. Empty when both are. */
  between(start: bigint | undefined, end: bigint | undefined): string {
    return [...(start === undefined ? [] : [`minute >= ${start}`]), ...(end === undefined ? [] : [`minute < ${end}`])].join(' AND ');
  },
  /** SQL condition: the row may be believed. */
  counted: (days: readonly UncountedDay[]): string => (days.length === 0 ? '' : `NOT ${isUncounted(days, 'day')}`),
  /** SQL condition over `logs`: the documents of the other rows, and those that were never counted. */
  uncounted: (days: readonly UncountedDay[]): string => isUncounted(days, 'toDate(_ingested)'),
  /** Whether an expression over `logs` reads no column but those that are counted by; the minute aside. False when in doubt. */
  covers(sql: string): boolean {
    const code = sql
      .replaceAll(/'(?:[^'\\]|\\.)*'/gs, "''")
      .replaceAll(minuteStart, '0')
      .replaceAll(/\bINTERVAL \d+ [A-Z]+/g, '0');
    if (/[`"[\]{}@?;]|--|\/\*|->|::/.test(code)) return false;
    const names = code.matchAll(/[A-Za-z_][\w.]*(?!\w|\.|\s*\()/g);
    return [...names].every(([name]) => columns.has(name) || keywords.has(name));
  },
} as const;
