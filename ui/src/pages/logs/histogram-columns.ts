import { levelColour } from '../../format/series-colour.ts';
import type { Interval } from '../../state/time-range.ts';

export type LevelName = 'Fatal' | 'Error' | 'Warning' | 'Info' | 'Debug' | 'No level';

/** From the bottom of a column to its top: what matters stands on the ground, where heights compare. */
export const levelNames: readonly LevelName[] = ['Fatal', 'Error', 'Warning', 'Info', 'Debug', 'No level'];

const byColour: Readonly<Record<string, LevelName>> = {
  'var(--fatal)': 'Fatal',
  'var(--error)': 'Error',
  'var(--warning)': 'Warning',
  'var(--info)': 'Info',
  'var(--debug)': 'Debug',
};

export const colourOfLevel: Readonly<Record<LevelName, string>> = {
  Fatal: 'var(--fatal)',
  Error: 'var(--error)',
  Warning: 'var(--warning)',
  Info: 'var(--info)',
  Debug: 'var(--debug)',
  'No level': 'var(--line-strong)',
};

export const levelName = (level: string): LevelName => (level === '' ? 'No level' : (byColour[levelColour(level)] ?? 'Info'));

export type HistogramBucket = Readonly<{
  key: number;
  doc_count: number;
  levels?: Readonly<{ buckets: readonly Readonly<{ key: string; doc_count: number }>[] }>;
}>;

export type Histogram = Readonly<{
  times: readonly number[];
  /** For each level that occurs, in the order of `levelNames`. */
  levels: readonly Readonly<{ name: LevelName; values: readonly number[]; total: number; spellings: readonly string[] }>[];
  totals: readonly number[];
}>;

/** Starts of the columns that an interval touches. */
export function columnTimes({ startMillis, endMillis }: Interval, stepMillis: number): readonly number[] {
  const first = Math.floor(startMillis / stepMillis) * stepMillis;
  return Array.from({ length: Math.max(1, Math.ceil((endMillis - first) / stepMillis)) }, (_, at) => first + at * stepMillis);
}

export function histogramOf(buckets: readonly HistogramBucket[], interval: Interval, stepMillis: number): Histogram {
  const times = columnTimes(interval, stepMillis);
  const places = new Map(times.map((time, at) => [time, at]));
  const totals = times.map(() => 0);
  const counts = new Map<LevelName, { values: number[]; spellings: Set<string> }>();
  const add = (name: LevelName, at: number, count: number, spelling: string) => {
    const entry = counts.get(name) ?? { values: times.map(() => 0), spellings: new Set<string>() };
    entry.values[at] = (entry.values[at] ?? 0) + count;
    if (spelling !== '') entry.spellings.add(spelling);
    counts.set(name, entry);
  };
  for (const bucket of buckets) {
    const at = places.get(bucket.key);
    if (at === undefined) continue;
    totals[at] = bucket.doc_count;
    let rest = bucket.doc_count;
    for (const { key, doc_count } of bucket.levels?.buckets ?? []) {
      add(levelName(key), at, doc_count, key);
      rest -= doc_count;
    }
    if (rest > 0) add('No level', at, rest, '');
  }
  const levels = levelNames.flatMap((name) => {
    const entry = counts.get(name);
    if (entry === undefined) return [];
    const { values, spellings } = entry;
    return [{ name, values, total: values.reduce((sum, value) => sum + value, 0), spellings: [...spellings] }];
  });
  return { times, levels, totals };
}

export type Gap = Interval & Readonly<{ why: 'ahead' | 'nothing stored' | 'not answered' }>;

/** In a column that has fewer records than this on average, none at all says nothing. */
const expectedCount = 10;

/**
 * Where the chart does not know: the time to come, and stretches in which no record of any kind is stored although there should be some.
 * `totals` counts all records, whatever was searched for.
 */
export function gapsOf(
  totals: readonly number[],
  times: readonly number[],
  stepMillis: number,
  interval: Interval,
  nowMillis: number,
): readonly Gap[] {
  const gaps: Gap[] = [];
  const filled = totals.filter((total) => total > 0);
  const mean = filled.reduce((sum, total) => sum + total, 0) / Math.max(1, filled.length);
  if (mean >= expectedCount || filled.length === 0) {
    for (let at = 0; at < times.length; at += 1) {
      const startMillis = Math.max(interval.startMillis, times[at] as number);
      const endMillis = Math.min(interval.endMillis, nowMillis, (times[at] as number) + stepMillis);
      // The column of this moment has only begun.
      if (totals[at] !== 0 || endMillis <= startMillis || (times[at] as number) + stepMillis > nowMillis) continue;
      const last = gaps.at(-1);
      if (last !== undefined && last.endMillis === times[at]) gaps[gaps.length - 1] = { ...last, endMillis };
      else gaps.push({ startMillis, endMillis, why: 'nothing stored' });
    }
  }
  if (interval.endMillis > nowMillis)
    gaps.push({ startMillis: Math.max(interval.startMillis, nowMillis), endMillis: interval.endMillis, why: 'ahead' });
  return gaps;
}
