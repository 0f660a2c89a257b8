import type { Trace } from '../../model/trace.ts';
import { traceKey } from '../../model/trace-id.ts';
import type { EventStream } from './event-stream.ts';
import type { MeshTracePorts } from './mesh-ports.ts';
import { traceSnapshot } from './mesh-snapshot.ts';
import { segmentRounds } from './segment-rounds.ts';

/** Upstream sends at most one update of a trace in this time. */
const everyMillis = 500;
/** Traces that are put together in one round. When more came, the others are sent in later rounds. */
const maxPerRound = 100;
/** Traces that are followed at a time; beyond, new ones are not sent until some are complete. */
const maxFollowed = 1000;

type Followed = { announced: boolean; dirty: boolean; checkMillis: number; last: Trace | undefined };

/**
 * The viewers of `/api/traces/live`: `trace_started`, `trace_update` and `trace_completed`, each with a snapshot of the trace. Nothing is
 * asked of the engine while nobody watches.
 */
export class LiveTraces {
  readonly #viewers = new Set<EventStream>();
  readonly #followed = new Map<string, Followed>();
  readonly #ports: MeshTracePorts;
  readonly #now: () => number;
  readonly #rounds;

  constructor(ports: MeshTracePorts, onError: (error: unknown) => void) {
    this.#ports = ports;
    this.#now = ports.now ?? Date.now;
    this.#rounds = segmentRounds(ports.onSegments, everyMillis, (segments) => this.#round(segments), onError);
  }

  add(stream: EventStream): void {
    for (const { last } of this.#followed.values()) if (last !== undefined) stream.send('trace_update', traceSnapshot(last));
    this.#viewers.add(stream);
    this.#rounds.start();
    stream.onEnd(() => {
      this.#viewers.delete(stream);
      if (this.#viewers.size > 0) return;
      this.#rounds.stop();
      this.#followed.clear();
    });
  }

  async #round(segments: readonly number[]): Promise<void> {
    const { queries, settings } = this.#ports;
    for (const hash of await queries.newSpans.hashes(segments, maxFollowed)) {
      const known = this.#followed.get(hash);
      if (known) known.dirty = true;
      else if (this.#followed.size < maxFollowed) {
        this.#followed.set(hash, { announced: false, dirty: true, checkMillis: 0, last: undefined });
      }
    }
    const now = this.#now();
    const due = [...this.#followed].filter(([, { dirty, checkMillis }]) => dirty || checkMillis <= now).slice(0, maxPerRound);
    if (due.length === 0) return;
    for (const [, followed] of due) followed.dirty = false;
    const traces = await queries.readHashes(due.map(([hash]) => hash));
    const byHash = await this.#byHash(due, traces);
    for (const [hash, followed] of due) {
      const found = byHash.get(hash);
      if (found === undefined) this.#followed.delete(hash);
      else this.#tell(hash, followed, found, now + settings.quietMillis);
    }
  }

  /** Several traces of one hash are as good as impossible; the first stands for it. */
  async #byHash(due: readonly (readonly [string, Followed])[], traces: readonly Trace[]): Promise<ReadonlyMap<string, Trace>> {
    // `readHashes` keeps the order and leaves out what is gone, so hashes and traces are matched by key where the numbers differ.
    if (due.length === traces.length) return new Map(due.map(([hash], at) => [hash, traces[at] as Trace]));
    const known = new Map(traces.map((trace) => [traceKey(trace.traceId), trace]));
    const result = new Map<string, Trace>();
    for (const [hash, { last }] of due) {
      const single = last === undefined ? (await this.#ports.queries.readHashes([hash]))[0] : known.get(traceKey(last.traceId));
      if (single !== undefined) result.set(hash, single);
    }
    return result;
  }

  #tell(hash: string, followed: Followed, trace: Trace, checkMillis: number): void {
    const isOver = trace.state !== 'running';
    const changed =
      followed.last === undefined ||
      isOver ||
      followed.last.lastSeenMillis !== trace.lastSeenMillis ||
      followed.last.spans.length !== trace.spans.length;
    const snapshot = traceSnapshot(trace);
    if (!followed.announced) this.#send('trace_started', { ...snapshot, completed: false });
    else if (changed && !isOver) this.#send('trace_update', snapshot);
    followed.announced = true;
    followed.last = trace;
    followed.checkMillis = checkMillis;
    if (!isOver) return;
    this.#followed.delete(hash);
    this.#send('trace_completed', snapshot);
  }

  #send(event: string, snapshot: unknown): void {
    for (const viewer of this.#viewers) viewer.send(event, snapshot);
  }
}
