import { sqlString } from '../../lib/sql-text.ts';
import { type SealedSegment, segmentColumns } from '../../model/journal-line.ts';

/** Dead letters of a segment; their ids are built like automatic document ids. */
export function loadDeadLettersStatement(segment: SealedSegment): string {
  return `INSERT INTO dead_letters (id, received, source, target, reason, payload)
SELECT concat(${sqlString(segment.id.toString(16).padStart(13, '0'))}, leftPad(lower(hex(row)), 7, '0')), fromUnixTimestamp64Milli(${segment.openedAt}, 'UTC'), id, index, flat, base64Decode(line)
FROM file(${sqlString(segment.path)}, 'TSVRaw', ${sqlString(segmentColumns)})
WHERE kind = '!'
SETTINGS insert_deduplication_token = 'dead-letters-${segment.id}', max_insert_threads = 1`;
}
