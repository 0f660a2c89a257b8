export type Exception = Readonly<{ type: string; message: string; traceback: string }>;

const pythonHead = 'Traceback (most recent call last):';
const named = /^(?:Exception in thread "[^"]{0,200}" |Uncaught )?((?:[\w$]{1,120}\.){0,20}[A-Za-z_$][\w$]{0,120})(?:: (.*))?$/s;
const jsFrame = /^\s*at /;

/** The exception that the lines of a record tell of, from the first line of its traceback on; undefined when there is none. */
export function readTraceback(lines: readonly string[]): Exception | undefined {
  const python = lines.findIndex((line) => line.startsWith(pythonHead));
  if (python !== -1) {
    const traceback = lines.slice(python);
    // Of chained exceptions the last is the one that was raised; the lines in front of it are in the traceback.
    const last = traceback.findLastIndex((line) => line !== '' && !/^\s/.test(line));
    return describe(traceback[last] ?? '', traceback, traceback.slice(last + 1));
  }
  const firstFrame = lines.findIndex((line) => jsFrame.test(line));
  if (firstFrame < 1) return undefined;
  const head = lines.slice(0, firstFrame).findIndex((line) => named.test(line));
  if (head === -1) return undefined;
  return describe(lines[head] ?? '', lines.slice(head), lines.slice(head + 1, firstFrame));
}

function describe(head: string, traceback: readonly string[], more: readonly string[]): Exception | undefined {
  const match = named.exec(head.slice(0, 65_536));
  if (match === null) return undefined;
  return { type: match[1] as string, message: [match[2] ?? '', ...more].join('\n'), traceback: traceback.join('\n') };
}
