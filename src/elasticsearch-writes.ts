import type { Catalogue } from './catalogue/catalogue.ts';
import type { Config } from './config/schema.ts';
import type { IndexCounts } from './index-counts.ts';
import { elasticsearchError } from './lib/elasticsearch-errors.ts';
import type { ErrorCode } from './lib/errors.ts';
import { createMappingCheck } from './mapping-check.ts';
import { writeBulk, writeDocument } from './sources/elasticsearch/bulk.ts';
import { DocumentVersions } from './sources/elasticsearch/document-versions.ts';
import type { WritePorts } from './sources/elasticsearch/write-ports.ts';
import { errorItem } from './surfaces/elasticsearch/describe-error.ts';
import type { DocumentWriter } from './surfaces/elasticsearch/document-write-endpoints.ts';
import type { CountRecords } from './telemetry-ports.ts';
import type { WritePath } from './write-path.ts';

const counterOf = { indexed: 'indexed', deleted: 'deleted', failed: 'indexFailed' } as const;

/** What the documents of Elasticsearch's API are written with. */
export function createWritePorts(
  config: Config,
  path: WritePath,
  catalogue: Catalogue,
  counts: IndexCounts,
  count: CountRecords,
): WritePorts {
  const versions = new DocumentVersions(path.store);
  return {
    append: (build) => path.journal.append(build),
    resolveWrite: (name, options) => catalogue.resolveWrite(name, options),
    createForWrite: (name, options) => catalogue.createForWrite(name, options),
    createAllForWrite: (names) => catalogue.createAllForWrite(names),
    mappingCheck: createMappingCheck(catalogue),
    versions,
    readSource: async (index, id) => {
      // An update of what was written a moment ago would merge into an older document, or into none.
      if (versions.isPending({ index, id })) await path.refresh();
      return path.store.readSource(index, id);
    },
    refresh: path.refresh,
    count: (outcome, records, bytes) => count('elasticsearch', outcome, records, bytes),
    countIndex: (index, operation, records) => counts.add(index, counterOf[operation], records),
    errorItem,
    failure: (status, type, reason, details = {}) => elasticsearchError(type, reason, { code: codes[status] ?? 'store_failed', details }),
    maxDocumentBytes: config.elasticsearch.maxDocumentBytes,
  };
}

/** The statuses that writes give. */
const codes: Readonly<Record<number, ErrorCode>> = { 400: 'bad_request', 404: 'not_found', 409: 'conflict', 413: 'too_large' };

export function createDocumentWriter(ports: WritePorts): DocumentWriter {
  return {
    bulk: (body, request) => writeBulk(ports, body, request),
    document: (body, operation, request) => writeDocument(ports, body, operation, request),
  };
}
