import { parentPort, workerData } from 'node:worker_threads';
import { createRecorder, type EndReason, type RecordingOptions, type Stream, startRecording } from './recorder.ts';

/** What the thread is started with. */
export type ThreadOptions = RecordingOptions &
  Readonly<{
    /** Three numbers of 64 bits: bytes on their way to this thread, bytes that are missing on that way, and records that this process lost. */ queuedBytes: SharedArrayBuffer;
  }>;

/** A piece of a stream, and when it passed. Its bytes follow those of the piece before it; those that were skipped are not there. */
export type Passed = Readonly<{ stream: Stream; bytes: number; wall: number; monotonic: number }> & { skippedBytes: number };

/** `end` is answered when everything is delivered, or in the spool after `millis`: with the number of records that are lost. */
export type ToThread =
  | Readonly<{ passed: readonly Passed[]; bytes: Uint8Array }>
  | Readonly<{ end: EndReason; message: string; millis: number }>;

/** Reading the conversation never takes time from forwarding it: this is the thread where it is read. */
if (parentPort) {
  const port = parentPort;
  const options = workerData as ThreadOptions;
  const queued = new BigInt64Array(options.queuedBytes);
  const recording = startRecording(options);
  const recorder = createRecorder(recording, options.session);
  port.on('message', (message: ToThread) => {
    if ('end' in message) {
      recorder.finish(message.end, message.message);
      void recording.delivery.close(message.millis).then((lost) => port.postMessage(lost));
      return;
    }
    let at = 0;
    for (const { stream, bytes, skippedBytes, wall, monotonic } of message.passed) {
      if (skippedBytes > 0) {
        recorder.skipped(stream, skippedBytes);
        Atomics.sub(queued, 1, BigInt(skippedBytes));
      } else recorder.read(stream, Buffer.from(message.bytes.buffer, at, bytes), { wall, monotonic });
      at += bytes;
    }
    recording.delivery.flush();
    Atomics.store(queued, 2, BigInt(recording.delivery.unkept()));
    Atomics.sub(queued, 0, BigInt(message.bytes.length));
  });
}
