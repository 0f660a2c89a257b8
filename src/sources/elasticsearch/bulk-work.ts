import type { DocumentOperation } from '../../model/document-operation.ts';
import { isText } from '../../pipeline/frame-builder.ts';
import { failureItem } from './bulk-items.ts';
import type { BulkOperation } from './parse-bulk.ts';
import type { WriteOptions, WritePorts } from './write-ports.ts';

/** Frames of a large body are written one after the other, so that a body is in memory at most twice. */
export const frameBytes = 8 * 1024 ** 2;

/** Where the operations of one action line go, or why they are refused. */
export type Resolved = Readonly<{ index: string; error: Error | undefined }>;

/** One request while it is carried out: `items`, `failures` and `tally` fill up, in any order. */
export type BulkWork = Readonly<{
  ports: WritePorts;
  body: Buffer;
  operations: readonly BulkOperation[];
  targets: Map<DocumentOperation, Resolved>;
  requireDataStream: boolean;
  items: string[];
  failures: Map<number, Error>;
  tally: Tally;
  /** The body as a whole is not UTF-8, so each document must be looked at. */
  checkEach: boolean;
}>;

/** What happened to the operations of one request, per index. */
export class Tally {
  failed = 0;
  #succeeded = 0;
  readonly #indices = new Map<string, { indexed: number; deleted: number; failed: number }>();

  add(index: string, outcome: 'indexed' | 'deleted' | 'failed', records = 1): void {
    if (outcome === 'failed') this.failed += records;
    else this.#succeeded += records;
    const counts = this.#indices.get(index) ?? { indexed: 0, deleted: 0, failed: 0 };
    counts[outcome] += records;
    this.#indices.set(index, counts);
  }

  report(ports: WritePorts, bytes: number): void {
    ports.count('accepted', this.#succeeded, bytes);
    ports.count('rejected', this.failed, 0);
    for (const [index, counts] of this.#indices) {
      for (const outcome of ['indexed', 'deleted', 'failed'] as const)
        if (counts[outcome] > 0) ports.countIndex(index, outcome, counts[outcome]);
    }
  }
}

export function operationAt(work: BulkWork, position: number): BulkOperation & Resolved {
  const { target, start, end } = work.operations[position] as BulkOperation;
  const { index, error } = work.targets.get(target) as Resolved;
  return { target, start, end, index, error };
}

export const writeOptions = (target: DocumentOperation, requireDataStream: boolean): WriteOptions => ({
  op: target.action,
  requireAlias: target.requireAlias === true,
  requireDataStream,
});

/**
 * Indices come and go between the frames of a request. MUST be called while a frame is built: the deletion of an index
 * waits for the frames before it and removes their rows, but nothing would remove those of a later frame.
 */
export function resolveAgain(work: BulkWork, position: number): Resolved {
  const { target, index, error } = operationAt(work, position);
  if (error) return { index, error };
  const now = resolveNow(work, target, index);
  if (now.index !== index || now.error) work.targets.set(target, now);
  return now;
}

function resolveNow({ ports, requireDataStream }: BulkWork, target: DocumentOperation, index: string): Resolved {
  try {
    const found = ports.resolveWrite(target.index, writeOptions(target, requireDataStream));
    if (found) return { index: found.index, error: undefined };
    return { index, error: ports.failure(404, 'index_not_found_exception', `no such index [${index}]`, { index }) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { index, error };
  }
}

export function failOperation(work: BulkWork, position: number, error: Error): void {
  const { target, index } = operationAt(work, position);
  work.items[position] = failureItem(target.action, index, target.id, work.ports.errorItem(error));
  work.failures.set(position, error);
  work.tally.add(index, 'failed');
}

/** What is wrong with a document before anything is parsed. */
export function documentProblem({ ports, body, checkEach }: BulkWork, index: string, start: number, end: number): Error | undefined {
  if (end - start > ports.maxDocumentBytes) {
    return ports.failure(
      413,
      'content_too_long_exception',
      `the document has ${end - start} bytes, more than the limit of ${ports.maxDocumentBytes}`,
    );
  }
  if (checkEach && !isText(body.subarray(start, end))) return parseFailure(ports, 'the document is not UTF-8', 0);
  const failure = ports.mappingCheck(index)?.(body.subarray(start, end));
  return failure && ports.failure(400, failure.type, failure.reason);
}

/** `at` is the byte of the document; a document is one line. */
export function parseFailure(ports: WritePorts, reason: string, at: number): Error {
  return ports.failure(400, 'document_parsing_exception', `[1:${at + 1}] failed to parse: ${reason}`);
}
