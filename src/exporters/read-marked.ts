import type { Trace, TraceLimits } from '../model/trace.ts';
import type { ExportPorts } from './export-ports.ts';
import type { Mark } from './mark-log.ts';

/**
 * Reads the traces of marks that have one reason and one time. Whether a mark counts follows from the trace as it is in the store: when
 * more records came, it has another mark; what was still open at the end of the quiet period is left to the mark of the timeout, and
 * the mark of the timeout counts for nothing else.
 */
export async function readMarked(
  marks: readonly Mark[],
  limits: TraceLimits,
  ports: Pick<ExportPorts, 'readTraces'>,
): Promise<ReadonlyMap<Mark, readonly Trace[]>> {
  const [head] = marks;
  if (head === undefined) return new Map();
  const delay = head.reason === 'quiet' ? limits.quietMillis : Math.max(limits.timeoutMillis, limits.quietMillis);
  const read = (some: readonly Mark[]) => ports.readTraces(some, limits, head.lastSeenMillis + delay);
  const counts = ({ state, lastSeenMillis }: Trace) =>
    lastSeenMillis <= head.lastSeenMillis && (head.reason === 'quiet' ? state !== 'running' : state === 'abandoned');
  const traces = await read(marks);
  // Traces come in the order of the marks, but retention may have deleted some since.
  if (traces.length === marks.length) return new Map(marks.map((mark, at) => [mark, traces.slice(at, at + 1).filter(counts)]));
  const result = new Map<Mark, readonly Trace[]>();
  for (const mark of marks) result.set(mark, (await read([mark])).filter(counts));
  return result;
}
