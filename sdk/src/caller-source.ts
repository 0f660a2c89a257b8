import { fileURLToPath } from 'node:url';

export type Source = Readonly<{ file: string; line: number; function: string | undefined }>;

/** Forms of V8's stack lines: `at name (file:1:2)` and `at file:1:2`. */
const named = /^\s*at (?:async )?(.+?) \((.+):(\d+):\d+\)$/;
const anonymous = /^\s*at (?:async )?(.+):(\d+):\d+$/;

/** The place that called `below`. One frame is asked for, because a whole stack costs several times as much. */
export function callerSource(below: (...args: never[]) => unknown): Source | undefined {
  const holder: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  try {
    Error.captureStackTrace(holder, below);
    return parseFrame(holder.stack?.split('\n').at(-1) ?? '');
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export function parseFrame(line: string): Source | undefined {
  if (line.length > 4096) return undefined;
  const full = named.exec(line);
  if (full) return { file: pathOf(full[2] ?? ''), line: Number(full[3]), function: full[1] };
  const short = anonymous.exec(line);
  return short ? { file: pathOf(short[1] ?? ''), line: Number(short[2]), function: undefined } : undefined;
}

function pathOf(place: string): string {
  if (!place.startsWith('file://')) return place;
  try {
    return fileURLToPath(place);
  } catch {
    return place;
  }
}
