import type { Readable, Writable } from 'node:stream';

/** Passes on bytes as they come; the source waits while the target is full. `saw` gets each chunk after it was written. */
export function forward(from: Readable, to: Writable, saw: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
    saw(chunk);
  });
}

/** For so long a full target holds up the source. */
const patienceMillis = 2000;

/**
 * The same for a stream that nobody may be reading: when the target stays full, bytes are left out until it has room again, so that
 * the source never blocks for good. `saw` gets them all.
 */
export function forwardOrSkip(from: Readable, to: Writable, saw: (chunk: Buffer) => void): void {
  let timer: NodeJS.Timeout | undefined;
  let skipping = false;
  const goOn = () => {
    clearTimeout(timer);
    timer = undefined;
    from.resume();
  };
  to.on('drain', () => {
    skipping = false;
    goOn();
  });
  to.on('error', () => {
    skipping = true;
    goOn();
  });
  from.on('data', (chunk: Buffer) => {
    if (!skipping && !to.write(chunk) && timer === undefined) {
      from.pause();
      timer = setTimeout(() => {
        skipping = true;
        goOn();
      }, patienceMillis).unref();
    }
    saw(chunk);
  });
}
