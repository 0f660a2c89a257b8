import { auditedTools } from './audited-tools.ts';
import { CallMetrics } from './call-metrics.ts';
import { type BatchHeader, createCollector } from './collector.ts';
import { type ContentRules, contentPolicies } from './content-rules.ts';
import { Conversation, type Moment, type Side } from './conversation.ts';
import { type Delivery, type LossReports, startDelivery } from './delivery.ts';
import { FrameSplitter, type RawFrame } from './frame-splitter.ts';
import { parseMessages, type RpcMessage } from './json-rpc.ts';
import { startMetricsDelivery } from './metrics-delivery.ts';
import { outlineMessage } from './outline-message.ts';
import {
  type ContentOptions,
  type Delivered,
  recordOfEvent,
  recordOfNotification,
  recordOfServerLog,
  recordOfStart,
  recordOfStderr,
  recordsOfCall,
} from './records.ts';
import type { Session } from './session.ts';
import { Spool } from './spool.ts';

/** Reads copies of what passed and turns them into records of one session. */
export type Recorder = Readonly<{
  /** A piece of a stream of lines. */
  read: (stream: Stream, chunk: Buffer, moment: Moment) => void;
  /** Messages that are whole already, because their transport has its own frames. `bytes`: of all of them; `scope`: see `Conversation.take`. */
  take: (side: Side, messages: readonly RpcMessage[], bytes: number, moment: Moment, scope: string) => void;
  /** See `Conversation.giveUp`. */
  giveUp: Conversation['giveUp'];
  /** So many bytes passed without being read. */
  skipped: (stream: Stream, bytes: number) => void;
  /** The conversation has ended; `why` says how, for calls without an answer. */
  finish: (why: EndReason, message: string) => void;
}>;

export type Stream = Side | 'stderr';
export type EndReason = 'abandoned' | 'transport';

export type RecordingOptions = Readonly<{
  session: Session;
  /** The collector. */
  url: string;
  index: string;
  version: string;
  spoolFolder: string;
  maxSpoolBytes: number;
  content: ContentRules;
  /** Patterns of tools whose calls are audited. */
  audit: readonly string[];
  /** Longer arguments and results are cut, in characters. */
  contentLimit: number;
  /** Those that are cut are kept whole beside the log records, up to so many bytes. */
  maxWholeBytes: number;
  /** Bytes of one message that are read; of longer ones only what their beginning and end tell. */
  maxMessageBytes: number;
}>;

/** What the sessions of one process share. */
export type Recording = Readonly<{ delivery: Delivery; metrics: CallMetrics; contents: ContentOptions; maxMessageBytes: number }>;

/** How often it is looked for requests that have been open for long. */
const lookMillis = 500;

const maxFolderBytes = 256 * 1024 ** 2;

/** A line of standard error is cut there, in bytes. */
const maxStderrLine = 16 * 1024;

export const momentNow = (): Moment => {
  const monotonic = performance.now();
  return { wall: performance.timeOrigin + monotonic, monotonic };
};

export function startRecording(options: RecordingOptions): Recording {
  const { session, url, index, version, spoolFolder: folder, maxSpoolBytes: maxBytes, content, contentLimit, maxMessageBytes } = options;
  const header: BatchHeader = { index, version, session, to: new URL(url).origin };
  const spool = new Spool({ folder, session, header: JSON.stringify(header), maxBytes, maxFolderBytes });
  const warning = (message: string, details: Readonly<Record<string, unknown>>) =>
    recordOfEvent('WARNING', message, momentNow(), session, details);
  const reports: LossReports = {
    lost: (records) =>
      warning(`${records} records were lost: the spool was full, or the collector refused them`, { lost_records: records }),
    skipped: (stream, bytes) =>
      warning(`${bytes} bytes of the ${stream} were not recorded, because they came faster than they could be read`, {
        skipped_bytes: bytes,
      }),
  };
  const delivery = startDelivery(spool, createCollector(url), reports);
  const contents: ContentOptions = {
    policy: contentPolicies(content, session.server),
    limit: contentLimit,
    maxWholeBytes: options.maxWholeBytes,
    audits: auditedTools(options.audit, session.server),
  };
  const metrics = new CallMetrics(Date.now());
  // A connection of its own: metrics must not take the last moments of records.
  const exporting = startMetricsDelivery(metrics, createCollector(url), { index, version, session });
  const close: Delivery['close'] = async (millis) => (await Promise.all([delivery.close(millis), exporting.close(millis)]))[0];
  return {
    delivery: { ...delivery, close },
    metrics,
    contents,
    maxMessageBytes,
  };
}

