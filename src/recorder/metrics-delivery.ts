import type { CallMetrics } from './call-metrics.ts';
import type { BatchHeader, Collector } from './collector.ts';

/**
 * Sends metrics when there is something new, at most every ten seconds. They are cumulative and so need no spool: what a collector that
 * is away has missed is in the next export. A collector that does not know them is not asked again.
 */
export type MetricsDelivery = Readonly<{
  /** The last export, for at most so long. */
  close: (millis: number) => Promise<void>;
}>;

const firstMillis = 1000;
const intervalMillis = 10_000;
const timeoutMillis = 5000;

export function startMetricsDelivery(
  metrics: CallMetrics,
  collector: Pick<Collector, 'sendMetrics' | 'close'>,
  header: BatchHeader,
): MetricsDelivery {
  let isWanted = true;
  let nextAt = 0;
  let sending: Promise<void> | undefined;

  const send = async (millis: number) => {
    const result = await collector.sendMetrics(header, metrics.takeOtlp(Date.now()), millis);
    if (result === 'later') metrics.putBack();
    else if (result > 0) isWanted = false;
  };
  const timer = setInterval(() => {
    if (!isWanted || !metrics.isDue || sending !== undefined || performance.now() < nextAt) return;
    nextAt = performance.now() + intervalMillis - firstMillis / 2;
    sending = send(timeoutMillis).finally(() => {
      sending = undefined;
    });
  }, firstMillis);
  timer.unref();

  return {
    async close(millis) {
      clearInterval(timer);
      const limit = new Promise<void>((resolve) => setTimeout(resolve, millis).unref());
      const last = async () => {
        await sending;
        if (isWanted && metrics.isDue) await send(millis);
      };
      await Promise.race([last(), limit]);
      collector.close();
    },
  };
}
