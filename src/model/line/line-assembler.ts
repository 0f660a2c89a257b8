import { isUtf8 } from 'node:buffer';
import type { DeadLetter, LogDocument } from '../ingest.ts';
import type { AddedFields } from './added-fields.ts';
import { type ContainerPiece, parseCriLine, parseDockerLine } from './container-line.ts';
import { createLineDocuments, type LineOrigin } from './line-document.ts';
import { createLineJoiner, type JoinedLines, type LineJoiner } from './line-joiner.ts';
import { createLineSplitter, type RawLine } from './line-splitter.ts';
import { withoutColours } from './recognise-line.ts';

export type AssemblerOptions = Readonly<{
  /** Added to each record that does not have them. */
  fields?: AddedFields;
  /** Joins tracebacks and indented lines; otherwise each line is a record. */
  multiline?: boolean;
  /** A longer line keeps what fits, with `truncated: true`; the rest goes to the dead letters. */
  maxLineBytes?: number;
  /** How long a record waits for a further line. */
  quietMillis?: number;
  /** How long a partial line of a container runtime waits for its next piece. */
  partialMillis?: number;
  /** The input begins inside a line whose beginning was handled before. */
  midLine?: boolean;
  /** Where the lines come from, for the reason of dead letters. */
  name?: string;
}>;

export type AssembledLines = Readonly<{
  documents: readonly LogDocument[];
  deadLetters: readonly DeadLetter[];
  /**
   * Bytes of the input, from its beginning, that the documents and dead letters handed out so far cover, all of them
   * and nothing else: an assembler that starts there goes on without loss or repetition.
   */
  consumed: number;
}>;

/** Cuts a stream of bytes into documents. Times are milliseconds of one clock that the caller chooses. */
export type LineAssembler = Readonly<{
  /** Takes the next bytes; the chunk MUST NOT be changed afterwards, because documents may share its memory. */
  push: (chunk: Uint8Array, nowMillis: number) => void;
  /** Ends records that have waited long enough. To be called only when there are no more bytes to push at the moment. */
  flushQuiet: (nowMillis: number) => void;
  /** Ends everything, a last line without a line end included: the input is over. */
  end: (nowMillis: number) => void;
  /** Ends everything to free memory; the line that has no line end yet counts as one over the limit. */
  cut: (nowMillis: number) => void;
  drain: () => AssembledLines;
  /** Bytes that wait for more input or to be drained. */
  heldBytes: () => number;
}>;

/**
 * Whether an assembler that starts behind the byte is inside a line whose beginning was cut. What an assembler calls
 * consumed ends behind a line end, behind the NULs of a hole, or inside such a line.
 */
export function isMidLine(byteBefore: number | undefined): boolean {
  return byteBefore !== undefined && byteBefore !== 0x0a && byteBefore !== 0;
}

export const defaultMaxLineBytes = 16 * 1024 * 1024;

/** A document, or with a reason a dead letter. */
type Ready = Readonly<{ start: number; end: number; bytes: Uint8Array; reason: string | undefined }>;

/** What waits of one output stream; lines that no container runtime wrapped share the one without a name. */
type Channel = {
  joiner: LineJoiner;
  origin: LineOrigin;
  rawLines: Buffer[];
  pieces: Buffer[];
  pieceBytes: number;
  pieceStart: number;
  pieceEnd: number;
  pieceOrigin: LineOrigin;
  pieceMillis: number;
  /** The pieces went over the limit, and this line's end has not come yet. */
  overLimit: boolean;
};

/** Records of one stream that straddle those of another are handed out together; this bounds how long such a chain gets. */
const maxReadyBytes = 4 * 1024 * 1024;

