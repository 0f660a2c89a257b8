import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import { type JsonValue, parseJson, stringifyJson } from '../../lib/json/json-text.ts';

/** Of all arguments but the cursor: a cursor of other arguments would go on somewhere else. */
const fingerprint = (tool: string, args: Readonly<Record<string, unknown>>): string => {
  const { cursor: _, ...rest } = args;
  const sorted = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([tool, sorted]))
    .digest('base64url')
    .slice(0, 8);
};

const wrong = () =>
  new AppError('bad_request', 'cursor: take it from next_cursor of the answer before, and give the same other arguments again.');

const stateSchema = z.strictObject({
  /** Fingerprint of the arguments. */
  f: z.string(),
  /** The window of time of the first answer, in milliseconds since the epoch: what came since then moves nothing. */
  w: z.tuple([z.int(), z.int()]),
  /** Where the answer goes on. */
  p: z.unknown(),
});

export type Window = Readonly<{ fromMillis: number; toMillis: number }>;
export type Position = Readonly<{ window: Window; place: unknown }>;

/** The text by which `tool` goes on at `place` when it is called with the same arguments. */
export function printCursor(tool: string, args: Readonly<Record<string, unknown>>, { window, place }: Position): string {
  const state = { f: fingerprint(tool, args), w: [window.fromMillis, window.toMillis], p: place };
  return Buffer.from(stringifyJson(state)).toString('base64url');
}

/** Undefined without a cursor. Throws AppError `bad_request` when it is not one of this tool and these arguments. */
export function readCursor(tool: string, args: Readonly<Record<string, unknown>>): Position | undefined {
  const { cursor } = args;
  if (typeof cursor !== 'string') return undefined;
  const parsed = stateSchema.safeParse(decode(cursor));
  if (!parsed.success || parsed.data.f !== fingerprint(tool, args)) throw wrong();
  const [fromMillis, toMillis] = parsed.data.w;
  return { window: { fromMillis, toMillis }, place: parsed.data.p };
}

function decode(cursor: string): unknown {
  try {
    return parseJson(Buffer.from(cursor, 'base64url').toString('utf8')) satisfies JsonValue;
  } catch {
    throw wrong();
  }
}

/** The place of a cursor, checked. */
export function placeOf<T>(schema: z.ZodType<T>, position: Position | undefined, first: T): T {
  if (position === undefined) return first;
  const parsed = schema.safeParse(position.place);
  if (!parsed.success) throw wrong();
  return parsed.data;
}

/** Entries that were shown before, for tools that make the whole list each time. */
export const offsetSchema = z.int().min(0).max(1_000_000);
