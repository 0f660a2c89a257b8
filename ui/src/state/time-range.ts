/** As in the URL: date maths (`now-1h`, `now/d`) or RFC 3339. */
export type TimeRange = Readonly<{ from: string; to: string }>;

/** Unix time in milliseconds; the end is not included. */
export type Interval = Readonly<{ startMillis: number; endMillis: number }>;

export const defaultTimeRange: TimeRange = { from: 'now-1h', to: 'now' };

/** What the URL says. */
export const rangeOf = (parameters: URLSearchParams): TimeRange => ({
  from: parameters.get('from') ?? defaultTimeRange.from,
  to: parameters.get('to') ?? defaultTimeRange.to,
});

const unitMillis: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Start of a unit in the zone of the browser. */
function startOf(unit: string, millis: number): number {
  const date = new Date(millis);
  if (unit === 's') date.setMilliseconds(0);
  else if (unit === 'm') date.setSeconds(0, 0);
  else if (unit === 'h') date.setMinutes(0, 0, 0);
  else date.setHours(0, 0, 0, 0);
  if (unit === 'w') date.setDate(date.getDate() - ((date.getDay() + 6) % 7));
  return date.getTime();
}

/** `undefined` when it is neither date maths of `now` nor a date. */
export function resolveInstant(text: string, nowMillis: number): number | undefined {
  const maths = /^now((?:[+-]\d+[smhdw])*)(?:\/([smhdw]))?$/.exec(text);
  if (maths === null) {
    const millis = Date.parse(text);
    return Number.isNaN(millis) ? undefined : millis;
  }
  let millis = nowMillis;
  for (const [, sign, count, unit] of (maths[1] as string).matchAll(/([+-])(\d+)([smhdw])/g)) {
    millis += (sign === '-' ? -1 : 1) * Number(count) * (unitMillis[unit as string] as number);
  }
  return maths[2] === undefined ? millis : startOf(maths[2], millis);
}

/** A range that makes no sense becomes the default. */
export function resolveTimeRange(range: TimeRange, nowMillis: number): Interval {
  const startMillis = resolveInstant(range.from, nowMillis);
  const endMillis = resolveInstant(range.to, nowMillis);
  if (startMillis === undefined || endMillis === undefined || startMillis >= endMillis)
    return resolveTimeRange(defaultTimeRange, nowMillis);
  return { startMillis, endMillis };
}

export const absoluteRange = ({ startMillis, endMillis }: Interval): TimeRange => ({
  from: new Date(startMillis).toISOString(),
  to: new Date(endMillis).toISOString(),
});

/** A step of a histogram that gives at most `most` columns, of lengths that people read easily; in milliseconds. */
export function stepOf({ startMillis, endMillis }: Interval, most: number): number {
  const smallest = (endMillis - startMillis) / most;
  return steps.find((step) => step >= smallest) ?? Math.ceil(smallest / 86_400_000) * 86_400_000;
}

const steps = [
  1, 5, 10, 50, 100, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
  7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000,
];
