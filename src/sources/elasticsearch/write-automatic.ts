import type { DocumentOperation } from '../../model/document-operation.ts';
import { FrameBuilder } from '../../pipeline/frame-builder.ts';
import { automaticItem } from './bulk-items.ts';
import {
  type BulkWork,
  documentProblem,
  failOperation,
  frameBytes,
  operationAt,
  parseFailure,
  type Resolved,
  resolveAgain,
} from './bulk-work.ts';
import type { BulkOperation } from './parse-bulk.ts';

/** Operations with automatic ids: nothing to look up, so they go from the body into frames as they come. */
export async function writeAutomatic(work: BulkWork, positions: readonly number[]): Promise<void> {
  for (let from = 0; from < positions.length; ) {
    let bytes = 0;
    let to = from;
    for (; to < positions.length && bytes < frameBytes; to++) {
      const { start, end } = work.operations[positions[to] as number] as BulkOperation;
      bytes += end - start;
    }
    await writeFrame(work, positions.slice(from, to), bytes);
    from = to;
  }
}

/** Positions whose documents are in a frame; their rows follow each other from `firstRow` on. */
type Written = { segment: number; firstRow: number; readonly positions: number[] };

async function writeFrame(work: BulkWork, positions: readonly number[], bytes: number): Promise<void> {
  const written: Written = { segment: 0, firstRow: 0, positions: [] };
  try {
    await work.ports.append((segment, firstRow) => {
      written.segment = segment;
      written.firstRow = firstRow;
      const frame = new FrameBuilder(firstRow, bytes);
      addDocuments(work, frame, positions, written.positions);
      return frame.finish();
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // When the journal refused before it asked for the frame, no document was looked at.
    for (const position of positions) if (work.items[position] === undefined) failOperation(work, position, error);
    return;
  }
  answerWritten(work, written);
}

function addDocuments(work: BulkWork, frame: FrameBuilder, positions: readonly number[], written: number[]): void {
  const resolved = new Map<DocumentOperation, Resolved>();
  let previous: DocumentOperation | undefined;
  let place: Resolved = { index: '', error: undefined };
  for (const position of positions) {
    const { target, start, end } = work.operations[position] as BulkOperation;
    if (target !== previous) {
      previous = target;
      place = resolved.get(target) ?? resolveAgain(work, position);
      resolved.set(target, place);
    }
    const problem = place.error ?? documentProblem(work, place.index, start, end) ?? addDocument(work, frame, place.index, start, end);
    if (problem) failOperation(work, position, problem);
    else written.push(position);
  }
}

function addDocument(work: BulkWork, frame: FrameBuilder, index: string, start: number, end: number): Error | undefined {
  const outcome = frame.addDocument(index, '', work.body, start, end);
  return 'row' in outcome ? undefined : parseFailure(work.ports, outcome.error, outcome.at);
}

function answerWritten(work: BulkWork, { segment, firstRow, positions }: Written): void {
  let previous: DocumentOperation | undefined;
  let item = automaticItem('', '', segment);
  let index = '';
  let run = 0;
  for (const [offset, position] of positions.entries()) {
    const { target } = work.operations[position] as BulkOperation;
    if (target !== previous) {
      if (run > 0) work.tally.add(index, 'indexed', run);
      run = 0;
      previous = target;
      index = operationAt(work, position).index;
      item = automaticItem(target.action, index, segment);
    }
    work.items[position] = item(firstRow + offset);
    run++;
  }
  if (run > 0) work.tally.add(index, 'indexed', run);
}
