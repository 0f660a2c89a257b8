import { ownCopy } from './call-series.ts';
import type { SpanOfCall } from './line-calls.ts';

export type OpenCall = Readonly<{ service: string; name: string; startNanos: string; seenMillis: number }>;

/** Calls that have begun and not ended, by their events. Those that nobody ends are forgotten after an hour, or when there are too many. */
export class OpenCalls {
  readonly #calls = new Map<string, OpenCall>();

  begin(key: string, { service, name, startNanos }: SpanOfCall, nowMillis: number): void {
    this.#calls.delete(key);
    this.#calls.set(ownCopy(key), { service: ownCopy(service), name: ownCopy(name), startNanos, seenMillis: nowMillis });
    if (this.#calls.size > maxOpen) this.#calls.delete(this.#calls.keys().next().value as string);
  }

  end(key: string): OpenCall | undefined {
    const call = this.#calls.get(key);
    this.#calls.delete(key);
    return call;
  }

  all(nowMillis: number): readonly OpenCall[] {
    // In the order of their beginnings.
    for (const [key, { seenMillis }] of this.#calls) {
      if (nowMillis - seenMillis < maxOpenMillis) break;
      this.#calls.delete(key);
    }
    return [...this.#calls.values()];
  }
}

const maxOpen = 10_000;
const maxOpenMillis = 3_600_000;
