import { HeaderReader, MalformedBytes } from './msgpack-header.ts';
import { endOfValue } from './value-scanner.ts';

/** Start and end of a value within the message. */
export type Span = Readonly<{ start: number; end: number }>;

/** What a message carries; the modes of the Forward protocol v1, "Event Modes", and what else arrives in their form. */
export type ForwardMessage = Readonly<{
  /** UTF-8 bytes of the tag, within the message. */
  tag: Span;
  events:
    | Readonly<{ mode: 'message'; time: Span; record: Span }>
    | Readonly<{ mode: 'forward'; entries: Span; count: number }>
    | Readonly<{ mode: 'packed'; entries: Span; compressed: string }>;
  /** The `chunk` option as it was sent, header included: the sender waits for it to come back as `ack`. */
  chunk?: Buffer;
  /** `fluent_signal`: 0 logs, 1 metrics, 2 traces. */
  signal: number;
}>;

type Options = { chunk?: Buffer; compressed: string; signal: number };

function readOptions(message: Buffer, span: Span): Options {
  const options: Options = { compressed: 'text', signal: 0 };
  const header = new HeaderReader();
  if (header.read(message, span.start, span.end) !== 'map') return options;
  let at = header.body;
  for (let left = header.count; left > 0; left -= 2) {
    header.read(message, at, span.end);
    const name = message.toString('utf8', header.body, header.body + header.size);
    const start = endOfValue(message, at, span.end);
    at = endOfValue(message, start, span.end);
    const kind = header.read(message, start, at);
    if (name === 'chunk' && (kind === 'string' || kind === 'binary')) options.chunk = Buffer.from(message.subarray(start, at));
    else if (name === 'compressed' && kind === 'string') options.compressed = message.toString('utf8', header.body, at);
    else if (name === 'fluent_signal' && kind === 'integer' && header.size === 0) options.signal = message[start] as number;
  }
  return options;
}

/** True for `[time, metadata]`, the time of one event as Fluent Bit may send it; false for a list of entries. */
function isTimeWithMetadata(message: Buffer, header: HeaderReader, end: number): boolean {
  if (header.count !== 2) return false;
  const first = new HeaderReader();
  const kind = first.read(message, header.body, end);
  return kind === 'ext' || kind === 'integer' || kind === 'float';
}

/**
 * Takes a whole MessagePack value apart. `heartbeat` for nil; a string says why an array is no message of events. Throws
 * MalformedBytes for every other value: the peer does not speak this protocol.
 */
export function readForwardMessage(message: Buffer): ForwardMessage | 'heartbeat' | Readonly<{ notEvents: string }> {
  const header = new HeaderReader();
  const end = message.length;
  const kind = header.read(message, 0, end);
  if (kind === 'nil') return 'heartbeat';
  if (kind !== 'array') throw new MalformedBytes(`expected a MessagePack array, got a value of kind ${kind}`, 0);
  if (header.count < 2 || header.count > 4) return { notEvents: `a message has 2 to 4 elements, not ${header.count}` };
  const spans: Span[] = [];
  for (let at = header.body, left = header.count; left > 0; left--) {
    const after = endOfValue(message, at, end);
    spans.push({ start: at, end: after });
    at = after;
  }
  const [tagValue, second, third, fourth] = spans as [Span, Span, Span?, Span?];
  const tagKind = header.read(message, tagValue.start, end);
  if (tagKind !== 'string' && tagKind !== 'binary') return { notEvents: `the tag is a value of kind ${tagKind}, not a string` };
  const tag = { start: header.body, end: tagValue.end };
  const secondKind = header.read(message, second.start, end);
  const entries = { start: header.body, end: second.end };
  if (secondKind === 'string' || secondKind === 'binary') {
    const { compressed, ...options } = third ? readOptions(message, third) : { compressed: 'text', signal: 0 };
    return { tag, events: { mode: 'packed', entries, compressed }, ...options };
  }
  if (secondKind === 'array' && !(third && isTimeWithMetadata(message, header, second.end))) {
    const { compressed: _, ...options } = third ? readOptions(message, third) : { compressed: '', signal: 0 };
    return { tag, events: { mode: 'forward', entries, count: header.count }, ...options };
  }
  if (!third) return { notEvents: 'an event without a record' };
  const { compressed: _, ...options } = fourth ? readOptions(message, fourth) : { compressed: '', signal: 0 };
  return { tag, events: { mode: 'message', time: second, record: third }, ...options };
}
