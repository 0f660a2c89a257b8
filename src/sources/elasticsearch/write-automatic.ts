import { FrameBuilder } from '../../pipeline/frame-builder.ts';
import { automaticItem } from './bulk-items.ts';
import { type BulkWork, documentProblem, failOperation, frameBytes, operationAt, parseFailure, resolveAgain } from './bulk-work.ts';
import type { BulkTarget } from './parse-bulk.ts';

/** Operations with automatic ids: nothing to look up, so they go from the body into frames as they come. */
export async function writeAutomatic(work: BulkWork, positions: readonly number[]): Promise<void> {
  for (let from = 0; from < positions.length; ) {
    let bytes = 0;
    let to = from;
    for (; to < positions.length && bytes < frameBytes; to++) {
      const { start, end } = operationAt(work, positions[to] as number);
      bytes += end - start;
    }
    await writeFrame(work, positions.slice(from, to), bytes);
    from = to;
  }
}

async function writeFrame(work: BulkWork, positions: readonly number[], bytes: number): Promise<void> {
  const written: { position: number; row: number }[] = [];
  const seen = new Set<BulkTarget>();
  let segmentId = 0;
  try {
    await work.ports.append((segment, firstRow) => {
      segmentId = segment;
      const frame = new FrameBuilder(firstRow, bytes);
      for (const position of positions) {
        const { target } = operationAt(work, position);
        if (!seen.has(target)) {
          seen.add(target);
          resolveAgain(work, position);
        }
        const outcome = addDocument(work, frame, position);
        if (outcome instanceof Error) failOperation(work, position, outcome);
        else written.push({ position, row: outcome });
      }
      return frame.finish();
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // When the journal refused before it asked for the frame, no document was looked at.
    for (const position of positions) if (work.items[position] === undefined) failOperation(work, position, error);
    return;
  }
  answerWritten(work, written, segmentId);
}

function addDocument(work: BulkWork, frame: FrameBuilder, position: number): number | Error {
  const { index, error, start, end } = operationAt(work, position);
  const problem = error ?? documentProblem(work, index, start, end);
  if (problem) return problem;
  const outcome = frame.addDocument(index, '', work.body, start, end);
  return 'row' in outcome ? outcome.row : parseFailure(work.ports, outcome.error, outcome.at);
}

function answerWritten(work: BulkWork, written: readonly { position: number; row: number }[], segment: number): void {
  let previous: unknown;
  let item = automaticItem('', '');
  for (const { position, row } of written) {
    const { target, index } = operationAt(work, position);
    if (target !== previous) {
      previous = target;
      item = automaticItem(target.action, index);
    }
    work.items[position] = item(segment, row);
    work.tally.add(index, 'indexed');
  }
}
