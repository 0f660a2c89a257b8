import { type BatchHeader, type Collector, type SendResult, sortLines, spoolLine } from './collector.ts';
import { jsonText } from './json-rpc.ts';
import type { Delivered } from './records.ts';
import { readSegment, type Segment, type Spool } from './spool.ts';

/**
 * Takes records to the collector without ever holding up the conversation: each is first in the spool, then sent in batches;
 * what is not taken is tried again, by this process or, when it ends before, by the next recorder. A record is sent twice only
 * when the answer to its batch was lost: because it came too late, or because this process was killed before it came.
 */
export type Delivery = Readonly<{
  /** Collects records; `flush` writes them. */
  add: (records: readonly Delivered[]) => void;
  flush: () => void;
  /** So many bytes of a stream were not read. Told with losses, for which there is always room. */
  skip: (stream: string, bytes: number) => void;
  /** Records that end with this process: neither the collector nor the disk has them, nor a record that tells of them. */
  unkept: () => number;
  /** One last try, for at most so long; what is left stays in the spool. Resolves to what is `unkept` then. */
  close: (millis: number) => Promise<number>;
}>;

/** Records that say what is missing: so many records, because the spool was full or the collector refused them; so many bytes of a stream. */
export type LossReports = Readonly<{ lost: (records: number) => Delivered; skipped: (stream: string, bytes: number) => Delivered }>;

/** What is missing is recorded at most so often. */
const lossMillis = 10_000;

const batchMillis = 200;
const timeoutMillis = 5000;
const maxBackoffMillis = 30_000;

/** Starting is when time is short, so files of others are looked for later. */
const claimAfterMillis = 2000;

/** Which files of recorders that have ended are taken over, and how often they are looked for. Without it: all, once. */
export type Claims = Readonly<{ wants: (header: BatchHeader) => boolean; everyMillis: number }>;

export function startDelivery(spool: Spool, collector: Collector, reports: LossReports, claims?: Claims): Delivery {
  let lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<boolean> | undefined;
  let backoff = batchMillis;
  let lost = 0;
  const skipped = new Map<string, number>();
  let lossReported = Number.NEGATIVE_INFINITY;
  let deadline = Number.POSITIVE_INFINITY;

  const send = () => {
    sending ??= sendAll().finally(() => {
      sending = undefined;
    });
    return sending;
  };
  const schedule = (millis: number) => {
    if (timer || sending || deadline !== Number.POSITIVE_INFINITY) return;
    timer = setTimeout(async () => {
      timer = undefined;
      const taken = await send();
      reportLoss();
      backoff = taken ? batchMillis : Math.min(backoff * 2, maxBackoffMillis);
      if (!spool.isEmpty) schedule(backoff);
    }, millis);
    timer.unref();
  };

  /** Whether the collector has everything. */
  async function sendAll(): Promise<boolean> {
    for (let segment = spool.oldest(); segment; segment = spool.oldest()) {
      if (!(await sendSegment(segment))) return false;
      spool.removeOldest();
    }
    return true;
  }

  /** What is refused for good counts as lost. False when some of it has to be sent later. */
  async function sendSegment(segment: Segment): Promise<boolean> {
    const [first, ...rest] = readSegment(segment);
    const header = headerOf(first);
    if (header === undefined) {
      lost += rest.length;
      return true;
    }
    const { logs, spans, audits, contents } = sortLines(rest);
    const steps: ((millis: number) => Promise<SendResult>)[] = [
      (millis) => collector.sendLogs(header, logs, millis),
      (millis) => collector.sendAudits(audits, millis),
      (millis) => collector.sendSpans(header, spans, millis),
      (millis) => collector.sendContents(contents, millis),
    ];
    for (const step of steps.slice(segment.stepsDone)) {
      const left = Math.min(timeoutMillis, deadline - performance.now());
      const result = left <= 0 ? 'later' : await step(left);
      if (result === 'later') return false;
      lost += result;
      segment.stepsDone++;
    }
    return true;
  }

  const reportLoss = () => {
    lost += spool.takeLost();
    const now = performance.now();
    if (lost === 0 && skipped.size === 0) return;
    if (now - lossReported < lossMillis && deadline === Number.POSITIVE_INFINITY) return;
    const missing = [...(lost > 0 ? [reports.lost(lost)] : []), ...[...skipped].map(([stream, bytes]) => reports.skipped(stream, bytes))];
    spool.append(
      missing.flatMap((record) => lineOf(record) ?? []),
      Math.max(lost, 1),
    );
    lost = 0;
    skipped.clear();
    lossReported = now;
  };
  const unkept = () => spool.inMemory + spool.lost + lost;
  const flush = () => {
    spool.append(lines);
    lines = [];
    reportLoss();
    if (!spool.isEmpty) schedule(backoff);
  };

  const claim = () => {
    spool.claimOrphans(claims && wantedHeader(claims));
    if (!spool.isEmpty) schedule(0);
  };
  setTimeout(claim, claimAfterMillis).unref();
  const claiming = claims && setInterval(claim, claims.everyMillis).unref();

  return {
    add(records) {
      for (const record of records) {
        const line = 'content' in record && !spool.hasRoomForContents ? undefined : lineOf(record);
        if (line === undefined) lost++;
        else lines.push(line);
      }
    },
    flush,
    skip: (stream, bytes) => void skipped.set(stream, (skipped.get(stream) ?? 0) + bytes),
    unkept,
    async close(millis) {
      deadline = performance.now() + millis;
      clearInterval(claiming);
      flush();
      clearTimeout(timer);
      const limit = new Promise<void>((resolve) => setTimeout(resolve, millis).unref());
      await Promise.race([(sending ?? Promise.resolve()).then(send), limit]);
      collector.close();
      return unkept();
    },
  };
}

/** `undefined` for a record that is nested too deep to be printed. */
function lineOf(record: Delivered): string | undefined {
  const line = (kind: Parameters<typeof spoolLine>[0], value: unknown) => {
    const json = jsonText(value);
    return json && spoolLine(kind, json);
  };
  if ('log' in record) return line('log', record.log);
  if ('span' in record) return line('span', record.span);
  return 'audit' in record ? line('audit', record.audit) : line('content', record.content);
}

const wantedHeader =
  ({ wants }: Claims) =>
  (line: string): boolean => {
    const header = headerOf(line);
    return header !== undefined && wants(header);
  };

function headerOf(line: string | undefined): BatchHeader | undefined {
  try {
    return line === undefined ? undefined : (JSON.parse(line) as BatchHeader);
  } catch {
    return undefined;
  }
}
