/** One line of the input, without its line end. Offsets count from the first byte that the splitter was given. */
export type RawLine = Readonly<{
  bytes: Buffer;
  start: number;
  /** Just behind the line end. */
  end: number;
  /** The line is longer than the limit: this is what fits, `rest` pieces follow. */
  truncated: boolean;
  /** A piece of the rest of a truncated line. */
  rest: boolean;
}>;

export type LineSplitter = Readonly<{
  push: (chunk: Uint8Array) => RawLine[];
  /** Ends the line that has no line end yet: the input is over. */
  end: () => RawLine[];
  /** Treats the line that has no line end yet as one over the limit: what follows up to its end are `rest` pieces. */
  cut: () => RawLine[];
  /** Where the line that has no line end yet began; everything before it has been handed out. */
  pendingStart: () => number;
  heldBytes: () => number;
}>;

/** Largest piece of the rest of a truncated line, so that an endless line costs bounded memory. */
const maxRestBytes = 1024 * 1024;

/**
 * Cuts bytes into lines at `\n`, `\r\n` included. NUL bytes are dropped: a writer that keeps its offset after its file
 * was truncated (logrotate's copytruncate) leaves a hole that reads as NULs, and it can be gigabytes long.
 * `midLine`: the input begins inside a line whose beginning was handled before.
 */
export function createLineSplitter(options: Readonly<{ maxLineBytes: number; midLine: boolean }>): LineSplitter {
  const { maxLineBytes } = options;
  let pieces: Buffer[] = [];
  let owned = 0;
  let held = 0;
  let start = 0;
  let offset = 0;
  let inRest = options.midLine;

  const take = (end: number, truncated: boolean): RawLine => {
    const joined = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, held);
    const bytes = !truncated && joined.at(-1) === 0x0d ? joined.subarray(0, -1) : joined;
    const line: RawLine = { bytes, start, end, truncated, rest: inRest };
    pieces = [];
    owned = 0;
    held = 0;
    start = end;
    return line;
  };

  const keep = (part: Buffer): void => {
    if (part.length === 0) return;
    pieces.push(part);
    held += part.length;
  };

  /** Adds bytes that hold no line end; `at` is the offset behind them. */
  const add = (part: Buffer, at: number, out: RawLine[]): void => {
    let left = part;
    while (held + left.length > (inRest ? maxRestBytes : maxLineBytes)) {
      const fits = (inRest ? maxRestBytes : maxLineBytes) - held;
      keep(left.subarray(0, fits));
      left = left.subarray(fits);
      out.push(take(at - left.length, !inRest));
      inRest = true;
    }
    keep(left);
  };

  const addWithoutNul = (buffer: Buffer, from: number, to: number, out: RawLine[]): void => {
    for (let at = from; at < to; ) {
      const nul = buffer.subarray(at, to).indexOf(0);
      const runEnd = nul === -1 ? to : at + nul;
      add(buffer.subarray(at, runEnd), offset + runEnd, out);
      at = runEnd;
      while (at < to && buffer[at] === 0) at += 1;
      if (held === 0 && !inRest) start = offset + at;
    }
  };

  const finish = (end: number, out: RawLine[]): void => {
    if (!inRest || held > 0) out.push(take(end, false));
    inRest = false;
    start = end;
  };

  return {
    push(chunk) {
      const out: RawLine[] = [];
      const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const hasNul = buffer.includes(0);
      for (let from = 0; from < buffer.length; ) {
        const newline = buffer.indexOf(0x0a, from);
        const to = newline === -1 ? buffer.length : newline;
        if (hasNul) addWithoutNul(buffer, from, to, out);
        else add(buffer.subarray(from, to), offset + to, out);
        from = newline === -1 ? to : newline + 1;
        if (newline !== -1) finish(offset + from, out);
      }
      offset += buffer.length;
      // The caller may reuse its chunk, so what waits for the next one is copied.
      for (; owned < pieces.length; owned += 1) pieces[owned] = Buffer.from(pieces[owned] as Buffer);
      return out;
    },
    end() {
      const out: RawLine[] = [];
      if (held > 0) finish(offset, out);
      return out;
    },
    cut() {
      if (held === 0) return [];
      const line = take(offset, !inRest);
      inRest = true;
      return [line];
    },
    pendingStart: () => start,
    heldBytes: () => held,
  };
}
