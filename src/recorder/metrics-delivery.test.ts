import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallMetrics } from './call-metrics.ts';
import type { SendResult } from './collector.ts';
import { startMetricsDelivery } from './metrics-delivery.ts';
import { createSession } from './session.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const header = { index: 'mcp-calls', version: '1', session: createSession('weather', 'pipe') };
const log = { timeMillis: 0, level: 'info', logger: undefined, data: '', call: undefined };

/** A collector that answers with these, and then takes everything. */
function started(...answers: readonly SendResult[]) {
  const metrics = new CallMetrics(Date.now());
  const taken: string[] = [];
  const left = [...answers];
  const collector = {
    sendMetrics: async (_: unknown, text: string): Promise<SendResult> => {
      taken.push(text);
      return left.shift() ?? 0;
    },
    close: vi.fn(),
  };
  return { metrics, taken, collector, delivery: startMetricsDelivery(metrics, collector, header) };
}

describe('the delivery of metrics', () => {
  it('says nothing where nothing happens', async () => {
    const { taken, delivery, collector } = started();
    await vi.advanceTimersByTimeAsync(60_000);
    await delivery.close(100);
    expect(taken).toEqual([]);
    expect(collector.close).toHaveBeenCalledOnce();
  });

  it('is soon there, then every ten seconds while there is something new', async () => {
    const { metrics, taken, delivery } = started();
    metrics.sawLog(log);
    await vi.advanceTimersByTimeAsync(1000);
    expect(taken).toHaveLength(1);
    for (let second = 0; second < 33; second++) {
      metrics.sawLog(log);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(taken).toHaveLength(4);
    await delivery.close(100);
    expect(taken).toHaveLength(5);
    expect(taken.at(-1)).toContain('"asInt":"34"');
  });

  it('repeats what did not arrive', async () => {
    const { metrics, taken } = started('later');
    metrics.sawLog(log);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(taken.map((text) => text.includes('protocol_logs'))).toEqual([true, true]);
  });

  it('does not ask again who does not know metrics', async () => {
    const { metrics, taken, delivery } = started(1);
    for (let second = 0; second < 30; second++) {
      metrics.sawLog(log);
      await vi.advanceTimersByTimeAsync(1000);
    }
    await delivery.close(100);
    expect(taken).toHaveLength(1);
  });

  it('does not wait for who never answers', async () => {
    const { metrics, collector, delivery } = started();
    collector.sendMetrics = () => new Promise(() => undefined);
    metrics.sawLog(log);
    const closed = delivery.close(100);
    await vi.advanceTimersByTimeAsync(100);
    await closed;
    expect(collector.close).toHaveBeenCalledOnce();
  });
});
