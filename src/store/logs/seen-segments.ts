import type { Engine } from '../engine/engine.ts';
import { lastSegment } from '../last-segment.ts';

/** Segments whose rows a snapshot sees: those up to `last`, but for the ones that are `missing`. */
export type SeenSegments = Readonly<{ last: number; missing: readonly number[] }>;

/** What is known of segments without asking the store. */
export type HandedOver = Readonly<{
  /** Those that may not be in the store yet, in order. */
  waiting: readonly number[];
  /** The newest that was handed over since the start. */
  newest: number | undefined;
}>;

/**
 * What a search sees at this moment. Segments are loaded side by side, so one may be there before an older one: that one MUST
 * NOT appear in the snapshot later, and what a search has shown already MUST be in it.
 */
export async function seenSegments(engine: Pick<Engine, 'select'>, { waiting, newest }: HandedOver): Promise<SeenSegments> {
  if (newest === undefined) return { last: await lastSegment(engine, 'logs'), missing: [] };
  if (waiting[0] === undefined) return { last: newest, missing: [] };
  const rows = await engine.select(`SELECT DISTINCT _segment AS id FROM logs WHERE _segment >= ${waiting[0]} AND _segment <= ${newest}`);
  const stored = new Set(rows.map(({ id }) => Number(id)));
  const missing = waiting.filter((id) => !stored.has(id));
  let last = newest;
  // While the store refuses, thousands wait.
  for (; missing.at(-1) === last; last--) missing.pop();
  return { last, missing };
}
