import type { CallRecord } from './call-record.ts';
import { Conversation, type Moment, type Side } from './conversation.ts';
import type { Delivery } from './delivery.ts';
import { FrameSplitter, type RawFrame } from './frame-splitter.ts';
import { parseMessages } from './json-rpc.ts';
import { type ContentOptions, type Delivered, recordOfEvent, recordOfServerLog, recordOfStderr, recordsOfCall } from './records.ts';
import type { Session } from './session.ts';

/** Reads copies of what passed and turns them into records. It runs on a thread of its own (`recorder-thread.ts`). */
export type Recorder = Readonly<{
  read: (seen: Seen) => void;
  /** So many bytes passed without being read. */
  skipped: (bytes: number) => void;
  /** The conversation has ended; `why` says how, for calls without an answer. */
  finish: (why: EndReason, message: string) => void;
}>;

export type Stream = Side | 'stderr';
export type EndReason = 'abandoned' | 'transport';
export type Seen = Readonly<{ stream: Stream; chunk: Uint8Array; moment: Moment }>;

export type RecorderOptions = Readonly<{
  session: Session;
  delivery: Pick<Delivery, 'add' | 'dropped'>;
  contents: ContentOptions;
  /** Bytes of one message that are read; longer ones are recorded by their size and hash. */
  maxMessageBytes: number;
}>;

export const momentNow = (): Moment => ({ wall: performance.timeOrigin + performance.now(), monotonic: performance.now() });

/** A line of standard error is cut there, in bytes. */
const maxStderrLine = 16 * 1024;

export function createRecorder({ session, delivery, contents, maxMessageBytes }: RecorderOptions): Recorder {
  let moment = momentNow();

  const conversation = new Conversation({
    onCall: (call: CallRecord) => delivery.add(recordsOfCall(call, session, conversation.parties, contents)),
    onLog: (log) => delivery.add([recordOfServerLog(log, session)]),
    onInvalid: (side, reason, when) => event('WARNING', `a line of the ${side} is no MCP message: ${reason}`, when, { invalid: side }),
  });
  const event = (level: string, msg: string, when: Moment, details: Readonly<Record<string, unknown>>) =>
    delivery.add([recordOfEvent(level, msg, when, session, details)] satisfies Delivered[]);

  const take = (side: Side) => (frame: RawFrame) => {
    if (frame.cut) {
      event('INFO', `a message of the ${side} has ${frame.bytes} bytes and was not read`, moment, {
        unread: { from: side, bytes: frame.bytes, sha256: frame.sha256 },
      });
      return;
    }
    const messages = parseMessages(frame.head.toString('utf8'));
    for (const message of messages) conversation.take(side, message, Math.round(frame.bytes / messages.length), moment);
  };
  const splitters = {
    client: new FrameSplitter(maxMessageBytes, take('client')),
    server: new FrameSplitter(maxMessageBytes, take('server')),
    stderr: new FrameSplitter(maxStderrLine, ({ head, cut }) =>
      delivery.add([recordOfStderr(`${head.toString('utf8')}${cut ? ' [cut]' : ''}`, moment, session)]),
    ),
  };

  return {
    read({ stream, chunk, moment: when }) {
      moment = when;
      splitters[stream].push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    },

    skipped(bytes) {
      event('WARNING', `${bytes} bytes of the conversation were not recorded, because they came faster than they could be read`, moment, {
        skipped_bytes: bytes,
      });
    },

    finish(why, message) {
      moment = momentNow();
      for (const splitter of Object.values(splitters)) splitter.end();
      conversation.close(moment, why, message);
      const lost = delivery.dropped();
      if (lost > 0)
        event('WARNING', `${lost} records were lost, because the spool was full or could not be written`, moment, { lost_records: lost });
    },
  };
}
