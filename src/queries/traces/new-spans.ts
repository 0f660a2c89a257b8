import { sqlString } from '../../lib/sql-text.ts';
import { traceKey } from '../../model/trace-id.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { parseSpanRows, type SpanRow, spanRowColumns } from './span-rows.ts';

/** What live views ask for when segments were loaded. Nobody watches: nothing is asked. */
export type NewSpans = Readonly<{
  /** Hashes of traces with records in the segments, at most `limit`. */
  hashes: (segments: readonly number[], limit: number) => Promise<readonly string[]>;
  /** Records of some traces in the segments, in the order of arrival, without attributes; all that are stored when `segments` is undefined. */
  ofTraces: (ids: readonly string[], segments: readonly number[] | undefined, limit: number) => Promise<readonly SpanRow[]>;
}>;

export function newSpans(engine: Engine, queryLimits: QueryLimits = {}): NewSpans {
  const inSegments = (segments: readonly number[]) => `_segment IN (${segments.map((id) => BigInt(id)).join(', ')})`;
  return {
    async hashes(segments, limit) {
      if (segments.length === 0) return [];
      const rows = await engine.select(
        `SELECT DISTINCT toString(trace_hash) AS hash FROM spans WHERE ${inSegments(segments)} LIMIT ${limit}`,
        queryLimits,
      );
      return rows.map(({ hash }) => hash as string);
    },
    async ofTraces(ids, segments, limit) {
      const keys = new Set(ids.map(traceKey));
      if (keys.size === 0 || segments?.length === 0) return [];
      const hashes = [...keys].map((key) => `cityHash64(${sqlString(key)})`).join(', ');
      const where = segments === undefined ? `slot IN (SELECT slot FROM traces WHERE trace_hash IN (${hashes}))` : inSegments(segments);
      const columns = await engine.selectColumns(
        `SELECT ${spanRowColumns('outline')} FROM spans WHERE ${where} AND trace_hash IN (${hashes}) ORDER BY _segment, _row LIMIT ${limit}`,
        queryLimits,
      );
      return parseSpanRows(columns).filter(({ traceId }) => keys.has(traceKey(traceId)));
    },
  };
}
