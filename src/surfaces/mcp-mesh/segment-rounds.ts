type Segments = readonly number[];

/** Segments beyond this many wait no longer: the oldest are left out. A round that takes so long is no live view any more. */
const maxWaiting = 1000;

/** What a round may be called with when a time has come and no segment has. */
const none: Segments = [];

export type SegmentRounds = Readonly<{ start: () => void; stop: () => void }>;

/**
 * Calls `round` with the segments that came since the last call, one call after the other and not more often than `everyMillis`; also without segments, so that
 * what depends on time is looked at. Between `stop` and `start` nothing is listened to and no timer runs.
 */
export function segmentRounds(
  onSegments: (listener: (segments: Segments) => void) => () => void,
  everyMillis: number,
  round: (segments: Segments) => Promise<void>,
  onError: (error: unknown) => void,
): SegmentRounds {
  let waiting: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  let unsubscribe: (() => void) | undefined;
  const run = async () => {
    const segments = waiting.length === 0 ? none : waiting;
    waiting = [];
    try {
      await round(segments);
    } catch (error) {
      onError(error);
    }
    if (unsubscribe !== undefined) timer = setTimeout(run, everyMillis).unref();
  };
  return {
    start() {
      if (unsubscribe !== undefined) return;
      unsubscribe = onSegments((segments) => {
        waiting.push(...segments);
        if (waiting.length > maxWaiting) waiting.splice(0, waiting.length - maxWaiting);
      });
      timer = setTimeout(run, everyMillis).unref();
    },
    stop() {
      unsubscribe?.();
      unsubscribe = undefined;
      clearTimeout(timer);
      waiting = [];
    },
  };
}
