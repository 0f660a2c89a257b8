import { beforeExit } from './before-exit.ts';
import { withoutTracing } from './open-telemetry.ts';
import { metricsBody, tracesBody } from './otlp-json.ts';
import { type Answer, post } from './post.ts';
import { type QueuedRecord, RecordQueue } from './record-queue.ts';
import { runOutsideScope } from './scope.ts';

export type DeliveryOptions = Readonly<{
  url: string;
  /** Index or data stream of log documents. */
  index: string;
  /** Of everything that waits, in bytes. */
  maxQueueBytes: number;
  flushMillis: number;
}>;

export type DeliveryCounts = Readonly<{
  sent: number;
  /** Lost because the queue was full. */
  dropped: number;
  /** Not accepted by the collector, for good. */
  rejected: number;
  failedTries: number;
  waiting: number;
  waitingBytes: number;
}>;

/** Current metrics of one resource, as OTLP; they are cumulative, so an older text is never missed. */
export type MetricSource = () =>
  | Readonly<{ text: string; resource: string /** They are due again although nothing changes. */; isOpen: boolean }>
  | undefined;

const maxBatchCount = 1000;
const maxBatchBytes = 1_048_576;
/** So that a request stays below the server's limit, which is a megabyte. */
const maxAudits = 400;
const timeoutMillis = 5000;
const firstPauseMillis = 500;
const longestPauseMillis = 30_000;
/** How long the end of the program is put off for what still waits. */
const lastFlushMillis = 1500;
const metricMillis = 10_000;

type Outcome = 'taken' | 'refused' | 'later';

/**
 * Sends batches to a collector, one at a time, in the background. Adding never waits and never throws; what waits is bounded, and a
 * collector that is away costs one attempt per pause, which doubles up to half a minute. Nothing here keeps a process alive that is done.
 */
export class Delivery {
  private readonly base: URL;
  private readonly options: DeliveryOptions;
  private readonly queue: RecordQueue;
  private readonly metricSources = new Set<MetricSource>();
  private timer: NodeJS.Timeout | undefined;
  private timerDue = 0;
  private running: Promise<void> | undefined;
  private pauseMillis = 0;
  private pausedUntil = 0;
  private metricsDue = 0;
  private sent = 0;
  private rejected = 0;
  private failedTries = 0;
  private reportedLoss = 0;

  constructor(options: DeliveryOptions) {
    this.options = options;
    this.base = new URL(options.url);
    this.queue = new RecordQueue(options.maxQueueBytes);
    // After the other tasks of this moment, which may still log.
    beforeExit(() => setImmediate(() => void this.flush(lastFlushMillis)));
  }

  get address(): Readonly<{ url: string; index: string }> {
    return { url: this.options.url, index: this.options.index };
  }

  get counts(): DeliveryCounts {
    return { ...this.queue.counts, sent: this.sent, rejected: this.rejected, failedTries: this.failedTries };
  }

  add(record: QueuedRecord): void {
    this.queue.add(record);
    this.schedule();
  }

  addMetrics(source: MetricSource): void {
    this.metricSources.add(source);
  }

  /** Metrics have changed. */
  metricsChanged(): void {
    if (this.metricsDue === 0) this.metricsDue = Date.now() + metricMillis;
    this.schedule();
  }

