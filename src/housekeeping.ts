import { statfsSync } from 'node:fs';
import type { Catalogue } from './catalogue/catalogue.ts';
import { outcomeText, runLifecycle } from './catalogue/run-lifecycle.ts';
import type { Config } from './config/schema.ts';
import { diskBudgetBytes } from './store/config.ts';
import { applyRetention, heldBytes, storeTotals } from './store/retention.ts';
import type { WritePath } from './write-path.ts';

const everyMillis = 60_000;

/** Share of the budget from which the operator is warned. */
const warnFrom = 0.9;

/** What is free on the disk, and what the store may hold. Asks the engine for its sizes: to walk thousands of files takes half a second. */
export async function diskState(
  config: Config,
  path: Pick<WritePath, 'engine' | 'journal'>,
): Promise<Readonly<{ freeBytes: number; budgetBytes: number }>> {
  const { bavail, bsize } = statfsSync(config.data);
  const freeBytes = bavail * bsize;
  const usedByUsBytes = (await heldBytes(path.engine)) + path.journal.waitingBytes;
  return { freeBytes, budgetBytes: diskBudgetBytes(config.store.maxDiskBytes, { freeBytes, usedByUsBytes }) };
}

/** Retention by age and budget, and the lifecycle policies of indices: once a minute. Returns how to stop. */
export function startHousekeeping(config: Config, path: WritePath, catalogue: Catalogue, log: (line: string) => void): () => Promise<void> {
  let running = Promise.resolve();
  let warned = false;

  /** Says so once, before anything is deleted, and again only after there was room in between. */
  async function warnBefore(budgetBytes: number): Promise<void> {
    const bytes = (await storeTotals(path.engine)).bytes + path.journal.waitingBytes;
    if (bytes < budgetBytes * warnFrom) warned = false;
    else if (!warned) {
      warned = true;
      log(
        `the data folder holds ${bytes} of its budget of ${budgetBytes} bytes; when it is full, the oldest records are deleted (store.maxDiskBytes)`,
      );
    }
  }

  const finishDeletions = () =>
    catalogue.finishDeletions().catch((error: Error) => log(`rows of deleted indices are still there: ${error.message}`));

  async function tick(): Promise<void> {
    const { budgetBytes } = await diskState(config, path);
    await warnBefore(budgetBytes);
    await finishDeletions();
    const limits = { days: config.store.retentionDays, budgetBytes, otherBytes: path.journal.waitingBytes };
    for (const { day, rows, bytes, why } of await applyRetention(path.deletions, limits, new Date())) {
      log(
        `removed ${rows} records (${bytes} bytes) that came in on ${day}: ${why === 'age' ? `older than ${limits.days} days` : `the data folder is over its budget of ${budgetBytes} bytes`}`,
      );
    }
    for (const outcome of await runLifecycle({
      catalogue,
      sizes: (indices) => path.store.statistics(indices),
      forceMerge: () => path.store.merge(),
    })) {
      log(outcomeText(outcome));
    }
  }

  // Of the last run. Neither a start nor a stop waits for it: on a full disk it fails, and is tried again.
  void finishDeletions();
  const timer = setInterval(() => {
    running = running.then(tick).catch((error: Error) => log(`housekeeping failed and is tried again in a minute: ${error.message}`));
  }, everyMillis);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
