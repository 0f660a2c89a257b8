import { sqlString, sqlStrings } from '../../../lib/sql-text.ts';
import { parseAutomaticId } from '../../../model/journal-line.ts';
import type { Operator } from '../compile-scope.ts';
import { never, or } from '../sql-condition.ts';

/** In terms of the columns rather than of the printed id, so that their indexes are used. An explicit id may look like an automatic one. */
export const idsCondition: Operator<'ids'> = ({ values }) => {
  if (values.length === 0) return never;
  const places = values.flatMap((id) => parseAutomaticId(id) ?? []);
  const segments = [...new Set(places.map(({ segment }) => segment))];
  const rows = places.map(({ segment, row }) => `(${segment}, ${row})`);
  const named = values.length === 1 ? `_id = ${sqlString(values[0] as string)}` : `(_id != '' AND _id IN (${sqlStrings(values)}))`;
  const placed = `(_id = '' AND _segment IN (${segments.join(', ')}) AND (_segment, _row) IN (${rows.join(', ')}))`;
  return or([named, ...(places.length > 0 ? [placed] : [])]);
};
