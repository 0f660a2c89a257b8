import { sqlString } from '../../lib/sql-text.ts';
import type { SealedSegment } from '../../model/journal-line.ts';
import type { Row } from '../engine/engine.ts';
import { atPlaces, placeColumns, type RowPlace } from './row-place.ts';
import { dayOf } from './uncounted-days.ts';

/**
 * Explicit ids: the newest version of a document is the one with the largest (segment, row). When segments with such ids
 * are in the table, and all before them, older versions and deleted documents are removed. Running it again changes
 * nothing, so a crash in between is harmless; it MUST run in the order of segments, on one or on several at once.
 */
/** More than the first four columns of a document can have. A mutation does not take the setting that lets lines of other kinds have more of them. */
const maxStartBytes = 4096;

const lines = ({ id, path, openedAt }: SealedSegment) =>
  `SELECT columns[2] AS index, substring(columns[3], position(columns[3], ':') + 1) AS key, toUInt64(${id}) AS segment, toUInt32OrZero(columns[4]) AS row, columns[1] AS kind, ${sqlString(dayOf(openedAt))} AS day
  FROM (SELECT splitByChar('\\t', substring(line, 1, ${maxStartBytes}), 5) AS columns FROM file(${sqlString(path)}, 'LineAsString', 'line String'))
  WHERE columns[1] IN ('+', '-') AND columns[3] != ''`;

const keyed = (segments: readonly SealedSegment[]) =>
  `SELECT index, key, max((segment, row)) AS last, argMax(kind, (segment, row)) AS last_kind FROM (${segments.map(lines).join(' UNION ALL ')}) GROUP BY index, key`;

/** Rows with an automatic id that a client wrote to again: the id says where the row is. */
const places = (segments: readonly SealedSegment[]) =>
  `SELECT index, reinterpretAsUInt64(reverse(unhex(leftPad(substring(key, 1, 13), 16, '0')))), reinterpretAsUInt32(reverse(unhex(leftPad(substring(key, 14), 8, '0'))))
  FROM (${keyed(segments)}) WHERE match(key, '^[0-9a-f]{20}$')`;

function oldVersions(segments: readonly SealedSegment[]): string {
  const last = segments.at(-1)?.id ?? 0;
  const touched = `(_id IN (SELECT key FROM (${keyed(segments)})) AND (_index, _id) IN (SELECT index, key FROM (${keyed(segments)})))`;
  const newest = `(_index, _id, _segment, _row) IN (SELECT index, key, last.1, last.2 FROM (${keyed(segments)}) WHERE last_kind = '+')`;
  const automatic = `(_id = '' AND (_index, _segment, _row) IN (${places(segments)}))`;
  return `_segment <= ${last} AND ((${touched} AND NOT ${newest}) OR ${automatic})`;
}

/** So many rows are deleted by their places, which costs a fraction of reading the segments for every part anew. */
const maxPlaces = 1000;

/**
 * Rows `index`, `day` (of ingestion), `partition`, `places` and `uncounted`. With a partition: what is to be removed there,
 * which spares mutations where ids are new, as they nearly always are; `places` are the first `maxPlaces` of them and one
 * more. Where `uncounted` is 1, the day of the index has documents with explicit ids, or loses some with automatic ids.
 */
export function findReplaced(segments: readonly SealedSegment[]): string {
  return `SELECT toString(_index) AS index, toString(toDate(_ingested)) AS day, _partition_id AS partition, groupArray(${maxPlaces + 1})((${placeColumns.join(', ')})) AS places, max(empty(_id)) AS uncounted
  FROM logs WHERE ${oldVersions(segments)} GROUP BY index, day, partition
  UNION ALL SELECT DISTINCT index, day, '' AS partition, [] AS places, 1 AS uncounted FROM (${segments.map(lines).join(' UNION ALL ')}) WHERE kind = '+'`;
}

const deleteRows = (partition: string, condition: string) =>
  `DELETE FROM logs IN PARTITION ID ${sqlString(partition)} WHERE ${condition} SETTINGS lightweight_deletes_sync = 2, mutations_sync = 2`;

/** Deletes in a partition whatever it holds of old versions. */
export const deleteOldVersions = (segments: readonly SealedSegment[], partition: string): string =>
  deleteRows(partition, oldVersions(segments));

/** The same for what `findReplaced` has found, a statement for each partition. */
export function deleteReplaced(segments: readonly SealedSegment[], found: readonly Row[]): readonly string[] {
  const byPartition = new Map<string, RowPlace[]>();
  for (const { partition, places } of found) {
    if (partition === '') continue;
    const others = byPartition.get(String(partition));
    if (others === undefined) byPartition.set(String(partition), [...(places as RowPlace[])]);
    else others.push(...(places as RowPlace[]));
  }
  return [...byPartition].map(([partition, places]) =>
    places.length > maxPlaces ? deleteOldVersions(segments, partition) : deleteRows(partition, atPlaces(places)),
  );
}

/**
 * Ends replacements that a kill or an error has interrupted. The engine would go on with them by itself, and read the files of
 * their segments anew for each part; when the segments were loaded meanwhile, these are gone, and a mutation that fails holds
 * up every later one for ever. Whatever they had not done yet is done by running them again. Only they read files, and no
 * literal of a user has quotes that are not escaped.
 */
export const stopReplacements = `KILL MUTATION WHERE database = currentDatabase() AND table = 'logs' AND NOT is_done AND position(command, ${sqlString("', 'LineAsString', 'line String')")}) > 0`;
