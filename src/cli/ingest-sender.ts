import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../lib/errors.ts';
import { bulkBody, bulkOutcomes, isAcknowledged } from './bulk.ts';
import { indexPath } from './log-query.ts';
import { isRetryable, type ServerClient, type ServerResponse } from './server-client.ts';

const maxBatchBytes = 8 * 1024 ** 2;
const maxBatchDocuments = 10_000;
const firstWaitMillis = 250;
const maxWaitMillis = 10_000;
const maxReasons = 5;

/**
 * Sends documents in order, one batch at a time, and keeps each until the server has acknowledged or refused it. `say`
 * gets sentences for people. A request that the server refuses as a whole (credentials, wrong address) is a failure.
 */
export function createIngestSender(client: ServerClient, index: string, say: (sentence: string) => void) {
  const path = `${indexPath(index)}/_bulk`;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let waitingBytes = 0;
  let acknowledged = 0;
  let rejected = 0;
  const reasons: string[] = [];
  let sending: Promise<void> = Promise.resolve();
  let failed = false;
  let onFailure: (error: unknown) => void = () => undefined;
  let belowWaiters: { bytes: number; resolve: () => void }[] = [];

  const settle = (bytes: number) => {
    waitingBytes -= bytes;
    for (const waiter of belowWaiters) if (waitingBytes < waiter.bytes) waiter.resolve();
    belowWaiters = belowWaiters.filter((waiter) => waitingBytes >= waiter.bytes);
  };

  /** One attempt; resolves with the documents that have to be sent again. */
  const attempt = async (documents: readonly Uint8Array[]): Promise<readonly Uint8Array[]> => {
    const response: ServerResponse = await client.send({
      method: 'POST',
      path,
      body: bulkBody(documents),
      contentType: 'application/x-ndjson',
    });
    const outcomes = bulkOutcomes(response, documents.length);
    const again: Uint8Array[] = [];
    for (const [at, outcome] of outcomes.entries()) {
      if (isAcknowledged(outcome)) acknowledged++;
      else if (isRetryable(outcome.status)) again.push(documents[at] as Uint8Array);
      else {
        rejected++;
        if (reasons.length < maxReasons) reasons.push(outcome.reason);
      }
    }
    return again;
  };

  const deliver = async (batch: readonly Uint8Array[]): Promise<void> => {
    let left = batch;
    let waitMillis = firstWaitMillis;
    let told = false;
    while (left.length > 0) {
      try {
        left = await attempt(left);
        if (left.length === 0) break;
      } catch (error) {
        if (!(error instanceof AppError) || !error.retryable) throw error;
        if (!told) say(`${error.message} Waiting; nothing is dropped.`);
        told = true;
      }
      // Spread, so that many senders do not come back at the same moment.
      await sleep(waitMillis * (0.5 + Math.random() / 2));
      waitMillis = Math.min(maxWaitMillis, waitMillis * 2);
    }
    if (told) say('The server answers again.');
  };

  const flushBatch = (): void => {
    if (pending.length === 0) return;
    const batch = pending;
    const bytes = pendingBytes;
    pending = [];
    pendingBytes = 0;
    sending = sending.then(async () => {
      if (failed) return;
      await deliver(batch);
      settle(bytes);
    });
    sending.catch((error: unknown) => {
      failed = true;
      onFailure(error);
    });
  };

  return {
    add: (documents: readonly Uint8Array[]): void => {
      for (const document of documents) {
        if (pendingBytes + document.byteLength > maxBatchBytes || pending.length >= maxBatchDocuments) flushBatch();
        pending.push(document);
        pendingBytes += document.byteLength;
        waitingBytes += document.byteLength;
      }
    },
    /** Sends what was added so far, after what was sent before. */
    flush: flushBatch,
    pendingBytes: () => pendingBytes,
    /** Bytes without an acknowledgement. */
    waitingBytes: () => waitingBytes,
    whenBelow: (bytes: number): Promise<void> =>
      waitingBytes < bytes ? Promise.resolve() : new Promise((resolve) => belowWaiters.push({ bytes, resolve })),
    onFailure: (listener: (error: unknown) => void): void => {
      onFailure = listener;
    },
    /** Resolves when everything was answered; rejects when a request failed for good. */
    finish: async (): Promise<{ acknowledged: number; rejected: number; reasons: readonly string[] }> => {
      flushBatch();
      await sending;
      return { acknowledged, rejected, reasons };
    },
  };
}
