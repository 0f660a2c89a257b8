import { Worker } from 'node:worker_threads';
import type { Moment } from './conversation.ts';
import type { EndReason, Stream } from './recorder.ts';
import type { ThreadOptions, ToThread } from './recorder-thread.ts';

/** The side of the forwarding path. */
export type ThreadRecorder = Readonly<{
  /** A chunk was forwarded. Copies it, and returns at once. */
  saw: (stream: Stream, chunk: Uint8Array) => void;
  /** Resolves when everything is delivered or in the spool, at the latest after `millis`. */
  finish: (why: EndReason, message: string, millis: number) => Promise<void>;
}>;

const momentNow = (): Moment => ({ wall: performance.timeOrigin + performance.now(), monotonic: performance.now() });

/** What does not fit into `maxQueueBytes` is not recorded, and is counted. `say` gets one line when recording has ended early. */
export function startThreadRecorder(
  options: Omit<ThreadOptions, 'queuedBytes'>,
  maxQueueBytes: number,
  say: (line: string) => void,
): ThreadRecorder {
  const queuedBytes = new SharedArrayBuffer(4);
  const queued = new Int32Array(queuedBytes);
  const worker = new Worker(new URL('./recorder-thread.js', import.meta.url), {
    workerData: { ...options, queuedBytes } satisfies ThreadOptions,
    stderr: true,
  });
  let alive = true;
  worker.on('error', (error) => {
    alive = false;
    say(`nothing is recorded any more: ${error.message}`);
  });
  worker.unref();
  let skipped = 0;
  const tell = (message: ToThread, transfer: readonly ArrayBuffer[] = []) => alive && worker.postMessage(message, [...transfer]);

  return {
    saw(stream, chunk) {
      if (!alive) return;
      if (Atomics.load(queued, 0) + chunk.length > maxQueueBytes) {
        skipped += chunk.length;
        return;
      }
      if (skipped > 0) {
        tell({ skipped });
        skipped = 0;
      }
      const copy = new Uint8Array(chunk);
      Atomics.add(queued, 0, copy.length);
      tell({ stream, chunk: copy, moment: momentNow() }, [copy.buffer]);
    },

    finish(end, message, millis) {
      if (skipped > 0) tell({ skipped });
      tell({ end, message, millis });
      return new Promise((resolve) => {
        const done = () => void worker.terminate().then(() => resolve());
        if (!alive) resolve();
        worker.once('message', done);
        setTimeout(done, millis + 200).unref();
      });
    },
  };
}
