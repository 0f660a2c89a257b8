import { statfsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalogue } from './catalogue/catalogue.ts';
import { runLifecycle } from './catalogue/run-lifecycle.ts';
import type { Config } from './config/schema.ts';
import { diskBudgetBytes } from './store/config.ts';
import { applyRetention, storeTotals } from './store/retention.ts';
import type { WritePath } from './write-path.ts';

const everyMillis = 60_000;

/** Share of the budget from which the operator is warned. */
const warnFrom = 0.9;

/** Bytes of all files below a folder. Files and folders that vanish meanwhile, as parts of tables do, do not count. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(ignoreVanished([]));
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return folderBytes(path);
      return entry.isFile() ? (await stat(path).catch(ignoreVanished({ size: 0 }))).size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const ignoreVanished =
  <T>(instead: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };

export async function diskState(config: Config): Promise<Readonly<{ freeBytes: number; usedBytes: number; budgetBytes: number }>> {
  const { bavail, bsize } = statfsSync(config.data);
  const freeBytes = bavail * bsize;
  const usedBytes = await folderBytes(config.data);
  return { freeBytes, usedBytes, budgetBytes: diskBudgetBytes(config.store.maxDiskBytes, { freeBytes, usedByUsBytes: usedBytes }) };
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

  async function tick(): Promise<void> {
    const { budgetBytes } = await diskState(config);
    await warnBefore(budgetBytes);
    const limits = { days: config.store.retentionDays, budgetBytes, otherBytes: path.journal.waitingBytes };
    for (const { day, rows, bytes, why } of await applyRetention(path.engine, limits, new Date())) {
      log(
        `removed ${rows} records (${bytes} bytes) that came in on ${day}: ${why === 'age' ? `older than ${limits.days} days` : `the data folder is over its budget of ${budgetBytes} bytes`}`,
      );
    }
    for (const { action, error } of await runLifecycle({
      catalogue,
      sizes: (indices) => path.store.statistics(indices),
      forceMerge: () => path.store.merge(),
    })) {
      log(`lifecycle of ${action.index}: ${action.action}${error instanceof Error ? ` failed: ${error.message}` : ''}`);
    }
  }

  const timer = setInterval(() => {
    running = running.then(tick).catch((error: Error) => log(`housekeeping failed and is tried again in a minute: ${error.message}`));
  }, everyMillis);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
