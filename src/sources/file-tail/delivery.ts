import { AppError } from '../../lib/errors.ts';
import type { DeadLetter, IngestLogs, LogBatch, LogDocument } from '../../model/ingest.ts';

export const sourceName = 'file-tail';

/** Where a source says what an operator should know. Each message stands alone; `detail` has its variable parts. */
export type FileTailLog = Readonly<{ warn: (message: string, detail: Readonly<Record<string, string | number>>) => void }>;

export type Records = Readonly<{ documents: readonly LogDocument[]; deadLetters: readonly DeadLetter[] }>;

const firstRetryMillis = 250;
const lastRetryMillis = 5000;
const maxDeadLetterBytes = 1024 * 1024;

/**
 * Delivers batches one after the other, and each of them until it is taken in: there is no sender to whom a file could
 * give a record back. Resolves with false only when `sleep` says that the source is closing.
 */
export function createDelivery(
  options: Readonly<{
    ingest: IngestLogs;
    index: string;
    log: FileTailLog;
    sleep: (millis: number) => Promise<boolean>;
    onRetry: () => void;
  }>,
): (records: Records) => Promise<boolean> {
  const { ingest, index, log, sleep, onRetry } = options;

  const deliver = async (records: Records): Promise<boolean> => {
    const { documents, deadLetters } = records;
    const batch: LogBatch = { source: sourceName, index, documents, ...(deadLetters.length > 0 ? { deadLetters } : {}) };
    for (let wait = firstRetryMillis; ; wait = Math.min(wait * 2, lastRetryMillis)) {
      try {
        await ingest(batch);
        return true;
      } catch (error) {
        const smaller = isTooMuch(error) ? split(records, error.message) : [];
        if (smaller.length > 0) return deliverEach(smaller);
        if (wait === firstRetryMillis)
          log.warn('Lines of files cannot be taken in at the moment; they are tried again', { reason: String(error) });
        onRetry();
        if (!(await sleep(wait))) return false;
      }
    }
  };

  const deliverEach = async (parts: readonly Records[]): Promise<boolean> => {
    for (const part of parts) if (!(await deliver(part))) return false;
    return true;
  };

  return deliver;
}

const isTooMuch = (error: unknown): error is AppError =>
  error instanceof AppError && !error.retryable && (error.code === 'too_large' || error.code === 'bad_request');

/** Halves; of a single document, dead letters with its bytes. Nothing when there is nothing left to split. */
function split({ documents, deadLetters }: Records, reason: string): Records[] {
  if (documents.length > 1) {
    const half = documents.length >> 1;
    return [
      { documents: documents.slice(0, half), deadLetters },
      { documents: documents.slice(half), deadLetters: [] },
    ];
  }
  if (documents.length + deadLetters.length > 1)
    return [{ documents, deadLetters: [] }, ...deadLetters.map((letter) => ({ documents: [], deadLetters: [letter] }))];
  const payload = documents[0] ?? deadLetters[0]?.payload;
  if (payload === undefined || (documents.length === 0 && payload.byteLength <= maxDeadLetterBytes)) return [];
  const parts: Records[] = [];
  for (let at = 0; at < payload.byteLength; at += maxDeadLetterBytes) {
    parts.push({
      documents: [],
      deadLetters: [{ payload: payload.subarray(at, at + maxDeadLetterBytes), reason: deadLetters[0]?.reason ?? reason }],
    });
  }
  return parts;
}
