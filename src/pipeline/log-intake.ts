import { AppError } from '../lib/errors.ts';
import type { IngestLogs } from '../model/ingest.ts';
import type { FrameContent } from '../model/journal-line.ts';
import { FrameBuilder } from './frame-builder.ts';

/** The journal, as the pipeline needs it. `build` runs at once; the promise resolves when the frame is on the disk. */
export type AppendFrame = (
  build: (segment: number, firstRow: number) => Readonly<{ payload: Buffer; rows: number; content: FrameContent }>,
) => Promise<void>;

export type IntakePorts = Readonly<{
  append: AppendFrame;
  /** The concrete index behind a name, created when templates or the defaults allow it. */
  indexFor: (name: string) => Promise<string>;
  count: (source: string, outcome: 'received' | 'accepted' | 'dead_lettered' | 'rejected', records: number, bytes: number) => void;
}>;

/**
 * The way in for sources whose sender cannot be told about a single record: what is no JSON object goes to the dead
 * letters instead of being refused.
 */
export function createIngestLogs({ append, indexFor, count }: IntakePorts): IngestLogs {
  return async ({ source, index: name, documents, deadLetters = [] }) => {
    const bytes = documents.reduce((sum, document) => sum + document.length, 0);
    count(source, 'received', documents.length + deadLetters.length, bytes);
    let accepted = 0;
    let deadLettered = 0;
    try {
      const index = await indexFor(name);
      await append((_, firstRow) => {
        const frame = new FrameBuilder(firstRow, bytes);
        for (const document of documents) {
          const outcome = frame.addDocument(index, '', document, 0, document.length);
          if ('row' in outcome) accepted++;
          else {
            frame.addDeadLetter(name, source, `${outcome.error} (byte ${outcome.at})`, document);
            deadLettered++;
          }
        }
        for (const { payload, reason } of deadLetters) frame.addDeadLetter(name, source, reason, payload);
        deadLettered += deadLetters.length;
        return frame.finish();
      });
    } catch (error) {
      count(source, 'rejected', documents.length + deadLetters.length, bytes);
      throw error instanceof AppError
        ? error
        : new AppError('store_failed', `the journal failed: ${(error as Error).message}`, { cause: error });
    }
    count(source, 'accepted', accepted, bytes);
    count(source, 'dead_lettered', deadLettered, 0);
    return { accepted, deadLettered };
  };
}
