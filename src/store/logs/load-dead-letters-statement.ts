import { sqlString } from '../../lib/sql-text.ts';
import { type SealedSegment, segmentColumns } from '../../model/journal-line.ts';
import { onceSettings, segmentReadSettings } from '../load-settings.ts';
import { automaticIdExpression } from './id-expression.ts';

/** Dead letters of a segment; their ids are built like automatic document ids. */
export function loadDeadLettersStatement(segment: SealedSegment): string {
  return `INSERT INTO dead_letters (id, received, source, target, reason, payload)
SELECT ${automaticIdExpression(`toUInt64(${segment.id})`, 'row')}, fromUnixTimestamp64Milli(${segment.openedAt}, 'UTC'), id, index, flat, base64Decode(line)
FROM file(${sqlString(segment.path)}, 'TSVRaw', ${sqlString(segmentColumns)})
WHERE kind = '!'
SETTINGS ${onceSettings(`dead-letters-${segment.id}`)}, ${segmentReadSettings}`;
}
