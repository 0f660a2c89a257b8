import type { DeadLetter } from '../../model/ingest.ts';
import { quoted } from './attribute-text.ts';

/**
 * A dead letter of an entry: `{"origin": "<stream> <entry id>", "fields": {…}}`, with the fields in their order and as often as they came.
 * The origin is asked for when the entry is delivered again (`store/spans/stored-origins.ts`).
 */
export function deadLetterOf(origin: string, fields: readonly string[], reason: string): DeadLetter {
  let text = '';
  for (let at = 0; at < fields.length; at += 2) {
    const value = fields[at + 1];
    text += `${at === 0 ? '' : ','}${quoted(fields[at] as string)}:${value === undefined ? 'null' : quoted(value)}`;
  }
  return { payload: Buffer.from(`{"origin":${quoted(origin)},"fields":{${text}}}`), reason };
}
