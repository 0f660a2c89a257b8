import { setImmediate } from 'node:timers/promises';
import { scanDocument } from '../../lib/json/scan-document.ts';
import { FrameBuilder } from '../../pipeline/frame-builder.ts';
import { type ItemResult, successItem } from './bulk-items.ts';
import { type BulkWork, documentProblem, failOperation, frameBytes, operationAt, parseFailure, resolveAgain } from './bulk-work.ts';
import { type Decision, decideKeyed } from './decide-keyed.ts';
import { type CurrentVersion, type DocumentKey, keyOf } from './document-versions.ts';

type Done = Readonly<{ position: number; key: DocumentKey; version: number; result: ItemResult; exists: boolean }>;
type Decided = Readonly<{ position: number; key: DocumentKey; decision: Decision }>;

/** Keys, versions and decisions of so many operations are in memory together, and in one question to the store. */
const operationsAtOnce = 20_000;

/**
 * Operations on explicit ids. They are decided in order against the current versions, those of earlier operations of the
 * same request included, and written in frames. MUST run inside `DocumentVersions.exclusively`.
 */
export async function writeKeyed(work: BulkWork, positions: readonly number[]): Promise<void> {
  for (let from = 0; from < positions.length; from += operationsAtOnce)
    await writeSome(work, positions.slice(from, from + operationsAtOnce));
}

async function writeSome(work: BulkWork, positions: readonly number[]): Promise<void> {
  const { ports } = work;
  const sound: number[] = [];
  for (const [checked, position] of positions.entries()) {
    // A large body is looked at piece by piece, so that other requests are not held up.
    if (checked % 4096 === 4095) await setImmediate();
    if (isSound(work, position)) sound.push(position);
  }
  const current = await ports.versions.current(sound.map((position) => keyAt(work, position)));
  let decided: Decided[] = [];
  let bytes = 0;
  const changed = new Set<string>();
  const write = async () => {
    await writeDecided(work, decided, bytes);
    decided = [];
    bytes = 0;
    changed.clear();
  };
  for (const position of sound) {
    const key = keyAt(work, position);
    const { target, start, end } = operationAt(work, position);
    // An update reads the document, so what the request did to it before must be stored first.
    if (bytes >= frameBytes || (target.action === 'update' && changed.has(keyOf(key)))) await write();
    const decision = await decideKeyed(ports, { target, start, end }, work.body, key, current.get(keyOf(key)));
    decided.push({ position, key, decision });
    if (decision.kind === 'write') bytes += decision.source?.length ?? end - start;
    if (decision.kind === 'write' || decision.kind === 'delete') changed.add(keyOf(key));
    current.set(keyOf(key), after(decision, current.get(keyOf(key))));
  }
  await write();
}

function keyAt(work: BulkWork, position: number): DocumentKey {
  const { target, index } = operationAt(work, position);
  return { index, id: target.id ?? '' };
}

/** Everything that is wrong with an operation by itself, so that one that fails changes no decision about those behind it. */
function isSound(work: BulkWork, position: number): boolean {
  const { target, index, start, end, error } = operationAt(work, position);
  const isSource = target.action === 'index' || target.action === 'create';
  const problem =
    error ??
    idProblem(work, target.id ?? '') ??
    (target.action === 'update' ? undefined : documentProblem(work, index, start, end)) ??
    (isSource ? syntaxProblem(work, start, end) : undefined);
  if (problem) failOperation(work, position, problem);
  return problem === undefined;
}

function syntaxProblem({ ports, body }: BulkWork, start: number, end: number): Error | undefined {
  const { errorAt, reason } = scanDocument(body, start, end);
  return errorAt < 0 ? undefined : parseFailure(ports, reason, errorAt - start);
}

/** Control characters in an id would break the journal's lines. */
function idProblem({ ports }: BulkWork, id: string): Error | undefined {
  const bytes = Buffer.byteLength(id);
  if (bytes > 512)
    return ports.failure(400, 'illegal_argument_exception', `id is too long, must be no longer than 512 bytes but was: ${bytes}`);
  return /\p{Cc}/u.test(id) ? ports.failure(400, 'illegal_argument_exception', 'an id must not contain control characters') : undefined;
}

function after(decision: Decision, before: CurrentVersion | undefined): CurrentVersion {
  if (decision.kind === 'write') return { version: decision.version, exists: true };
  if (decision.kind === 'delete') return { version: decision.version, exists: false };
  return before ?? { version: 0, exists: false };
}

async function writeDecided(work: BulkWork, decided: readonly Decided[], bytes: number): Promise<void> {
  const { ports } = work;
  if (decided.length === 0) return;
  const done: Done[] = [];
  let segmentId = 0;
  try {
    await ports.append((segment, firstRow) => {
      segmentId = segment;
      const frame = new FrameBuilder(firstRow, bytes);
      for (const { position, key, decision } of decided) {
        const gone = resolveAgain(work, position).error;
        if (gone) failOperation(work, position, gone);
        else carryOut(work, frame, position, key, decision, done);
      }
      return frame.finish();
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    for (const { position } of decided) if (work.items[position] === undefined) failOperation(work, position, error);
    return;
  }
  for (const { position, key, version, result, exists } of done) {
    ports.versions.note(key, version, exists, segmentId);
    work.items[position] = successItem(operationAt(work, position).target.action, key.index, key.id, version, result);
    work.tally.add(key.index, result === 'deleted' ? 'deleted' : 'indexed');
  }
}

function carryOut(work: BulkWork, frame: FrameBuilder, position: number, key: DocumentKey, decision: Decision, done: Done[]): void {
  switch (decision.kind) {
    case 'refused':
      failOperation(work, position, decision.error);
      return;
    case 'nothing':
      work.items[position] = successItem(operationAt(work, position).target.action, key.index, key.id, decision.version, decision.result);
      return;
    case 'delete':
      frame.addDeletion(key.index, `${decision.version}:${key.id}`);
      done.push({ position, key, version: decision.version, result: 'deleted', exists: false });
      return;
    case 'write': {
      const { start, end } = operationAt(work, position);
      const [bytes, from, to] = decision.source ? [decision.source, 0, decision.source.length] : [work.body, start, end];
      const outcome = frame.addDocument(key.index, `${decision.version}:${key.id}`, bytes, from, to);
      if ('error' in outcome) failOperation(work, position, parseFailure(work.ports, outcome.error, outcome.at));
      else done.push({ position, key, version: decision.version, result: decision.result, exists: true });
    }
  }
}
