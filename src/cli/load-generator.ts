import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { bulkBody, bulkOutcomes, isAcknowledged } from './bulk.ts';
import { reasonOf, type ServerClient } from './server-client.ts';

export type LoadPlan = Readonly<{
  run: string;
  path: string;
  /** Records per second. */
  rate: number;
  seconds: number;
  connections: number;
  /** Records per request. */
  batch: number;
  bulk: boolean;
}>;

export type LoadResult = Readonly<{
  sent: number;
  acknowledged: number;
  refused: number;
  /** No answer came: the records may be stored or not. */
  unanswered: number;
  seconds: number;
  /** From the moment at which a request was due until its answer. */
  latencyMillis: Readonly<{ p50: number; p95: number; p99: number; max: number }>;
  reasons: readonly string[];
}>;

const maxReasons = 5;

/**
 * Sends requests at their due times on up to `connections` connections. What is not yet sent when the time is over stays
 * unsent, so a slow server shows as fewer records sent and not as a longer run.
 */
export async function runLoad(client: ServerClient, plan: LoadPlan, report: (sent: number, planned: number) => void): Promise<LoadResult> {
  const planned = plan.rate * plan.seconds;
  const millisPerRequest = (plan.batch * 1000) / plan.rate;
  const requests = Math.ceil(planned / plan.batch);
  const latencyMicros = createHistogram();
  const counts = { sent: 0, acknowledged: 0, refused: 0, unanswered: 0 };
  const reasons = new Set<string>();
  const started = performance.now();
  const deadline = started + plan.seconds * 1000;
  let next = 0;

  const fail = (kind: 'refused' | 'unanswered', records: number, reason: string) => {
    counts[kind] += records;
    if (reasons.size < maxReasons) reasons.add(reason);
  };

  const sendOne = async (request: number, due: number) => {
    const first = request * plan.batch;
    const size = Math.min(plan.batch, planned - first);
    const documents = Array.from({ length: size }, (_, at) => testRecord(plan.run, first + at));
    counts.sent += size;
    const body = plan.bulk ? bulkBody(documents) : (documents[0] as Buffer);
    try {
      const response = await client.request({
        method: 'POST',
        path: plan.path,
        body,
        contentType: plan.bulk ? 'application/x-ndjson' : 'application/json',
      });
      latencyMicros.record(Math.max(1, Math.round((performance.now() - due) * 1000)));
      if (response.status < 200 || response.status > 299) fail('refused', size, reasonOf(response));
      else if (!plan.bulk) counts.acknowledged += 1;
      else {
        const outcomes = bulkOutcomes(response, size);
        const refused = outcomes.filter((outcome) => !isAcknowledged(outcome));
        counts.acknowledged += size - refused.length;
        for (const { reason } of refused) fail('refused', 1, reason);
      }
    } catch (error) {
      fail('unanswered', size, error instanceof Error ? error.message : String(error));
    }
    report(counts.sent, planned);
  };

  const work = async () => {
    while (next < requests) {
      const request = next++;
      const due = started + request * millisPerRequest;
      const wait = due - performance.now();
      if (wait > 0) await sleep(wait);
      if (performance.now() > deadline && wait < 0) return;
      await sendOne(request, due);
    }
  };
  await Promise.all(Array.from({ length: Math.min(plan.connections, requests) }, work));

  const millis = (percentile: number) => (latencyMicros.count === 0 ? 0 : latencyMicros.percentile(percentile) / 1000);
  return {
    ...counts,
    seconds: (performance.now() - started) / 1000,
    latencyMillis: { p50: millis(50), p95: millis(95), p99: millis(99), max: latencyMicros.count === 0 ? 0 : latencyMicros.max / 1000 },
    reasons: [...reasons],
  };
}

/** A record in the form that the logging page's own load test sends. */
const testRecord = (run: string, number: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      timestamp: new Date().toISOString(),
      level: 'INFO',
      msg: `Test log ${number + 1}`,
      service: { name: 'load-test' },
      load_test_run: run,
    }),
  );
