import { expect, it } from 'vitest';
import { pause, waitAtMost } from './pause.ts';

/** How long it took, in milliseconds. */
async function timed(work: Promise<void>): Promise<number> {
  const began = performance.now();
  await work;
  return performance.now() - began;
}

it('waits', async () => {
  expect(await timed(pause(50, new AbortController().signal))).toBeGreaterThan(45);
});

it('ends early with its signal, also with one that was aborted before', async () => {
  const stop = new AbortController();
  const waiting = timed(pause(60_000, stop.signal));
  stop.abort(new Error('stopped'));
  expect(await waiting).toBeLessThan(5000);
  expect(await timed(pause(60_000, stop.signal))).toBeLessThan(5000);
});

it('waits for work as long as it may', async () => {
  expect(await timed(waitAtMost(60_000, Promise.resolve()))).toBeLessThan(5000);
  expect(await timed(waitAtMost(20, new Promise(() => undefined)))).toBeLessThan(5000);
  await expect(waitAtMost(60_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
