import { type EventTime, formatEventTime } from './event-time.ts';
import { JsonTranscoder } from './json-transcoder.ts';
import { type JsonMember, jsonMembers } from './merge-log.ts';
import { HeaderReader } from './msgpack-header.ts';

/** What an event says beside its record. */
export type EventContext = Readonly<{
  /** The tag as a JSON string. */
  tag: Uint8Array;
  time: EventTime;
  /** The event's own time as JSON text when it could not be read as a time, so that `time` is the time of receipt. */
  unreadTime?: string;
  /** The metadata map that Fluent Bit sends with `retain_metadata_in_forward_mode`, as JSON text. */
  metadata?: string;
}>;

/** Which of the keys that decide about added fields a record has. */
type Present = { timestamp: boolean; tag: boolean; fluentTag: boolean; fluentTime: boolean; fluentMetadata: boolean };

function note(present: Present, key: string): void {
  if (key === 'timestamp' || key === '@timestamp') present.timestamp = true;
  else if (key === 'tag') present.tag = true;
  else if (key === 'fluent_tag') present.fluentTag = true;
  else if (key === 'fluent_time') present.fluentTime = true;
  else if (key === 'fluent_metadata') present.fluentMetadata = true;
}

/** Lengths of the keys above and of `log`, so that other keys are never made into strings. */
const keyLengths = new Set(['timestamp', '@timestamp', 'tag', 'fluent_tag', 'fluent_time', 'fluent_metadata'].map((key) => key.length));

/** Turns records into documents: the record's fields, then `@timestamp` and `tag` where the record has no such field. */
export class RecordDocuments {
  readonly transcoder: JsonTranscoder;
  readonly #parseLog: boolean;
  readonly #header = new HeaderReader();

  constructor(options: Readonly<{ maxDocumentBytes: number; parseLog: boolean }>) {
    this.transcoder = new JsonTranscoder(options.maxDocumentBytes);
    this.#parseLog = options.parseLog;
  }

  /** The value at `at`, whole within `end`, as JSON text. Throws UnreadableRecord. */
  json(bytes: Buffer, at: number, end: number): Buffer {
    this.transcoder.out.reset();
    this.transcoder.value(bytes, at, end);
    return this.#written();
  }

  /** The document of the map at `at`, whole within `end`; undefined when it is no map. Throws UnreadableRecord. */
  document(bytes: Buffer, at: number, end: number, context: EventContext): Buffer | undefined {
    this.#header.read(bytes, at, end);
    if (this.#header.kind !== 'map') return undefined;
    const { out } = this.transcoder;
    out.reset();
    const keys = this.transcoder.map(bytes, at, end);
    // The closing brace comes again behind what is added.
    out.length--;
    const present: Present = { timestamp: false, tag: false, fluentTag: false, fluentTime: false, fluentMetadata: false };
    let logAt = -1;
    for (let i = 0; i < keys.length; i += 2) {
      const start = (keys[i] as number) + 1;
      const length = (keys[i + 1] as number) - start;
      if (!keyLengths.has(length)) continue;
      const key = out.bytes.toString('latin1', start, start + length);
      if (key === 'log') logAt = i;
      else note(present, key);
    }
    if (logAt >= 0 && this.#parseLog) {
      const members = this.#logMembers(keys, logAt);
      if (members) {
        this.#merge(keys, logAt, members);
        for (const member of members) note(present, member.key);
      }
    }
    this.#add(present, context);
    return this.#written();
  }

  #written(): Buffer {
    const { out } = this.transcoder;
    return Buffer.from(out.bytes.subarray(0, out.length));
  }

  /** End of the member whose key is at `keys[i]`: the comma behind it, or the end of what is written. */
  #memberEnd(keys: readonly number[], i: number): number {
    return i + 2 < keys.length ? (keys[i + 2] as number) - 1 : this.transcoder.out.length;
  }

  #logMembers(keys: readonly number[], logAt: number): readonly JsonMember[] | undefined {
    const { bytes } = this.transcoder.out;
    const start = (keys[logAt + 1] as number) + 2;
    const end = this.#memberEnd(keys, logAt);
    // Cheap gate for the usual plain text: a string whose text begins and ends as an object may, spaces and escapes aside.
    if (bytes[start] !== 0x22 || !bytes.includes(0x7b, start)) return undefined;
    return jsonMembers(String(JSON.parse(bytes.toString('utf8', start, end))));
  }

  /** As Fluentd's parser filter with `reserve_data` and `remove_key_name_field`: the log's fields replace `log` and win. */
  #merge(keys: readonly number[], logAt: number, members: readonly JsonMember[]): void {
    const { out } = this.transcoder;
    const replaced = new Set(members.map((member) => member.key));
    const kept: Buffer[] = [];
    for (let i = 0; i < keys.length; i += 2) {
      if (i === logAt) continue;
      const start = keys[i] as number;
      const key: unknown = JSON.parse(out.bytes.toString('utf8', start, (keys[i + 1] as number) + 1));
      if (!replaced.has(String(key))) kept.push(Buffer.from(out.bytes.subarray(start, this.#memberEnd(keys, i))));
    }
    out.length = 1;
    for (const member of kept) {
      this.#comma();
      out.raw(member);
    }
    for (const member of members) {
      this.#comma();
      out.text(member.text);
    }
  }

  #comma(): void {
    if (this.transcoder.out.length > 1) this.transcoder.out.byte(0x2c);
  }

  #add(present: Present, context: EventContext): void {
    const { out } = this.transcoder;
    if (!present.timestamp) {
      this.#comma();
      out.ascii(`"@timestamp":"${formatEventTime(context.time)}"`);
    }
    if (!present.tag || !present.fluentTag) {
      this.#comma();
      out.ascii(present.tag ? '"fluent_tag":' : '"tag":');
      out.raw(context.tag);
    }
    if (context.unreadTime !== undefined && !present.fluentTime) {
      this.#comma();
      out.text(`"fluent_time":${context.unreadTime}`);
    }
    if (context.metadata !== undefined && !present.fluentMetadata) {
      this.#comma();
      out.text(`"fluent_metadata":${context.metadata}`);
    }
    out.byte(0x7d);
  }
}
