import { sqlStrings } from '../../lib/sql-text.ts';
import type { Engine } from '../engine/engine.ts';

/** Clocks of Redis and of this machine may differ by so much. */
const clockSkewMillis = 2 * 86_400_000;

/**
 * Says which origins (`<stream> <entry id>`) are stored already, as spans or as dead letters. `refresh` MUST resolve when everything that was
 * acknowledged before can be seen. An entry id begins with the time at which Redis took it in, in milliseconds, so only rows that came in
 * since the oldest are looked at; ids of another kind are looked for everywhere.
 */
export function createStoredOrigins(
  engine: Pick<Engine, 'select'>,
  refresh: () => Promise<void>,
): (origins: readonly string[]) => Promise<ReadonlySet<string>> {
  return async (origins) => {
    if (origins.length === 0) return new Set();
    await refresh();
    const since = Math.max(0, Math.min(...origins.map(millisOf)) - clockSkewMillis);
    const rows = await engine.select(
      `SELECT origin FROM spans WHERE slot >= toStartOfMinute(${instant(since)}) AND _ingested >= ${instant(since)} AND origin IN (${sqlStrings(origins)})
       UNION ALL
       SELECT JSONExtractString(payload, 'origin') AS origin FROM dead_letters
       WHERE source = 'redis' AND received >= ${instant(since)} AND origin IN (${sqlStrings(origins)})`,
    );
    return new Set(rows.map(({ origin }) => String(origin)));
  };
}

/** 0 when the id is no time of these decades: then it says nothing. */
function millisOf(origin: string): number {
  const millis = Number(/ (\d{13})-\d+$/.exec(origin)?.[1] ?? 0);
  return millis < 2 ** 32 * 1000 ? millis : 0;
}

const instant = (millis: number): string => `fromUnixTimestamp64Milli(${millis}, 'UTC')`;
