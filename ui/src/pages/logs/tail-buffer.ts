import type { LogRecord } from './log-record.ts';

/** What a live tail holds: the newest on top. */
export type TailBuffer = Readonly<{
  shown: readonly LogRecord[];
  /** Came while someone was reading further down; the newest on top. */
  waiting: readonly LogRecord[];
  /** All that wait, also those for which there was no room. */
  waitingCount: number;
}>;

export const emptyTail: TailBuffer = { shown: [], waiting: [], waitingCount: 0 };

export const mostTailRows = 10_000;

/** `arrived` in the order of arrival, the oldest first. What is there already is not taken twice. */
export function withArrived(buffer: TailBuffer, arrived: readonly LogRecord[], isPaused: boolean): TailBuffer {
  if (arrived.length === 0) return buffer;
  const known = new Set([...buffer.waiting.slice(0, arrived.length), ...buffer.shown.slice(0, arrived.length)].map(({ key }) => key));
  const fresh = arrived.filter(({ key }) => !known.has(key)).toReversed();
  if (isPaused) {
    const waiting = [...fresh, ...buffer.waiting].slice(0, mostTailRows);
    return { ...buffer, waiting, waitingCount: buffer.waitingCount + fresh.length };
  }
  return { shown: [...fresh, ...buffer.waiting, ...buffer.shown].slice(0, mostTailRows), waiting: [], waitingCount: 0 };
}

export const released = ({ shown, waiting }: TailBuffer): TailBuffer => ({
  shown: [...waiting, ...shown].slice(0, mostTailRows),
  waiting: [],
  waitingCount: 0,
});
