import { traceKey } from '../../model/trace-id.ts';
import { rfc3339Nano } from '../../queries/trace-forms/completed-trace.ts';
import type { SpanRow } from '../../queries/traces/span-rows.ts';
import type { EventStream } from './event-stream.ts';
import { goMap } from './go-values.ts';
import type { MeshTracePorts } from './mesh-ports.ts';
import { segmentRounds } from './segment-rounds.ts';

const everyMillis = 200;
/** Records of one trace that a viewer is sent at once. */
const maxRecords = 10_000;

const eventTypes = { start: 'task_started', end: 'task_completed', error: 'task_failed', span: 'agent_called' } as const;

/** Time in whole seconds, as upstream has it here. */
const seconds = (nanos: bigint): string => {
  const rest = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return rfc3339Nano(nanos - rest);
};

const orLeftOut = (text: string) => (text === '' ? undefined : text);

/** The data of a `trace_event`. */
export function traceEvent(row: SpanRow): Readonly<Record<string, unknown>> {
  const isLast = row.record === 'end' || row.record === 'error';
  const hasDuration = (row.timing & 4) !== 0;
  return goMap({
    event_type: eventTypes[row.record],
    trace_id: row.traceId,
    timestamp: seconds(isLast ? row.endNanos : row.startNanos),
    agent_id: row.instance,
    parent_span_id: orLeftOut(row.parentId),
    details: goMap({
      operation: row.name,
      agent_name: row.service,
      ip_address: row.address,
      runtime: row.runtime,
      duration_ms: hasDuration && row.durationNanos >= 0n ? Number(row.durationNanos / 1_000_000n) : undefined,
      success: row.status === '' ? undefined : row.status === 'ok',
      error_message: orLeftOut(row.statusMessage),
      capability: orLeftOut(row.capability),
      target_agent: orLeftOut(row.target),
    }),
  });
}

type Viewer = { stream: EventStream; id: string; key: string; seen: Set<string> };

const nameOf = ({ segment, row }: SpanRow) => `${segment} ${row}`;

/** The viewers of `/traces/{id}/stream`. Each gets every record of its trace: those that are stored, then new ones. */
export class TraceStreams {
  readonly #viewers = new Set<Viewer>();
  readonly #ports: MeshTracePorts;
  readonly #rounds;

  constructor(ports: MeshTracePorts, onError: (error: unknown) => void) {
    this.#ports = ports;
    this.#rounds = segmentRounds(ports.onSegments, everyMillis, (segments) => this.#round(segments), onError);
  }

  /** Rejects when what is stored cannot be read. */
  async add(stream: EventStream, id: string): Promise<void> {
    // It listens before it reads what is stored, so that nothing falls between; what comes both ways is sent once.
    const viewer: Viewer = { stream, id, key: traceKey(id), seen: new Set() };
    this.#viewers.add(viewer);
    this.#rounds.start();
    stream.onEnd(() => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) this.#rounds.stop();
    });
    for (const row of await this.#ports.queries.newSpans.ofTraces([id], undefined, maxRecords)) {
      this.#send(viewer, row);
      await stream.drained();
    }
  }

  async #round(segments: readonly number[]): Promise<void> {
    if (segments.length === 0 || this.#viewers.size === 0) return;
    const viewers = [...this.#viewers];
    const rows = await this.#ports.queries.newSpans.ofTraces(
      viewers.map(({ id }) => id),
      segments,
      maxRecords,
    );
    for (const row of rows) {
      const key = traceKey(row.traceId);
      for (const viewer of viewers) if (viewer.key === key) this.#send(viewer, row);
    }
  }

  #send(viewer: Viewer, row: SpanRow): void {
    const name = nameOf(row);
    if (viewer.seen.has(name)) return;
    viewer.seen.add(name);
    // What comes both ways comes close together.
    if (viewer.seen.size > 2 * maxRecords) viewer.seen.delete(viewer.seen.values().next().value as string);
    viewer.stream.send('trace_event', traceEvent(row));
  }
}