export function createLineAssembler(options: AssemblerOptions = {}): LineAssembler {
  const { multiline = true, maxLineBytes = defaultMaxLineBytes, quietMillis = 500, partialMillis = 5000, name = 'the input' } = options;
  const splitter = createLineSplitter({ maxLineBytes, midLine: options.midLine ?? false });
  const toDocument = createLineDocuments(options.fields ?? {});
  const channels = new Map<string, Channel>();
  let ready: Ready[] = [];
  let readyBytes = 0;

  const emit = (item: Ready): void => {
    ready.push(item);
    readyBytes += item.bytes.byteLength;
  };

  const emitDocument = (bytes: LogDocument, start: number, end: number): void => emit({ start, end, bytes, reason: undefined });
  const emitRest = (payload: Buffer, { start, end }: RawLine): void =>
    // The payload is copied, because it is a small part of what the chunk would keep in memory.
    emit({ start, end, bytes: Buffer.from(payload), reason: `part of a line of ${name} behind its first ${maxLineBytes} bytes` });

  const emitJoined = (channel: Channel, joined: JoinedLines | undefined): void => {
    if (joined === undefined) return;
    const { lines, start, end } = joined;
    const raw = channel.rawLines.length === 0 ? undefined : joinLines(channel.rawLines);
    const origin = raw === undefined ? channel.origin : { ...channel.origin, raw };
    channel.rawLines = [];
    // An object that was printed over several lines; a line end cannot stand inside a JSON string, so each is white space.
    const json = lines.length > 1 && lines[0]?.startsWith('{') ? toDocument.fromJson(Buffer.from(lines.join(' ')), origin) : undefined;
    emitDocument(json ?? toDocument.fromText(joined, origin), start, end);
  };

  const handleLine = (channel: Channel, payload: Buffer, origin: LineOrigin, start: number, end: number, nowMillis: number): void => {
    const alone = !multiline || origin.truncated === true;
    const mayBeJson = alone || channel.joiner.pendingStart() === undefined || payload[0] === 0x7b;
    const json = mayBeJson ? toDocument.fromJson(payload, origin) : undefined;
    if (json !== undefined || alone) emitJoined(channel, channel.joiner.flush());
    if (json !== undefined) {
      emitDocument(json, start, end);
      return;
    }
    const text = withoutColours(payload.toString('utf8'));
    emitJoined(channel, channel.joiner.push(text, start, end, nowMillis));
    if (channel.joiner.pendingStart() === start) channel.origin = origin;
    if (!isUtf8(payload)) channel.rawLines.push(Buffer.from(payload));
    if (alone) emitJoined(channel, channel.joiner.flush());
  };

  const finishPieces = (channel: Channel, truncated: boolean, nowMillis: number): void => {
    if (channel.pieces.length === 0) return;
    const payload = Buffer.concat(channel.pieces);
    const origin = truncated ? { ...channel.pieceOrigin, truncated } : channel.pieceOrigin;
    channel.pieces = [];
    channel.pieceBytes = 0;
    handleLine(channel, payload, origin, channel.pieceStart, channel.pieceEnd, nowMillis);
  };

  const handlePiece = (channel: Channel, piece: ContainerPiece, line: RawLine, nowMillis: number): void => {
    const { payload, partial, stream, time, attributes } = piece;
    if (channel.overLimit) {
      channel.overLimit = partial;
      emitRest(payload, line);
      return;
    }
    const origin: LineOrigin = { stream, time, attributes, truncated: line.truncated };
    if (channel.pieces.length === 0 && !partial) {
      handleLine(channel, payload, origin, line.start, line.end, nowMillis);
      return;
    }
    if (channel.pieces.length === 0) {
      channel.pieceStart = line.start;
      channel.pieceOrigin = origin;
    }
    const fits = Math.min(payload.length, maxLineBytes - channel.pieceBytes);
    channel.pieces.push(Buffer.from(payload.subarray(0, fits)));
    channel.pieceBytes += fits;
    channel.pieceEnd = line.end;
    channel.pieceMillis = nowMillis;
    const overLimit = fits < payload.length;
    if (overLimit || !partial) finishPieces(channel, overLimit, nowMillis);
    if (!overLimit) return;
    channel.overLimit = partial;
    emitRest(payload.subarray(fits), line);
  };

  const channelOf = (stream: string): Channel => {
    const known = channels.get(stream);
    if (known !== undefined) return known;
    const channel: Channel = {
      joiner: createLineJoiner(),
      origin: {},
      rawLines: [],
      pieces: [],
      pieceBytes: 0,
      pieceStart: 0,
      pieceEnd: 0,
      pieceOrigin: {},
      pieceMillis: 0,
      overLimit: false,
    };
    channels.set(stream, channel);
    return channel;
  };

  const handleRaw = (line: RawLine, nowMillis: number): void => {
    const piece = line.rest ? undefined : (parseCriLine(line.bytes) ?? parseDockerLine(line.bytes));
    if (line.rest) emitRest(line.bytes, line);
    else if (piece !== undefined) handlePiece(channelOf(piece.stream), piece, line, nowMillis);
    else handleLine(channelOf(''), line.bytes, line.truncated ? { truncated: true } : {}, line.start, line.end, nowMillis);
  };

  const flushChannels = (nowMillis: number): void => {
    for (const channel of channels.values()) {
      finishPieces(channel, false, nowMillis);
      emitJoined(channel, channel.joiner.flush());
    }
  };

  const safeEnd = (): number => {
    let safe = splitter.pendingStart();
    for (const channel of channels.values()) {
      if (channel.pieces.length > 0) safe = Math.min(safe, channel.pieceStart);
      safe = Math.min(safe, channel.joiner.pendingStart() ?? safe);
    }
    // Sorted by their ends, one walk backwards finds every chain of records that straddle each other.
    ready.sort((a, b) => a.end - b.end);
    for (const { start, end } of ready.toReversed()) if (start < safe && end > safe) safe = start;
    return safe;
  };

  return {
    push(chunk, nowMillis) {
      for (const line of splitter.push(chunk)) handleRaw(line, nowMillis);
    },
    flushQuiet(nowMillis) {
      for (const channel of channels.values()) {
        if (nowMillis - channel.pieceMillis >= partialMillis) finishPieces(channel, false, nowMillis);
        if (nowMillis - channel.joiner.pendingSinceMillis() >= quietMillis) emitJoined(channel, channel.joiner.flush());
      }
    },
    end(nowMillis) {
      for (const line of splitter.end()) handleRaw(line, nowMillis);
      flushChannels(nowMillis);
    },
    cut(nowMillis) {
      for (const line of splitter.cut()) handleRaw(line, nowMillis);
      flushChannels(nowMillis);
    },
    drain() {
      let consumed = safeEnd();
      if (readyBytes > maxReadyBytes && ready.some(({ end }) => end > consumed)) {
        flushChannels(0);
        consumed = safeEnd();
      }
      const out = ready.filter(({ end }) => end <= consumed);
      ready = ready.filter(({ end }) => end > consumed);
      readyBytes = ready.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
      return {
        documents: out.flatMap(({ bytes, reason }) => (reason === undefined ? [bytes] : [])),
        deadLetters: out.flatMap(({ bytes, reason }) => (reason === undefined ? [] : [{ payload: bytes, reason }])),
        consumed,
      };
    },
    heldBytes() {
      let held = splitter.heldBytes() + readyBytes;
      for (const channel of channels.values()) held += channel.pieceBytes + channel.joiner.heldBytes();
      return held;
    },
  };
}

function joinLines(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, at) => (at === 0 ? [line] : [Buffer.from('\n'), line])));
}
