import { sqlString } from '../../lib/sql-text.ts';
import { type SealedSegment, segmentColumns } from '../../model/journal-line.ts';

/**
 * Explicit ids: the newest version of a document is the one with the largest (segment, row). After a segment with such
 * ids is in the table, older versions and deleted documents are removed. Running it again changes nothing, so a crash
 * in between is harmless; it MUST run in the order of segments.
 */
const keyed = (
  segment: SealedSegment,
) => `SELECT index, substring(id, position(id, ':') + 1) AS key, max(row) AS last, argMax(kind, row) AS kind
  FROM file(${sqlString(segment.path)}, 'TSVRaw', ${sqlString(segmentColumns)}) WHERE kind IN ('+', '-') AND id != '' GROUP BY index, key`;

/** Counts what a `deleteOldVersions` would remove, to spare a mutation where ids are new, as they nearly always are. */
export function countOldVersions(segment: SealedSegment): string {
  return `SELECT count() AS old FROM logs INNER JOIN (${keyed(segment)}) AS k ON logs._index = k.index AND logs._id = k.key
WHERE logs._id IN (SELECT key FROM (${keyed(segment)})) AND (logs._segment < ${segment.id} OR (logs._segment = ${segment.id} AND (logs._row < k.last OR k.kind = '-')))`;
}

export function deleteOldVersions(segment: SealedSegment): string {
  const touched = `(_index, _id) IN (SELECT index, key FROM (${keyed(segment)}))`;
  const newest = `(_index, _id, _row) IN (SELECT index, key, last FROM (${keyed(segment)}) WHERE kind = '+')`;
  return `DELETE FROM logs WHERE _id IN (SELECT key FROM (${keyed(segment)})) AND ${touched}
AND (_segment < ${segment.id} OR (_segment = ${segment.id} AND NOT ${newest})) SETTINGS lightweight_deletes_sync = 2, mutations_sync = 2`;
}
