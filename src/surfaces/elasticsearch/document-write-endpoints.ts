import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import type { DocumentOperation } from '../../model/document-operation.ts';
import type { Call } from './call.ts';
import type { Routes } from './frame.ts';
import type { Answer } from './send-answer.ts';

/** The write side, which lives with the sources. */
export interface DocumentWriter {
  /** A `_bulk` body; resolves with the text of the answer. */
  bulk(
    body: Buffer,
    request: Readonly<{
      index: string | undefined;
      requireAlias: boolean;
      requireDataStream: boolean;
      pipeline: string | undefined;
      refresh: boolean;
    }>,
  ): Promise<string>;
  document(
    body: Buffer,
    operation: DocumentOperation,
    request: Readonly<{ requireDataStream: boolean; refresh: boolean }>,
  ): Promise<Readonly<{ status: number; text: string }>>;
}

/** `_bulk`, `_doc`, `_create` and `_update`: Elasticsearch's document APIs that write. */
export function addDocumentWrites(routes: Routes, writer: DocumentWriter): void {
  routes.on(['POST', 'PUT'], ['/_bulk', '/:index/_bulk'], async (call) => ({
    serialised: await writer.bulk(call.body, {
      index: call.param('index'),
      requireAlias: call.flag('require_alias'),
      requireDataStream: call.flag('require_data_stream'),
      pipeline: call.text('pipeline'),
      refresh: refreshOf(call),
    }),
  }));
  routes.on('POST', '/:index/_doc', (call) => write(call, writer, opType(call)));
  routes.on(['PUT', 'POST'], '/:index/_doc/:id', (call) => write(call, writer, opType(call)));
  routes.on(['PUT', 'POST'], '/:index/_create/:id', (call) => write(call, writer, 'create'));
  routes.on('POST', '/:index/_update/:id', (call) => write(call, writer, 'update'));
  routes.on('DELETE', '/:index/_doc/:id', (call) => write(call, writer, 'delete'));
}

function opType(call: Call): 'index' | 'create' {
  const type = call.text('op_type') ?? 'index';
  if (type !== 'index' && type !== 'create') throw illegalArgument(`opType must be 'create' or 'index', found: [${type}]`);
  return type;
}

function refreshOf(call: Call): boolean {
  const refresh = call.text('refresh');
  if (refresh === undefined || refresh === 'false') return false;
  if (['', 'true', 'wait_for'].includes(refresh)) return true;
  throw illegalArgument(`Unknown value for refresh: [${refresh}].`);
}

function versionTypeOf(call: Call): 'external' | 'external_gte' | undefined {
  const type = call.text('version_type');
  if (type === undefined || type === 'internal') return undefined;
  if (type === 'external' || type === 'external_gte') return type;
  throw illegalArgument(`No version type match [${type}]`);
}

async function write(call: Call, writer: DocumentWriter, action: DocumentOperation['action']): Promise<Answer> {
  if (action !== 'delete' && call.body.length === 0) throw illegalArgument('Validation Failed: 1: source is missing;');
  const operation: DocumentOperation = {
    action,
    index: call.requiredParam('index'),
    id: call.param('id'),
    requireAlias: call.flag('require_alias') ? true : undefined,
    pipeline: call.text('pipeline'),
    ifSeqNo: call.text('if_seq_no') === undefined ? undefined : call.integer('if_seq_no', 0),
    version: call.text('version') === undefined ? undefined : call.integer('version', 0),
    versionType: versionTypeOf(call),
  };
  const { status, text } = await writer.document(action === 'delete' ? Buffer.alloc(0) : call.body, operation, {
    requireDataStream: call.flag('require_data_stream'),
    refresh: refreshOf(call),
  });
  return { status, serialised: text };
}
