import { sqlString, sqlStrings } from '../../lib/sql-text.ts';
import type { Engine } from '../engine/engine.ts';

/**
 * Table `minute_counts` says how many documents with automatic ids came in, and never learns of one that went away. So
 * before a document can vanish from `logs`, the days (of ingestion) of its index on which such documents came in are noted
 * in table `uncounted`, and from then on nobody believes what was counted of them. The same holds for days on which an
 * index got documents with explicit ids, which are not counted because each may replace another.
 */
export type UncountedDay = Readonly<{
  /** Empty: all indices. */
  index: string;
  /** `2026-11-21`, in UTC. */
  day: string;
}>;

const dayMillis = 86_400_000;

/** The day of `_ingested` for milliseconds since the epoch. */
export const dayOf = (millis: number): string => new Date(millis).toISOString().slice(0, 10);

/** Rows `index`, `day` that are not to be counted in the indices. */
export function readUncounted(indices: readonly string[]): string {
  return `SELECT DISTINCT toString(_index) AS index, toString(day) AS day FROM uncounted WHERE _index IN (${sqlStrings(['', ...indices])})`;
}

/** SQL condition: what came in on day `day` (SQL) is not to be counted. There must be one day at least. */
export function isUncounted(days: readonly UncountedDay[], day: string): string {
  const ofAll = days.filter(({ index }) => index === '').map((one) => `toDate(${sqlString(one.day)})`);
  const ofOne = days.filter(({ index }) => index !== '').map((one) => `(${sqlString(one.index)}, toDate(${sqlString(one.day)}))`);
  const conditions = [
    ...(ofAll.length > 0 ? [`${day} IN (${ofAll.join(', ')})`] : []),
    ...(ofOne.length > 0 ? [`(_index, ${day}) IN (${ofOne.join(', ')})`] : []),
  ];
  return `(${conditions.join(' OR ')})`;
}

/** Durable when it resolves. */
export async function markUncounted(engine: Pick<Engine, 'command'>, days: readonly UncountedDay[]): Promise<void> {
  if (days.length === 0) return;
  const pairs = days.map(({ index, day }) => `(${sqlString(index)}, ${sqlString(day)})`).join(', ');
  await mark(engine, `SELECT DISTINCT pair.1 AS _index, toDate(pair.2) AS day FROM (SELECT arrayJoin([${pairs}]) AS pair)`);
}

/** All days on which documents of the indices were counted, today included, and tomorrow for what midnight may overtake. */
export async function markIndices(engine: Pick<Engine, 'command'>, indices: readonly string[], now: number): Promise<void> {
  const names = sqlStrings(indices);
  const days = [now, now + dayMillis].map((millis) => `toDate(${sqlString(dayOf(millis))})`).join(', ');
  await mark(
    engine,
    `SELECT DISTINCT _index, day FROM minute_counts WHERE _index IN (${names})
     UNION DISTINCT SELECT arrayJoin([${names}]) AS _index, arrayJoin([${days}]) AS day`,
  );
}

/** Nothing is written where all are known. */
async function mark(engine: Pick<Engine, 'command'>, days: string): Promise<void> {
  await engine.command(
    `INSERT INTO uncounted (_index, day) SELECT _index, day FROM (${days}) WHERE (_index, day) NOT IN (SELECT _index, day FROM uncounted)`,
  );
}

/** Days far before `oldest`, of which nothing is left. */
export async function forgetUncounted(engine: Pick<Engine, 'command'>, oldest: string): Promise<void> {
  await engine.command(
    `DELETE FROM uncounted WHERE day < toDate(${sqlString(oldest)}) - 30 SETTINGS lightweight_deletes_sync = 2, mutations_sync = 2`,
  );
}
