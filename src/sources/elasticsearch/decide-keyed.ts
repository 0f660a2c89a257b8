import type { DocumentOperation } from '../../model/document-operation.ts';
import type { ItemResult } from './bulk-items.ts';
import type { CurrentVersion, DocumentKey } from './document-versions.ts';
import { mergeUpdate } from './merge-update.ts';
import type { BulkOperation } from './parse-bulk.ts';
import type { WritePorts } from './write-ports.ts';

/**
 * What an operation on an explicit id does, given the version that the document has now. Elasticsearch's rules for
 * `create`, optimistic concurrency (`if_seq_no`), external versions and updates.
 */
export type Decision =
  | Readonly<{ kind: 'write'; result: ItemResult; version: number /** The source of the request when undefined. */; source?: Buffer }>
  | Readonly<{ kind: 'delete'; version: number }>
  | Readonly<{ kind: 'nothing'; result: ItemResult; version: number }>
  | Readonly<{ kind: 'refused'; error: Error }>;

function conflict(ports: WritePorts, id: string, index: string, why: string): Decision {
  return {
    kind: 'refused',
    error: ports.failure(409, 'version_conflict_engine_exception', `[${id}]: version conflict, ${why}`, { index, shard: '0' }),
  };
}

function versionConflict(target: DocumentOperation, current: CurrentVersion | undefined): string | undefined {
  const version = current?.version ?? 0;
  if (target.ifSeqNo !== undefined) {
    if (!current?.exists) return `required seqNo [${target.ifSeqNo}], but no document was found`;
    if (version - 1 !== target.ifSeqNo) return `required seqNo [${target.ifSeqNo}], current document has seqNo [${version - 1}]`;
  }
  if (target.versionType !== undefined && current?.exists) {
    const asked = target.version ?? 0;
    if (target.versionType === 'external' ? asked <= version : asked < version)
      return `current version [${version}] is higher or equal to the one provided [${asked}]`;
  }
  return undefined;
}

export async function decideKeyed(
  ports: WritePorts,
  operation: BulkOperation,
  body: Buffer,
  key: DocumentKey,
  current: CurrentVersion | undefined,
): Promise<Decision> {
  const { target } = operation;
  const exists = current?.exists ?? false;
  const clash = versionConflict(target, current);
  if (clash !== undefined) return conflict(ports, key.id, key.index, clash);
  const version = target.versionType === undefined ? (current?.version ?? 0) + 1 : (target.version ?? 1);
  switch (target.action) {
    case 'create':
      if (exists) return conflict(ports, key.id, key.index, `document already exists (current version [${current?.version}])`);
      return { kind: 'write', result: 'created', version };
    case 'index':
      return { kind: 'write', result: exists ? 'updated' : 'created', version };
    case 'delete':
      return exists ? { kind: 'delete', version } : { kind: 'nothing', result: 'not_found', version };
    case 'update':
      return decideUpdate(
        ports,
        body.subarray(operation.start, operation.end),
        key,
        exists ? (current as CurrentVersion) : undefined,
        version,
      );
  }
}

async function decideUpdate(
  ports: WritePorts,
  request: Buffer,
  key: DocumentKey,
  current: CurrentVersion | undefined,
  version: number,
): Promise<Decision> {
  const stored = current ? await ports.readSource(key.index, key.id) : undefined;
  const merged = mergeUpdate(request.toString('utf8'), stored);
  if ('refusal' in merged) {
    const missing = merged.type === 'document_missing_exception';
    return {
      kind: 'refused',
      error: ports.failure(
        missing ? 404 : 400,
        merged.type,
        missing ? `[${key.id}]: document missing` : merged.refusal,
        missing ? { index: key.index, shard: '0' } : {},
      ),
    };
  }
  if (merged.source === undefined) return { kind: 'nothing', result: 'noop', version: current?.version ?? 1 };
  return { kind: 'write', result: stored === undefined ? 'created' : 'updated', version, source: Buffer.from(merged.source) };
}
