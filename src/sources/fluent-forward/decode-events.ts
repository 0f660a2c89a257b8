import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { addAck, addDeadLetter, addDocument, type ForwardBatch } from './batch.ts';
import { eventTimeOfMillis, readEventTime } from './event-time.ts';
import { type ForwardMessage, readForwardMessage } from './forward-message.ts';
import { UnreadableRecord } from './json-writer.ts';
import { HeaderReader, MalformedBytes } from './msgpack-header.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import type { EventContext, RecordDocuments } from './record-document.ts';
import { endOfValue } from './value-scanner.ts';

export type DecodeLimits = Readonly<{
  /** Bytes of one message, and of one entry within compressed entries. */
  maxMessageBytes: number;
  /** Bytes to which the entries of one message may decompress. */
  maxDecompressedBytes: number;
  /** Bytes of documents after which a batch is handed over, so that a large message is not in memory twice. */
  batchBytes: number;
}>;

/** Where decoded events go. */
export type EventSink = Readonly<{
  /** The batch that is being filled. */
  batch: () => ForwardBatch;
  /** Hands the batch over and resolves when there is room for another. */
  handOver: () => Promise<void>;
}>;

const signals: Readonly<Record<number, string>> = { 1: 'metrics', 2: 'traces' };

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

/**
 * Decodes whole messages of one connection into batches. What cannot become a document becomes a dead letter, so that a
 * message can be acknowledged; only bytes that are no Forward protocol at all throw MalformedBytes.
 */
export class EventDecoder {
  readonly #records: RecordDocuments;
  readonly #limits: DecodeLimits;
  readonly #sink: EventSink;
  readonly #header = new HeaderReader();
  readonly #now: () => number;
  #isResent = false;

  constructor(records: RecordDocuments, limits: DecodeLimits, sink: EventSink, now: () => number) {
    this.#records = records;
    this.#limits = limits;
    this.#sink = sink;
    this.#now = now;
  }

