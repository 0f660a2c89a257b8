import type { CallRecord } from '../../recorder/call-record.ts';
import { defaultIndex } from '../../recorder/defaults.ts';
import { type ContentOptions, recordsOfCall } from '../../recorder/records.ts';
import { createSession, type Session } from '../../recorder/session.ts';
import { clientOf, type ServerName, type ToolCall } from './plan.ts';
import { newTraceId, type SentLog, type SentSpan, type Sink } from './records.ts';
import { type FlowPorts, type Place, runFlow } from './run-flow.ts';
import { planFlow, versionOf } from './scenario.ts';
import { seededChance } from './seeded-chance.ts';

/** Mean time between two requests of users. */
const gapMillis = 4000;

/** The busy and the quiet stretches of a day, here of twenty minutes. */
const waveMillis = 20 * 60_000;

export type History = Readonly<{ spans: readonly SentSpan[]; logs: readonly SentLog[] }>;

/** So much is held in memory at once. */
const sliceMillis = 15 * 60_000;

type Recorded = Readonly<{ name: ServerName; recordedName: string; version: string | undefined }>;

export type Past = Readonly<{
  seed: number;
  notes: string;
  /** As they run now, so that nothing about them seems to have changed. */
  servers: readonly Recorded[];
  fromMillis: number;
  toMillis: number;
}>;

/** `inventHistory` in slices, the newest first, because people look at the newest first. */
export async function* inventSlices({ seed, fromMillis, toMillis, ...rest }: Past): AsyncGenerator<History> {
  for (let slice = 0, end = toMillis; end > fromMillis; slice++, end -= sliceMillis)
    yield await inventHistory({ ...rest, seed: seed + slice, fromMillis: Math.max(fromMillis, end - sliceMillis), toMillis: end });
}

/** What the mesh would have sent between two times (Unix milliseconds), had it run. Nothing in it happened after `toMillis`. */
export async function inventHistory({ seed, notes, servers, fromMillis, toMillis }: Past): Promise<History> {
  const chance = seededChance(seed);
  const spans: SentSpan[] = [];
  const logs: SentLog[] = [];
  const sink: Sink = { span: (span) => void spans.push(span), log: (log) => void logs.push(log) };
  const sessions = new Map(
    servers.map(({ name, recordedName, version }) => [name, { version, session: createSession(recordedName, 'pipe') }]),
  );
  for (let startMillis = fromMillis; ; ) {
    const wave = 1 + 0.5 * Math.sin((2 * Math.PI * startMillis) / waveMillis);
    startMillis += wave * chance.between(0.4, 1.6) * gapMillis;
    let time = startMillis;
    const ports: FlowPorts = {
      now: () => time,
      sleep: async (millis) => {
        time += millis;
      },
      callTool: async (call, place) => {
        const began = time;
        time += call.simulated.millis;
        const recorder = sessions.get(call.server);
        if (recorder !== undefined) record(call, place, began, recorder, sink);
        return call.simulated.result;
      },
      versionOf: (agent) => versionOf(agent, false),
      sink,
      counted: () => undefined,
    };
    const plan = planFlow({ chance, notes, isIncident: false });
    const before = { spans: spans.length, logs: logs.length };
    await runFlow(plan, newTraceId(), ports);
    if (time <= toMillis) continue;
    spans.length = before.spans;
    logs.length = before.logs;
    return { spans, logs };
  }
}

type Recorder = Readonly<{ session: Session; version: string | undefined }>;

/** Lets the recorder say what it would have said, had it stood there. */
function record(call: ToolCall, place: Place, startMillis: number, { session, version }: Recorder, sink: Sink): void {
  const parties = {
    clientName: clientOf[call.server],
    clientVersion: '1.0.0',
    serverName: call.server,
    serverVersion: version,
    protocolVersion: '2025-11-25',
  };
  const contents: ContentOptions = { policy: () => 'redacted', limit: 1000, maxWholeBytes: 0, audits: () => false };
  for (const said of recordsOfCall(callRecord(call, place, startMillis), session, parties, contents)) {
    if ('log' in said) sink.log({ index: defaultIndex, document: said.log });
    else if ('span' in said) sink.span({ resource: resourceOf(session), span: said.span });
  }
}

const resourceOf = ({ server, id, host, pid }: Session) => ({
  'service.name': server,
  'service.instance.id': id,
  'host.name': host,
  'process.pid': String(pid),
});

function callRecord({ tool, args, simulated }: ToolCall, place: Place, startMillis: number): CallRecord {
  const { outcome, text } = simulated.result;
  const params = { name: tool, arguments: args };
  const result = outcome === 'ok' || outcome === 'tool_error' ? { content: [{ type: 'text', text }] } : undefined;
  return {
    method: 'tools/call',
    target: tool,
    from: 'client',
    id: 0,
    startMillis,
    durationMillis: simulated.millis,
    humanMillis: 0,
    outcome,
    error: outcome === 'ok' ? undefined : { type: outcome, code: undefined, message: text },
    requestBytes: JSON.stringify(params).length,
    responseBytes: result === undefined ? 0 : JSON.stringify(result).length,
    rounds: 1,
    retries: 0,
    progressCount: 0,
    traceparent: traceparentOf(place),
    params,
    result,
  };
}

export const traceparentOf = ({ traceId, parentId }: Place): string => `00-${traceId}-${parentId}-01`;
