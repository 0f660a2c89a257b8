import { waitAtMost } from '../../lib/pause.ts';
import type { DocumentOperation } from '../../model/document-operation.ts';
import { isText } from '../../pipeline/frame-builder.ts';
import { bulkAnswer } from './bulk-items.ts';
import { type BulkWork, type Resolved, Tally, writeOptions } from './bulk-work.ts';
import { type BulkDefaults, type BulkOperation, parseBulk } from './parse-bulk.ts';
import { writeAutomatic } from './write-automatic.ts';
import { writeKeyed } from './write-keyed.ts';
import type { WriteOptions, WritePorts } from './write-ports.ts';

/** Clients wait for 30 s by default. */
const refreshMillis = 20_000;

export type BulkRequest = BulkDefaults & Readonly<{ requireDataStream: boolean; refresh: boolean }>;

/**
 * Elasticsearch's bulk API: every operation gets an item in the answer, in order, and one that fails does not stop the
 * others. Resolves when all that is answered with success is on the disk. Throws only when the request as a whole is
 * malformed.
 */
export async function writeBulk(ports: WritePorts, body: Buffer, request: BulkRequest): Promise<string> {
  const started = performance.now();
  const operations = parseBulk(body, request);
  if ('reason' in operations) throw ports.failure(400, operations.type, operations.reason);
  const { items, tally } = await carryOut(ports, body, operations, request);
  return bulkAnswer(performance.now() - started, items, tally.failed > 0);
}

/** One operation, whose source is the whole body. Throws what is wrong with it in Elasticsearch's form. */
export async function writeDocument(
  ports: WritePorts,
  body: Buffer,
  target: DocumentOperation,
  request: Readonly<{ requireDataStream: boolean; refresh: boolean }>,
): Promise<{ status: number; text: string }> {
  const { items, failures } = await carryOut(ports, body, [{ target, start: 0, end: body.length }], request);
  const failure = failures.get(0);
  if (failure) throw failure;
  const item = items[0] as string;
  const status = /,"status":(\d{3})\}\}$/.exec(item) as RegExpExecArray;
  return { status: Number(status[1]), text: `${item.slice(item.indexOf(':') + 1, status.index)}}` };
}

async function carryOut(
  ports: WritePorts,
  body: Buffer,
  operations: readonly BulkOperation[],
  request: Readonly<{ requireDataStream: boolean; refresh: boolean }>,
): Promise<BulkWork> {
  ports.count('received', operations.length, body.length);
  const targets = await resolveAll(ports, new Set(operations.map(({ target }) => target)), request.requireDataStream);
  const work: BulkWork = {
    ports,
    body,
    operations,
    targets,
    requireDataStream: request.requireDataStream,
    items: new Array(operations.length),
    failures: new Map(),
    tally: new Tally(),
    checkEach: !isText(body),
  };
  const automatic: number[] = [];
  const keyed: number[] = [];
  for (const [position, { target }] of operations.entries()) (target.id === undefined ? automatic : keyed).push(position);
  await writeAutomatic(work, automatic);
  if (keyed.length > 0) await ports.versions.exclusively(() => writeKeyed(work, keyed));
  work.tally.report(ports, body.length);
  if (request.refresh) await refreshInTime(ports);
  return work;
}

/** What is on the disk is a success even when a full store cannot show it yet; a client that gives up would send it again. */
const refreshInTime = (ports: WritePorts): Promise<void> => waitAtMost(refreshMillis, ports.refresh());

/** Indices that are missing are created together: each change of the catalogue is a write to the disk. */
async function resolveAll(
  ports: WritePorts,
  operations: ReadonlySet<DocumentOperation>,
  requireDataStream: boolean,
): Promise<Map<DocumentOperation, Resolved>> {
  const targets = new Map<DocumentOperation, Resolved>();
  const unknown: DocumentOperation[] = [];
  for (const target of operations) {
    const known = await resolve(ports, target, requireDataStream, ports.resolveWrite);
    if (known) targets.set(target, known);
    else unknown.push(target);
  }
  const missing = new Map<string, WriteOptions>();
  for (const target of unknown)
    if (target.action !== 'delete' && !missing.has(target.index)) missing.set(target.index, writeOptions(target, requireDataStream));
  const created = missing.size > 1 ? ports.createAllForWrite(missing) : Promise.resolve();
  const failure = await created.then(
    () => undefined,
    (error: Error) => error,
  );
  for (const target of unknown) {
    const place = failure
      ? { index: target.index, error: failure }
      : await resolve(
          ports,
          target,
          requireDataStream,
          async (name, options) => ports.resolveWrite(name, options) ?? (await ports.createForWrite(name, options)),
        );
    if (place) targets.set(target, place);
  }
  return targets;
}

/** Undefined when `find` knows of nothing. */
async function resolve(
  ports: WritePorts,
  target: DocumentOperation,
  requireDataStream: boolean,
  find: (name: string, options: WriteOptions) => { index: string } | undefined | Promise<{ index: string }>,
): Promise<Resolved | undefined> {
  const options = writeOptions(target, requireDataStream);
  try {
    if (target.pipeline !== undefined && target.pipeline !== '_none') {
      throw ports.failure(
        400,
        'illegal_argument_exception',
        `pipeline with id [${target.pipeline}] does not exist: meshscope has no ingest pipelines`,
      );
    }
    const found = await find(target.index, options);
    return found && { index: found.index, error: undefined };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { index: target.index, error };
  }
}
