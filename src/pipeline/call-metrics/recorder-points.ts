import type { Labels, Sample } from '../../lib/telemetry.ts';
import type { MetricPoint } from '../../model/metric-point.ts';
import { labelText } from './call-series.ts';

/** What recorders send of what no span tells; `recorder/call-metrics.ts` sends it, and the SDK some of it. */
const inFlightName = 'meshscope.mcp.calls.in_flight';
const logsName = 'meshscope.mcp.protocol_logs';
const definitionsName = 'meshscope.mcp.definition.bytes';

type Stream = { value: number; seenMillis: number; readonly server: string; readonly reporter: string };

/** A recorder repeats what is in flight every ten seconds; after so long it is gone. */
const aliveMillis = 60_000;
const maxStreams = 20_000;
/** Beyond it a sum would lose ones. */
const maxValue = 2 ** 53;

/** Keeps what recorders said last, by server. Counters go on from where a recorder was when this process first heard of it. */
export class RecorderPoints {
  readonly #limit: number;
  readonly #startedNanos: bigint;
  readonly #streams = new Map<string, Stream>();
  readonly #logs = new Map<string, { labels: Labels; value: number }>();
  readonly #definitions = new Map<string, { labels: Labels; value: number }>();

  constructor(maxSeries: number, startedMillis: number) {
    this.#limit = maxSeries;
    this.#startedNanos = BigInt(startedMillis) * 1_000_000n;
  }

  take(points: readonly MetricPoint[], nowMillis: number): void {
    for (const point of points) {
      const value = Number(point.value);
      if (!point.name.startsWith('meshscope.mcp.') || point.value === '' || !(value >= 0 && value < maxValue)) continue;
      if (point.name === inFlightName) this.#stream(point, value, nowMillis);
      else if (point.name === logsName) {
        const level = textOf(point, 'level');
        this.#add(this.#logs, { server: point.service, level }, this.#increase(point, value, nowMillis));
      } else if (point.name === definitionsName) {
        const series = this.#at(this.#definitions, { server: point.service, mcp_method_name: textOf(point, 'mcp.method.name') });
        series.value = value;
      }
    }
  }

  inFlight(nowMillis: number): readonly Sample[] {
    const byServer = new Map<string, number>();
    for (const [key, { server, reporter, value, seenMillis }] of this.#streams) {
      if (!key.startsWith(inFlightName) || nowMillis - seenMillis > aliveMillis) continue;
      const name = JSON.stringify({ server, reporter });
      byServer.set(name, (byServer.get(name) ?? 0) + value);
    }
    return [...byServer].slice(0, this.#limit).map(([labels, value]) => ({ labels: JSON.parse(labels) as Labels, value }));
  }

  protocolLogs = (): readonly Sample[] => [...this.#logs.values()];

  definitionBytes = (): readonly Sample[] => [...this.#definitions.values()];

  /** What a cumulative counter has grown by since it was heard of. What it counted before this process started was counted by another. */
  #increase(point: MetricPoint, value: number, nowMillis: number): number {
    if (point.temporality === 'delta') return value;
    const before = this.#stream(point, value, nowMillis);
    if (before !== undefined) return value >= before ? value - before : value;
    return point.startNanos !== '' && BigInt(point.startNanos) >= this.#startedNanos ? value : 0;
  }

  /** Remembers the value of a sender's stream; gives the one before. */
  #stream(point: MetricPoint, value: number, seenMillis: number): number | undefined {
    const { name, resource, attributes, service } = point;
    const key = `${name} ${resource} ${attributes}`;
    const before = this.#streams.get(key)?.value;
    // Deleted first, so that the first is the one that was silent for longest.
    this.#streams.delete(key);
    this.#streams.set(key, {
      value,
      seenMillis,
      server: labelText(service),
      reporter: textOf(point, 'meshscope.reporter') === 'self' ? 'self' : 'recorder',
    });
    if (this.#streams.size > maxStreams) this.#streams.delete(this.#streams.keys().next().value as string);
    return before;
  }

  #add(all: Map<string, { labels: Labels; value: number }>, labels: Labels, amount: number): void {
    this.#at(all, labels).value += amount;
  }

  #at(all: Map<string, { labels: Labels; value: number }>, given: Labels): { labels: Labels; value: number } {
    const cut = Object.entries(given).map(([name, value]) => [name, labelText(value)] as const);
    const known = Object.fromEntries(cut.filter(([, value]) => value !== ''));
    const key = JSON.stringify(known);
    const found = all.get(key);
    if (found !== undefined) return found;
    const isFull = all.size >= this.#limit - 1 && !('otel_metric_overflow' in given);
    if (isFull) return this.#at(all, { otel_metric_overflow: 'true' });
    const added = { labels: known, value: 0 };
    all.set(key, added);
    return added;
  }
}

function textOf({ attributes }: MetricPoint, name: string): string {
  const value = attributes === '' ? undefined : (JSON.parse(attributes) as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : '';
}
