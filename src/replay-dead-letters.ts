import type { DeadLetterTable } from './store/dead-letter-table.ts';
import type { DocumentWriter } from './surfaces/elasticsearch/document-write-endpoints.ts';

const batch = 500;

/**
 * Sends dead letters in again. Each gets an explicit id made of its own, so that a replay that was interrupted and runs
 * again stores nothing twice; what still cannot be read stays where it is.
 */
export async function replayDeadLetters(letters: DeadLetterTable, writer: DocumentWriter, ids: readonly string[] | undefined) {
  const failed: { id: string; reason: string }[] = [];
  let replayed = 0;
  for (;;) {
    // What was replayed is gone from the list; what failed is still there and is passed over.
    const page = await letters.list({ limit: batch, offset: failed.length, source: undefined, ids });
    if (page.length === 0) return { replayed, failed };
    const done: string[] = [];
    for (const { id, index, payload } of page) {
      try {
        await writer.document(
          payload,
          {
            action: 'create',
            index,
            id: `dead-letter-${id}`,
            requireAlias: undefined,
            pipeline: undefined,
            ifSeqNo: undefined,
            version: undefined,
            versionType: undefined,
          },
          { requireDataStream: false, refresh: false },
        );
        done.push(id);
      } catch (error) {
        if ((error as { status?: number }).status === 409) done.push(id);
        else failed.push({ id, reason: (error as Error).message });
      }
    }
    await letters.remove(done);
    replayed += done.length;
  }
}
