import { Worker } from 'node:worker_threads';
import type { EndReason, Stream } from './recorder.ts';
import type { Passed, ThreadOptions, ToThread } from './recorder-thread.ts';

/** The side of the forwarding path. */
export type ThreadRecorder = Readonly<{
  /** A chunk was forwarded. Keeps a reference for some milliseconds, and returns at once. */
  saw: (stream: Stream, chunk: Uint8Array) => void;
  /** Resolves when everything is in the spool, and delivered if that takes at most `millis`. */
  finish: (why: EndReason, message: string, millis: number) => Promise<void>;
}>;

/** What passed in so long goes to the thread in one message; it is also what a SIGKILL of this process loses. */
const batchMillis = 50;
const batchBytes = 1024 ** 2;

/** Starting a thread costs what a starting server needs, so it waits until that has answered, or for so many milliseconds. */
const startMillis = 1000;

/** Longer than this the thread is not given to read what it has not read at the end. */
const readMillis = 1200;

/** What does not fit into `maxQueueBytes` is not recorded, and is counted. `say` gets one line when recording has ended early. */
export function startThreadRecorder(
  options: Omit<ThreadOptions, 'queuedBytes'>,
  maxQueueBytes: number,
  say: (line: string) => void,
): ThreadRecorder {
  const queuedBytes = new SharedArrayBuffer(24);
  const queued = new BigInt64Array(queuedBytes);
  let worker: Worker | undefined;
  let failed = false;
  let passed: Passed[] = [];
  let chunks: Uint8Array[] = [];
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let answered = false;

  const sayLost = (records: number) => {
    if (records > 0) say(`${records} records were lost: neither the collector nor the disk took them`);
  };
  const start = () => {
    if (worker !== undefined) return;
    const started = new Worker(new URL('./recorder-thread.js', import.meta.url), {
      workerData: { ...options, queuedBytes } satisfies ThreadOptions,
      // A thread would otherwise read NODE_OPTIONS, which are meant for the server.
      execArgv: [],
    });
    started.on('error', (error) => {
      failed = true;
      say(`nothing is recorded any more: ${error.message}`);
    });
    started.unref();
    worker = started;
  };
  setTimeout(start, startMillis).unref();

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (failed || passed.length === 0) return;
    start();
    const bytes = new Uint8Array(Buffer.concat(chunks));
    Atomics.add(queued, 0, BigInt(bytes.length));
    Atomics.add(queued, 1, BigInt(passed.reduce((sum, { skippedBytes }) => sum + skippedBytes, 0)));
    worker?.postMessage({ passed, bytes } satisfies ToThread, [bytes.buffer]);
    passed = [];
    chunks = [];
    waitingBytes = 0;
  };

  return {
    saw(stream, chunk) {
      if (failed) return;
      const monotonic = performance.now();
      const piece = { stream, wall: performance.timeOrigin + monotonic, monotonic };
      const last = passed.at(-1);
      if (waitingBytes + Number(Atomics.load(queued, 0)) + chunk.length <= maxQueueBytes) {
        passed.push({ ...piece, bytes: chunk.length, skippedBytes: 0 });
        chunks.push(chunk);
        waitingBytes += chunk.length;
      } else if (last?.stream === stream && last.skippedBytes > 0) last.skippedBytes += chunk.length;
      else passed.push({ ...piece, bytes: 0, skippedBytes: chunk.length });
      if (stream === 'server' && !answered) {
        answered = true;
        clearTimeout(timer);
        timer = undefined;
      }
      if (waitingBytes > batchBytes) flush();
      else timer ??= setTimeout(flush, answered || worker !== undefined ? batchMillis : startMillis).unref();
    },

    async finish(end, message, millis) {
      flush();
      const ending = worker;
      if (failed || ending === undefined) return;
      await new Promise<void>((resolve) => {
        ending.once('message', (lost: number) => {
          sayLost(lost);
          resolve();
        });
        ending.once('error', () => resolve());
        setTimeout(() => {
          say(`the last ${Atomics.load(queued, 0) + Atomics.load(queued, 1)} bytes are not recorded: they could not be read in time`);
          sayLost(Number(Atomics.load(queued, 2)));
          resolve();
        }, readMillis + millis).unref();
        ending.ref();
        ending.postMessage({ end, message, millis } satisfies ToThread);
      });
      await ending.terminate();
    },
  };
}
