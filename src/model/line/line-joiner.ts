import { recogniseLine } from './recognise-line.ts';
import type { TextRecord } from './text-record.ts';

/** One record: the lines that belong together. Offsets are those of the lines' first and last byte in the input. */
export type JoinedLines = Readonly<{
  lines: readonly string[];
  /** What the first line is, when a text format recognised it. */
  record: TextRecord | undefined;
  start: number;
  end: number;
}>;

export type LineJoiner = Readonly<{
  /** Takes the next line and returns the record that it ended, if any. */
  push: (line: string, start: number, end: number, nowMillis: number) => JoinedLines | undefined;
  flush: () => JoinedLines | undefined;
  /** Where the record that still waits for lines began; undefined when none waits. */
  pendingStart: () => number | undefined;
  /** When its last line came. */
  pendingSinceMillis: () => number;
  heldBytes: () => number;
}>;

export const maxJoinedLines = 1000;
export const maxJoinedChars = 1024 * 1024;

const pythonTraceback = 'Traceback (most recent call last):';
/** What Python prints between the tracebacks of chained exceptions, after a blank line. */
const pythonChain = /^(?:During handling of the above exception, |The above exception was the direct cause )/;
/** `Caused by: …`, `Suppressed: …` and frames of Java and Node, also where a shipper has eaten the indentation. */
const frame = /^(?:Caused by: |Suppressed: |at [^ ]+ ?\(|at [\w$./<>]+:\d|\.{3} \d+ (?:more|common frames))/;
/** The closing brackets of an object that was printed over several lines. */
const closing = /^[\])}]+[,;]?$/;
/** A Java exception right below the message that was logged with it. */
const javaException = /^(?:[a-z][\w$]{0,60}\.){1,20}[A-Z][\w$]{0,120}(?::|$)/;

/**
 * Joins tracebacks and other indented continuation to the line they belong to. A record ends with the first line that
 * does not continue it, at `maxJoinedLines` or `maxJoinedChars`, or when the caller flushes it after a quiet time.
 * Blank lines continue a record only when a line behind them does.
 */
export function createLineJoiner(): LineJoiner {
  let lines: string[] = [];
  let record: TextRecord | undefined;
  let chars = 0;
  let blanks = 0;
  let start = 0;
  let end = 0;
  let since = 0;
  /** `frames`: below a Python traceback's head; `after`: behind the line that names its exception. */
  let python: 'none' | 'frames' | 'after' = 'none';

  const startsTraceback = (): boolean =>
    (record !== undefined && lines.length === 1 && blanks === 0) || pythonChain.test(lines.at(-1) ?? '');

  const continues = (line: string): boolean => {
    if (/^[ \t]/.test(line)) return true;
    if (python === 'frames' && blanks === 0) return true;
    if (python === 'after' && pythonChain.test(line)) return true;
    if (line.startsWith(pythonTraceback)) return startsTraceback();
    if (blanks > 0) return false;
    if (frame.test(line)) return true;
    if (closing.test(line)) return lines.length > 1;
    return lines.length === 1 && record !== undefined && javaException.test(line);
  };

  const append = (line: string): void => {
    for (; blanks > 0; blanks -= 1) lines.push('');
    lines.push(line);
    chars += line.length + 1;
    if (line.startsWith(pythonTraceback)) python = 'frames';
    else if (python === 'frames' && !/^[ \t]/.test(line)) python = 'after';
  };

  const flush = (): JoinedLines | undefined => {
    if (lines.length === 0) return undefined;
    const joined = { lines, record, start, end };
    lines = [];
    record = undefined;
    chars = 0;
    blanks = 0;
    python = 'none';
    return joined;
  };

  return {
    push(line, lineStart, lineEnd, nowMillis) {
      const isBlank = line.trim() === '';
      if (isBlank && lines.length === 0) return undefined;
      if (isBlank && lines.length + blanks < maxJoinedLines) {
        blanks += 1;
        end = lineEnd;
        return undefined;
      }
      const fits = lines.length + blanks < maxJoinedLines && chars + line.length < maxJoinedChars;
      const recognised = /^[ \t]/.test(line) ? undefined : recogniseLine(line, nowMillis);
      let finished: JoinedLines | undefined;
      if (lines.length === 0 || !fits || recognised !== undefined || !continues(line)) {
        finished = flush();
        if (isBlank) return finished;
        start = lineStart;
        record = recognised;
      }
      append(line);
      end = lineEnd;
      since = nowMillis;
      return finished;
    },
    flush,
    pendingStart: () => (lines.length === 0 ? undefined : start),
    pendingSinceMillis: () => since,
    heldBytes: () => chars,
  };
}
