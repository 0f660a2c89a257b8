import type { ReadTarget } from '../../catalogue/resolve-read.ts';
import { sqlString, sqlStrings } from '../../lib/sql-text.ts';
import type { SeenSegments } from '../../store/logs/seen-segments.ts';
import type { Fields } from '../fields/field.ts';
import { toCondition } from '../filter/condition.ts';
import { parseQuery } from '../filter/parse-query.ts';

/** The rows that a search may see, and how their fields are read. */
export type SearchScope = Readonly<{
  indices: readonly string[];
  fields: Fields;
  /** SQL condition: the row is of these indices, passes the filters of the aliases, and is not newer than the snapshot. */
  visible: string;
  /** Milliseconds since the epoch that `now` means. */
  now: number;
}>;

export type ScopeOptions = Readonly<{
  targets: readonly ReadTarget[];
  fields: Fields;
  now: number;
  /** The snapshot of a scroll or a point in time. */
  segments?: SeenSegments | undefined;
}>;

export function createScope({ targets, fields, now, segments }: ScopeOptions): SearchScope {
  const plain = targets.filter(({ filters }) => filters.length === 0).map(({ index }) => index);
  const filtered = targets
    .filter(({ filters }) => filters.length > 0)
    .map(({ index, filters }) => {
      const conditions = filters.map((filter) => toCondition(parseQuery(filter), fields, { now }));
      return `(_index = ${sqlString(index)} AND (${conditions.join(' OR ')}))`;
    });
  // The engine compares with one value faster than with a set of one.
  const inPlain = plain.length === 1 ? `_index = ${sqlString(plain[0] as string)}` : `_index IN (${sqlStrings(plain)})`;
  const parts = [...(plain.length > 0 ? [inPlain] : []), ...filtered];
  const inIndices = parts.length === 0 ? '0' : parts.length === 1 ? (parts[0] as string) : `(${parts.join(' OR ')})`;
  return {
    indices: targets.map(({ index }) => index),
    fields,
    visible: segments === undefined ? inIndices : `${inIndices} AND ${inSegments(segments)}`,
    now,
  };
}

const inSegments = ({ last, missing }: SeenSegments) =>
  `_segment <= ${last}${missing.length === 0 ? '' : ` AND _segment NOT IN (${missing.join(', ')})`}`;