export function createRecorder({ delivery, metrics, contents, maxMessageBytes }: Recording, session: Session): Recorder {
  let moment = momentNow();
  const event = (level: string, message: string, details: Readonly<Record<string, unknown>>, when = moment) =>
    delivery.add([recordOfEvent(level, message, when, session, details)]);

  const isNewContent = createContentFilter();
  const conversation = new Conversation({
    onCall: (call) => {
      metrics.sawCall(call, conversation.parties, session.transport);
      delivery.add(recordsOfCall(call, session, conversation.parties, contents).filter(isNewContent));
    },
    onStart: (call) => delivery.add([recordOfStart(call, session, conversation.parties)]),
    onLog: (log) => {
      metrics.sawLog(log);
      delivery.add([recordOfServerLog(log, session, contents)]);
    },
    onNotification: (notification) => delivery.add([recordOfNotification(notification, session, contents)]),
    onInvalid: (side, reason, when) => event('WARNING', `a line of the ${side} is no MCP message: ${reason}`, { invalid: side }, when),
  });
  const unwatch = metrics.watch(() => conversation.openCalls);
  const looking = setInterval(() => {
    conversation.reportOpen(momentNow());
    delivery.flush();
  }, lookMillis).unref();
  const take = (side: Side, messages: readonly RpcMessage[], bytes: number, scope = '') => {
    for (const message of messages) conversation.take(side, message, Math.round(bytes / messages.length), moment, scope);
  };
  const takeFrame = (side: Side) => (frame: RawFrame) => {
    if (!frame.cut) return take(side, parseMessages(frame.head.toString('utf8')), frame.bytes);
    event('INFO', `a message of the ${side} has ${frame.bytes} bytes and was not read`, {
      unread: { from: side, bytes: frame.bytes, sha256: frame.sha256 },
    });
    take(side, outlineMessage(frame), frame.bytes);
  };
  const splitters = {
    client: new FrameSplitter(maxMessageBytes, takeFrame('client')),
    server: new FrameSplitter(maxMessageBytes, takeFrame('server')),
    stderr: new FrameSplitter(maxStderrLine, ({ head, cut }) =>
      delivery.add([recordOfStderr(`${head.toString('utf8')}${cut ? ' [cut]' : ''}`, moment, session, contents)]),
    ),
  };

  return {
    read(stream, chunk, when) {
      moment = when;
      splitters[stream].push(chunk);
    },
    take(side, messages, bytes, when, scope) {
      moment = when;
      take(side, messages, bytes, scope);
    },
    giveUp: (...request) => conversation.giveUp(...request),
    skipped(stream, bytes) {
      splitters[stream].skip();
      delivery.skip(stream, bytes);
    },
    finish(why, message) {
      for (const splitter of Object.values(splitters)) splitter.end();
      conversation.close(momentNow(), why, message);
      unwatch();
      clearInterval(looking);
    },
  };
}

/** Hashes that are remembered. */
const maxHashes = 10_000;

/** Lets each content pass once a day, since the collector keeps it by days; other records always. */
function createContentFilter(): (record: Delivered) => boolean {
  const sent = new Set<string>();
  let day = 0;
  return (record) => {
    if (!('content' in record)) return true;
    const today = Math.floor(Date.now() / 86_400_000);
    if (today !== day || sent.size >= maxHashes) sent.clear();
    day = today;
    if (sent.has(record.content.sha256)) return false;
    sent.add(record.content.sha256);
    return true;
  };
}
