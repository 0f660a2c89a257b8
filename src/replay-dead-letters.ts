import type { IngestSpans } from './model/span.ts';
import { isSpanLetter, replaySpan } from './replay-span.ts';
import type { DeadLetterTable, StoredDeadLetter } from './store/dead-letter-table.ts';
import type { DocumentWriter } from './surfaces/elasticsearch/document-write-endpoints.ts';

export type ReplayParts = Readonly<{ letters: DeadLetterTable; writer: DocumentWriter; ingestSpans: IngestSpans }>;

const batch = 500;

/**
 * Sends dead letters in again. Each gets an explicit id made of its own, so that a replay that was interrupted and runs
 * again stores nothing twice; what still cannot be read stays where it is. Spans have their repeats put together when they are read.
 */
export async function replayDeadLetters({ letters, writer, ingestSpans }: ReplayParts, ids: readonly string[] | undefined) {
  const failed = new Map<string, string>();
  let replayed = 0;
  let passed = 0;
  for (;;) {
    // What was replayed is gone from the list; what failed is still there, and new letters may have come in before it.
    const page = await letters.list({ limit: batch, offset: passed, source: undefined, ids });
    if (page.length === 0) return { replayed, failed: [...failed].map(([id, reason]) => ({ id, reason })) };
    const done: string[] = [];
    for (const letter of page.filter(({ id }) => !failed.has(id))) {
      const reason = isSpanLetter(letter) ? await replaySpan(letter, ingestSpans) : await replay(letter, writer);
      if (reason === undefined) done.push(letter.id);
      else failed.set(letter.id, reason);
    }
    await letters.remove(done);
    replayed += done.length;
    passed += page.length - done.length;
  }
}

/** Why it could not be stored; undefined when it is stored, by this replay or by one before that did not get to remove it. */
async function replay({ id, index, payload }: StoredDeadLetter, writer: DocumentWriter): Promise<string | undefined> {
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
    return undefined;
  } catch (error) {
    return (error as { status?: number }).status === 409 ? undefined : (error as Error).message;
  }
}
