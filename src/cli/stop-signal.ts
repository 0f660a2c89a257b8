import { once } from 'node:events';

/** Resolves at SIGINT, SIGTERM or SIGHUP, or when `signal` aborts. */
export async function stopSignal(signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return;
  const stop = new AbortController();
  const waits: Promise<unknown>[] = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => once(process, name, { signal: stop.signal }));
  if (signal) waits.push(once(signal, 'abort', { signal: stop.signal }));
  await Promise.race(waits);
  stop.abort();
  await Promise.allSettled(waits);
}