  /** Tries to deliver everything now; resolves when it is done or `limitMillis` are over, never rejects. */
  async flush(limitMillis: number): Promise<void> {
    const end = Date.now() + limitMillis;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMillis);
    });
    await Promise.race([limit, this.drain(end)]);
    clearTimeout(timer);
  }

  /** What waits, for those who must hand it to another process. The queue is empty afterwards. */
  takeLogs(): readonly string[] {
    return this.queue.take(maxBatchCount, maxBatchBytes).flatMap((record) => (record.signal === 'logs' ? [record.text] : []));
  }

  private async drain(end: number): Promise<void> {
    await this.running;
    this.pausedUntil = 0;
    if (this.metricsDue > 0) this.metricsDue = 1;
    while (Date.now() < end && this.hasWork()) {
      const before = this.failedTries;
      await this.run(true);
      if (this.failedTries > before) return;
    }
  }

  private hasWork(): boolean {
    return this.queue.counts.waiting > 0 || (this.metricsDue > 0 && this.metricsDue <= Date.now());
  }

  private schedule(): void {
    if (this.running !== undefined) return;
    const now = Date.now();
    const due = Math.max(this.queue.counts.waiting > 0 ? now + this.options.flushMillis : this.metricsDue, this.pausedUntil);
    // A timer that is sooner is left alone, so that a stream of records does not put off the delivery for ever.
    if (due === 0 || (this.timer && this.timerDue <= due)) return;
    clearTimeout(this.timer);
    this.timerDue = due;
    const wait = Math.max(due - now, 1);
    // A timer made inside a request would hold that request's context for as long as the process lives.
    runOutsideScope(() =>
      withoutTracing(() => {
        this.timer = setTimeout(() => {
          this.timer = undefined;
          void this.run(false).then(() => this.schedule());
        }, wait);
        this.timer.unref();
      }),
    );
  }

  private run(holdsProcess: boolean): Promise<void> {
    this.running ??= this.sendOnce(holdsProcess)
      .catch(() => {
        this.failedTries += 1;
      })
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  private async sendOnce(holdsProcess: boolean): Promise<void> {
    const batch = this.queue.take(maxBatchCount, maxBatchBytes);
    const spans = batch.filter((record) => record.signal === 'spans');
    const logs = batch.filter((record) => record.signal === 'logs');
    const audits = batch.filter((record) => record.signal === 'audits');
    if (spans.length > 0) await this.send(spans, '/v1/traces', 'application/json', tracesBody(spans), holdsProcess);
    for (let at = 0; at < audits.length; at += maxAudits) {
      const some = audits.slice(at, at + maxAudits);
      await this.send(some, '/api/audit', 'application/json', `{"records":[${some.map(({ text }) => text).join(',')}]}`, holdsProcess);
    }
    if (logs.length > 0) {
      const path = `/${encodeURIComponent(this.options.index)}/_bulk`;
      const lines = logs.map(({ text }) => `{"create":{}}\n${text}\n`).join('');
      const lost = this.queue.counts.dropped + this.rejected - this.reportedLoss;
      const isTaken = await this.send(logs, path, 'application/x-ndjson', `${lines}${lost > 0 ? lossLine(lost) : ''}`, holdsProcess);
      if (isTaken) this.reportedLoss += lost;
    }
    if (this.metricsDue > 0 && this.metricsDue <= Date.now()) {
      this.metricsDue = 0;
      const parts = [...this.metricSources].flatMap((source) => source() ?? []);
      if (parts.some(({ isOpen }) => isOpen)) this.metricsDue = Date.now() + metricMillis;
      if (parts.length > 0) await this.send([], '/v1/metrics', 'application/json', metricsBody(parts), holdsProcess);
    }
  }

  private async send(records: readonly QueuedRecord[], path: string, type: string, body: string, holdsProcess: boolean): Promise<boolean> {
    let answer: Answer | undefined;
    try {
      answer = await withoutTracing(() => post(this.base, path, type, body, timeoutMillis, holdsProcess));
    } catch {
      answer = undefined;
    }
    const outcome = outcomeOf(answer);
    if (outcome === 'later') {
      this.failedTries += 1;
      this.pauseMillis = Math.min(longestPauseMillis, Math.max(firstPauseMillis, this.pauseMillis * 2));
      this.pausedUntil = Date.now() + Math.max(answer?.retryAfterMillis ?? 0, this.pauseMillis * (0.5 + Math.random()));
      // At the end of the queue: the order of arrival does not matter, every record has its own time.
      for (const record of records) this.queue.add(record);
      return false;
    }
    this.pauseMillis = 0;
    const refused = outcome === 'refused' ? records.length : refusedItems(answer?.body ?? '', records.length);
    this.rejected += refused;
    this.sent += records.length - refused;
    return true;
  }
}

/** Tells the collector what it did not get. */
function lossLine(lost: number): string {
  const document = {
    timestamp: new Date().toISOString(),
    level: 'WARNING',
    msg: `${lost} records of @meshscope/sdk were lost`,
    service: { name: 'meshscope-sdk', instance_id: String(process.pid) },
    metrics: { count: lost },
  };
  return `{"create":{}}\n${JSON.stringify(document)}\n`;
}

function outcomeOf(answer: Answer | undefined): Outcome {
  if (answer === undefined) return 'later';
  const { status } = answer;
  if (status >= 200 && status < 300) return 'taken';
  // What is refused for its content would be refused for ever; the rest passes when someone mends it.
  return status >= 500 || [401, 403, 408, 429].includes(status) ? 'later' : 'refused';
}

function refusedItems(body: string, most: number): number {
  if (!body.includes('"errors":true')) return 0;
  try {
    const { items } = JSON.parse(body) as { items?: readonly { create?: { status?: number } }[] };
    return Math.min(most, (items ?? []).filter((item) => (item.create?.status ?? 0) >= 300).length);
  } catch {
    return 0;
  }
}
