import { operationOf, type SpanTable } from './span-table.ts';
import type { WaitKind } from './trace-api.ts';

export const waitNames: Readonly<Record<WaitKind, string>> = {
  own: 'Own work',
  tool: 'Tools',
  model: 'Models',
  queue: 'Queues',
  human: 'People',
};

/** In which order they are told. */
export const waitOrder: readonly WaitKind[] = ['own', 'tool', 'model', 'queue', 'human'];

const codes: readonly WaitKind[] = waitOrder;

/**
 * What each span is for the one who started the trace: its own kind, else that of what it works for. The operation that the trace is about is own
 * work, unless it is the asking side of a call. As positions in `waitOrder`.
 */
export function waitKinds(table: SpanTable): Uint8Array {
  const kinds = new Uint8Array(table.size);
  for (let at = 0; at < table.size; at += 1) {
    const caller = table.parent[at] as number;
    const { work, kind } = operationOf(table, at);
    if (caller < 0) kinds[at] = work === 'tool' && kind !== 'client' ? 0 : codes.indexOf(work);
    else kinds[at] = work === 'own' ? (kinds[caller] as number) : codes.indexOf(work);
  }
  return kinds;
}

/** Nanoseconds by kind along the critical path; they add up to the length of the path. */
export function waitSplit(table: SpanTable, kinds: Uint8Array): Readonly<Record<WaitKind, number>> {
  const { critical_path: path, human } = table.outline;
  const asked = new Map(human.map(({ at, nanos }) => [at, nanos]));
  const waiting = new Set(path.waiting);
  const split = { own: 0, tool: 0, model: 0, queue: 0, human: 0 };
  for (const [place, at] of path.at.entries()) {
    const nanos = (path.end[place] as number) - (path.start[place] as number);
    if (at < 0 || waiting.has(place)) {
      split.queue += nanos;
      continue;
    }
    // The person was asked at some time within the span; which of its stretches on the path that was is not known.
    const byPerson = Math.min(nanos, asked.get(at) ?? 0);
    if (byPerson > 0) asked.set(at, (asked.get(at) as number) - byPerson);
    split.human += byPerson;
    split[codes[kinds[at] as number] as WaitKind] += nanos - byPerson;
  }
  return split;
}
