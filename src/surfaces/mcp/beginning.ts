import type { z } from 'zod';
import { placeOf, printCursor, readCursor, type Window } from './cursor.ts';
import { type AskedWindow, windowOf } from './time-window.ts';

type Arguments = AskedWindow & Readonly<Record<string, unknown>>;

/** What a tool asks about and where its answer begins, and the cursor of an answer that goes on elsewhere. */
export type Beginning<Place> = Readonly<{ window: Window; place: Place; cursorAt: (place: Place) => string }>;

/** By the cursor; without one, the window that the arguments name and the `first` place. Throws AppError `bad_request`. */
export function beginningOf<Place>(
  tool: string,
  args: Arguments,
  { now, span = '1h', schema, first }: Readonly<{ now: number; span?: string; schema: z.ZodType<Place>; first: Place }>,
): Beginning<Place> {
  const position = readCursor(tool, args);
  const window = position?.window ?? windowOf(args, now, span);
  return {
    window,
    place: placeOf(schema, position, first),
    cursorAt: (place) => printCursor(tool, args, { window, place }),
  };
}
