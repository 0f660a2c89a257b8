import { sqlString } from '../../lib/sql-text.ts';
import { type SealedSegment, segmentColumns } from '../../model/journal-line.ts';

/**
 * Explicit ids: the newest version of a document is the one with the largest (segment, row). After a segment with such
 * ids is in the table, older versions and deleted documents are removed. Running it again changes nothing, so a crash
 * in between is harmless; it MUST run in the order of segments.
 */
const keyed = (
  segment: SealedSegment,
) => `SELECT index, substring(id, position(id, ':') + 1) AS key, max(row) AS last, argMax(segment_lines.kind, row) AS last_kind
  FROM file(${sqlString(segment.path)}, 'TSVRaw', ${sqlString(segmentColumns)}) AS segment_lines WHERE segment_lines.kind IN ('+', '-') AND id != '' GROUP BY index, key`;

/** Rows with an automatic id that a client wrote to again: the id says where the row is. */
const places = (
  segment: SealedSegment,
) => `SELECT index, reinterpretAsUInt64(reverse(unhex(leftPad(substring(key, 1, 13), 16, '0')))), reinterpretAsUInt32(reverse(unhex(leftPad(substring(key, 14), 8, '0'))))
  FROM (${keyed(segment)}) WHERE match(key, '^[0-9a-f]{20}$')`;

function oldVersions(segment: SealedSegment): string {
  const touched = `(_id IN (SELECT key FROM (${keyed(segment)})) AND (_index, _id) IN (SELECT index, key FROM (${keyed(segment)})))`;
  const newest = `(_index, _id, _row) IN (SELECT index, key, last FROM (${keyed(segment)}) WHERE last_kind = '+')`;
  const automatic = `(_id = '' AND _segment < ${segment.id} AND (_index, _segment, _row) IN (${places(segment)}))`;
  return `(${touched} AND (_segment < ${segment.id} OR (_segment = ${segment.id} AND NOT ${newest}))) OR ${automatic}`;
}

/** Counts what `deleteOldVersions` would remove, to spare a mutation where ids are new, as they nearly always are. */
export function countOldVersions(segment: SealedSegment): string {
  return `SELECT count() AS old FROM logs WHERE ${oldVersions(segment)}`;
}

export function deleteOldVersions(segment: SealedSegment): string {
  return `DELETE FROM logs WHERE ${oldVersions(segment)} SETTINGS lightweight_deletes_sync = 2, mutations_sync = 2`;
}
