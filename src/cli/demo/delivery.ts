import { AppError } from '../../lib/errors.ts';
import { bulkBody, bulkOutcomes, isAcknowledged } from '../bulk.ts';
import { indexPath } from '../log-query.ts';
import type { ServerClient } from '../server-client.ts';
import type { SentLog, SentSpan, Sink } from './records.ts';

const everyMillis = 250;

/** Records of one request. */
const batchSize = 2000;

/** More do not wait; the oldest go first. */
const maxWaiting = 50_000;

/** Sends records to the collector, in the order in which they came. What it does not take waits, and is tried again. */
export class Delivery {
  readonly #client: ServerClient;
  #spans: SentSpan[] = [];
  #logs: SentLog[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();
  #lost = 0;
  #problem: string | undefined;

  constructor(client: ServerClient) {
    this.#client = client;
  }

  readonly sink: Sink = {
    span: (span) => void this.#spans.push(span),
    log: (log) => void this.#logs.push(log),
  };

  /** Why records wait, or undefined. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Records that were dropped or refused. */
  get lost(): number {
    return this.#lost;
  }

  get waiting(): number {
    return this.#spans.length + this.#logs.length;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), everyMillis);
  }

  /** Sends what waits. Resolves when it was taken, or one attempt has failed. Never rejects. */
  flush(): Promise<void> {
    this.#sending = this.#sending.then(() => this.#send());
    return this.#sending;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    this.#lost += this.waiting;
  }

  async #send(): Promise<void> {
    try {
      while (this.#logs.length > 0) {
        const batch = this.#logs.slice(0, batchSize);
        this.#lost += await sendLogs(this.#client, batch);
        this.#logs.splice(0, batch.length);
      }
      while (this.#spans.length > 0) {
        const batch = this.#spans.slice(0, batchSize);
        await sendSpans(this.#client, batch);
        this.#spans.splice(0, batch.length);
      }
      this.#problem = undefined;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#problem = error.message;
      for (const waiting of [this.#spans, this.#logs]) this.#lost += waiting.splice(0, waiting.length - maxWaiting / 2).length;
    }
  }
}

/** Resolves with how many were refused. */
async function sendLogs(client: ServerClient, logs: readonly SentLog[]): Promise<number> {
  let refused = 0;
  for (const [index, documents] of groupBy(logs, (log) => log.index)) {
    const lines = documents.map(({ document }) => Buffer.from(JSON.stringify(document)));
    const path = `${indexPath(index)}/_bulk`;
    const answer = await client.send({ method: 'POST', path, body: bulkBody(lines), contentType: 'application/x-ndjson' });
    refused += bulkOutcomes(answer, lines.length).filter((outcome) => !isAcknowledged(outcome)).length;
  }
  return refused;
}

async function sendSpans(client: ServerClient, sent: readonly SentSpan[]): Promise<void> {
  const resourceSpans = [...groupBy(sent, ({ resource }) => JSON.stringify(resource)).values()].map((spans) => ({
    resource: {
      attributes: Object.entries(spans[0]?.resource ?? {}).map(([key, value]) => ({ key, value: { stringValue: value } })),
    },
    scopeSpans: [{ scope: { name: 'meshscope.demo' }, spans: spans.map(({ span }) => span) }],
  }));
  await client.send({ method: 'POST', path: '/v1/traces', body: JSON.stringify({ resourceSpans }) });
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
