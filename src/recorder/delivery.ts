import { rmSync } from 'node:fs';
import type { Collector } from './collector.ts';
import type { Delivered } from './records.ts';
import { readSpool, type Spool } from './spool.ts';

/**
 * Takes records to the collector without ever holding up the conversation: each is first in the spool file, then sent in
 * batches; what is not taken is tried again, by this process or, when it ends before, by the next recorder.
 */
export type Delivery = Readonly<{
  add: (records: readonly Delivered[]) => void;
  /** One last try, for at most so long; what is left stays in the spool. */
  close: (millis: number) => Promise<void>;
  /** Records that were lost so far, because the spool was full or could not be written. */
  dropped: () => number;
}>;

const batchMillis = 200;
const batchRecords = 500;
const timeoutMillis = 5000;
const maxBackoffMillis = 30_000;

export function startDelivery(spool: Spool, collector: Collector): Delivery {
  let pending: Delivered[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let backoff = batchMillis;
  let dropped = 0;
  let closed = false;
  let orphans: readonly string[] = [];

  const schedule = (millis: number) => {
    if (closed || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      sending ??= flush(timeoutMillis).finally(() => {
        sending = undefined;
        if (pending.length > 0 || orphans.length > 0) schedule(backoff);
      });
    }, millis);
    timer.unref();
  };

  async function flush(limit: number): Promise<void> {
    while (pending.length > 0) {
      const batch = pending.slice(0, batchRecords);
      if (!(await collector.send(batch, limit))) {
        backoff = Math.min(backoff * 2, maxBackoffMillis);
        return;
      }
      pending = pending.slice(batch.length);
      backoff = batchMillis;
    }
    spool.clear();
    await sendOrphans(limit);
  }

  async function sendOrphans(limit: number): Promise<void> {
    while (orphans[0] !== undefined && !closed) {
      const records = readSpool(orphans[0]);
      for (let at = 0; at < records.length; at += batchRecords)
        if (!(await collector.send(records.slice(at, at + batchRecords), limit))) return;
      rmSync(orphans[0], { force: true });
      orphans = orphans.slice(1);
    }
  }

  // Not before the conversation has begun: starting is when time is short.
  setTimeout(() => {
    orphans = spool.claimOrphans();
    if (orphans.length > 0) schedule(0);
  }, 2000).unref();

  return {
    add(records) {
      spool.append(records);
      const lost = spool.takeDropped();
      dropped += lost;
      if (lost === 0) pending.push(...records);
      schedule(batchMillis);
    },
    dropped: () => dropped,
    async close(millis) {
      closed = true;
      clearTimeout(timer);
      const limit = new Promise<void>((resolve) => setTimeout(resolve, millis).unref());
      await Promise.race([(sending ?? Promise.resolve()).then(() => flush(millis)), limit]);
    },
  };
}