  async message(bytes: Buffer): Promise<void> {
    const message = readForwardMessage(bytes);
    if (message === 'heartbeat') return;
    if ('notEvents' in message) {
      addDeadLetter(this.#sink.batch(), bytes, `not a Forward message: ${message.notEvents}`);
      addAck(this.#sink.batch(), undefined);
      return;
    }
    this.#isResent = message.chunk !== undefined;
    await this.#events(bytes, message);
    addAck(this.#sink.batch(), message.chunk);
  }

  async #events(bytes: Buffer, message: ForwardMessage): Promise<void> {
    const { events, signal } = message;
    if (signal !== 0) {
      const name = signals[signal] ?? `signal ${signal}`;
      addDeadLetter(this.#sink.batch(), bytes, `Fluent Bit ${name} are not read from Forward; send them with OTLP`);
      return;
    }
    const tag = this.#tag(bytes, message);
    if (events.mode === 'message') {
      this.#event(bytes, events.time.start, events.record, tag);
      if (this.#isFull()) await this.#handOver();
    } else if (events.mode === 'forward') {
      await this.#entries(bytes, events.entries, events.count, tag);
    } else if (events.compressed === 'text') {
      await this.#entries(bytes, events.entries, undefined, tag);
    } else if (events.compressed === 'gzip') {
      await this.#gzippedEntries(bytes.subarray(events.entries.start, events.entries.end), tag);
    } else {
      const payload = bytes.subarray(events.entries.start, events.entries.end);
      addDeadLetter(this.#sink.batch(), payload, `entries compressed with ${events.compressed}; meshscope reads gzip`);
    }
  }

  #tag(bytes: Buffer, message: ForwardMessage): Buffer {
    const { out } = this.#records.transcoder;
    out.reset();
    out.quoted(bytes, message.tag.start, message.tag.end);
    return Buffer.from(out.bytes.subarray(0, out.length));
  }

  /** Entries one behind the other: `count` of them, or as many as there are. What follows a broken entry is kept with it. */
  async #entries(bytes: Buffer, span: Readonly<{ start: number; end: number }>, count: number | undefined, tag: Buffer): Promise<void> {
    let at = span.start;
    for (let left = count ?? Number.POSITIVE_INFINITY; left > 0 && at < span.end; left--) {
      try {
        const end = endOfValue(bytes, at, span.end);
        this.#entry(bytes, at, end, tag);
        at = end;
      } catch (error) {
        if (!(error instanceof MalformedBytes)) throw error;
        const reason = `entries broken at byte ${error.offset - span.start}: ${error.message}`;
        addDeadLetter(this.#sink.batch(), bytes.subarray(at, span.end), reason);
        return;
      }
      if (this.#isFull()) await this.#handOver();
    }
  }

  /** Decompresses piece by piece, so that what comes out is never in memory as a whole. Members may follow one another. */
  async #gzippedEntries(compressed: Buffer, tag: Buffer): Promise<void> {
    const received = new ReceiveBuffer(this.#limits.maxMessageBytes);
    const gunzip = createGunzip({ chunkSize: 65_536 });
    gunzip.end(compressed);
    let total = 0;
    let read = 0;
    try {
      for await (const piece of gunzip) {
        total += (piece as Buffer).length;
        if (total > this.#limits.maxDecompressedBytes) {
          throw new MalformedBytes(`more than ${this.#limits.maxDecompressedBytes} bytes after decompression`, total);
        }
        received.append(piece as Buffer);
        for (let entry = received.next(); entry; entry = received.next()) {
          this.#entry(entry, 0, entry.length, tag);
          read++;
          if (this.#isFull()) await this.#handOver();
        }
      }
      if (received.pending > 0) throw new MalformedBytes('value is truncated', received.offset);
    } catch (error) {
      if (!(error instanceof MalformedBytes || isZlibError(error))) throw error;
      addDeadLetter(this.#sink.batch(), compressed, `compressed entries broken behind ${read} that were read: ${error.message}`);
    }
  }

  #entry(bytes: Buffer, start: number, end: number, tag: Buffer): void {
    const header = this.#header;
    header.read(bytes, start, end);
    if (header.kind !== 'array' || header.count !== 2) {
      this.#unread(bytes, { start, end }, tag, 'an entry is an array of time and record');
      return;
    }
    const timeAt = header.body;
    this.#event(bytes, timeAt, { start: endOfValue(bytes, timeAt, end), end }, tag);
  }

  #event(bytes: Buffer, timeAt: number, record: Readonly<{ start: number; end: number }>, tag: Buffer): void {
    try {
      const context = this.#context(bytes, timeAt, record.start, tag);
      const document = this.#records.document(bytes, record.start, record.end, context);
      if (document) addDocument(this.#sink.batch(), document);
      else this.#unread(bytes, { start: timeAt, end: record.end }, tag, 'the record is not a map');
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      addDeadLetter(this.#sink.batch(), bytes.subarray(timeAt, record.end), `${error.message} (MessagePack of time and record)`);
    }
  }

  #context(bytes: Buffer, timeAt: number, recordAt: number, tag: Buffer): EventContext {
    const header = this.#header;
    header.read(bytes, timeAt, recordAt);
    let metadata: string | undefined;
    let at = timeAt;
    if (header.kind === 'array' && header.count === 2) {
      at = header.body;
      const metadataAt = endOfValue(bytes, at, recordAt);
      if (header.read(bytes, metadataAt, recordAt) !== 'map' || header.count > 0)
        metadata = this.#records.json(bytes, metadataAt, recordAt).toString();
      header.read(bytes, at, recordAt);
    }
    const time = readEventTime(bytes, header);
    if (time) return { tag, time, ...(metadata !== undefined && { metadata }) };
    const text = this.#records.json(bytes, at, recordAt).toString();
    const isUnknown = header.kind === 'nil' || text === '0' || text === '"1970-01-01T00:00:00.000000000Z"';
    return {
      tag,
      time: eventTimeOfMillis(this.#now()),
      ...(!isUnknown && { unreadTime: text }),
      ...(metadata !== undefined && { metadata }),
    };
  }

  #unread(bytes: Buffer, span: Readonly<{ start: number; end: number }>, tag: Buffer, reason: string): void {
    const parts: Buffer[] = [Buffer.from('['), tag];
    try {
      for (let at = span.start; at < span.end; at = endOfValue(bytes, at, span.end)) {
        parts.push(Buffer.from(','), this.#records.json(bytes, at, span.end));
      }
      addDeadLetter(this.#sink.batch(), Buffer.concat([...parts, Buffer.from(']')]), reason);
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      addDeadLetter(this.#sink.batch(), bytes.subarray(span.start, span.end), reason);
    }
  }

  #isFull(): boolean {
    return this.#sink.batch().bytes >= this.#limits.batchBytes;
  }

  async #handOver(): Promise<void> {
    // A part of a message whose sender keeps no copy is as precious as its end.
    if (!this.#isResent) addAck(this.#sink.batch(), undefined);
    await this.#sink.handOver();
    // Other connections get their turn between the batches of a large message.
    await setImmediate();
  }
}
