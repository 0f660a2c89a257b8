import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so long, or until the signal is aborted: it resolves then, too. */
export async function pause(millis: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(millis, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Waits for work, but no longer than that; the work goes on. Rejects when the work does meanwhile. */
export async function waitAtMost(millis: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([work, pause(millis, over.signal)]);
  } finally {
    over.abort();
  }
}
