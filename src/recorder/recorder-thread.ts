import { parentPort, workerData } from 'node:worker_threads';
import { createCollector } from './collector.ts';
import { startDelivery } from './delivery.ts';
import { createRecorder, type EndReason, type Seen } from './recorder.ts';
import type { ContentPolicy } from './redact.ts';
import type { Session } from './session.ts';
import { Spool } from './spool.ts';

/** What the thread is started with. */
export type ThreadOptions = Readonly<{
  session: Session;
  url: string;
  index: string;
  version: string;
  spoolFolder: string;
  maxSpoolBytes: number;
  policy: ContentPolicy;
  /** Longer arguments and results are cut, in characters. */
  contentLimit: number;
  maxMessageBytes: number;
  /** One element: bytes that are on their way to this thread. */
  queuedBytes: SharedArrayBuffer;
}>;

/** `end` is answered with `done` when everything is delivered, or in the spool after `millis`. */
export type ToThread = Seen | Readonly<{ skipped: number }> | Readonly<{ end: EndReason; message: string; millis: number }>;

/** Reading the conversation never takes time from forwarding it: this is the thread where it is read. */
if (parentPort) {
  const port = parentPort;
  const options = workerData as ThreadOptions;
  const { session, url, index, version, spoolFolder, maxSpoolBytes, policy, contentLimit, maxMessageBytes } = options;
  const queued = new Int32Array(options.queuedBytes);
  const delivery = startDelivery(new Spool(spoolFolder, session.id, maxSpoolBytes), createCollector({ url, index, session, version }));
  const recorder = createRecorder({ session, delivery, contents: { policy: () => policy, limit: contentLimit }, maxMessageBytes });
  port.on('message', (message: ToThread) => {
    if ('chunk' in message) {
      Atomics.sub(queued, 0, message.chunk.length);
      recorder.read(message);
    } else if ('skipped' in message) recorder.skipped(message.skipped);
    else {
      recorder.finish(message.end, message.message);
      void delivery.close(message.millis).then(() => port.postMessage('done'));
    }
  });
}
