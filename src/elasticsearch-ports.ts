import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, statfsSync } from 'node:fs';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import type { Catalogue } from './catalogue/catalogue.ts';
import { type DocumentCheck, type DocumentFailure, documentCheck } from './catalogue/check-document.ts';
import type { EffectiveMapping } from './catalogue/effective-mapping.ts';
import type { Settings } from './catalogue/settings.ts';
import type { Config } from './config/schema.ts';
import { dateFormats } from './lib/dates/date-format.ts';
import { utc } from './lib/dates/time-zone.ts';
import { elasticsearchError } from './lib/elasticsearch-errors.ts';
import type { ErrorCode } from './lib/errors.ts';
import { isJsonObject, JsonTextError, parseJson } from './lib/json/json-text.ts';
import { createDiscoveredFields } from './queries/fields/discovered-fields.ts';
import type { FieldsOfIndices } from './queries/fields/fields-of-indices.ts';
import { writeBulk, writeDocument } from './sources/elasticsearch/bulk.ts';
import { DocumentVersions } from './sources/elasticsearch/document-versions.ts';
import type { WritePorts } from './sources/elasticsearch/write-ports.ts';
import type { AdministrationPorts, IndexCounters, NodeStatistics } from './surfaces/elasticsearch/administration-ports.ts';
import { errorItem } from './surfaces/elasticsearch/describe-error.ts';
import type { DocumentWriter } from './surfaces/elasticsearch/document-write-endpoints.ts';
import type { CountRecords } from './telemetry-ports.ts';
import type { WritePath } from './write-path.ts';

type Counts = { -readonly [Name in keyof IndexCounters]: number };

/** Counters per index, for `_stats`. */
export class IndexCounts {
  readonly #counts = new Map<string, Counts>();

  add(index: string, name: keyof IndexCounters, amount: number): void {
    const counts = this.#counts.get(index) ?? { indexed: 0, indexFailed: 0, indexMillis: 0, deleted: 0, searches: 0, searchMillis: 0 };
    counts[name] += amount;
    this.#counts.set(index, counts);
  }

  get(index: string): IndexCounters | undefined {
    return this.#counts.get(index);
  }
}

const counterOf = { indexed: 'indexed', deleted: 'deleted', failed: 'indexFailed' } as const;

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

const isDate = (text: string, format: string) => dateFormats(format).some((one) => one.parse(text, utc, false) !== undefined);

/** Mappings are immutable, so a check is made once for each. */
function createMappingCheck(catalogue: Catalogue): WritePorts['mappingCheck'] {
  type Check = ((document: Uint8Array) => DocumentFailure | undefined) | undefined;
  const checks = new WeakMap<EffectiveMapping, Readonly<{ settings: Settings; check: Check }>>();
  return (index) => {
    const mapping = catalogue.mappingOf(index);
    const settings = catalogue.settingsOf(index);
    if (!mapping || !settings) return undefined;
    const known = checks.get(mapping);
    if (known?.settings === settings) return known.check;
    const checkObject = documentCheck(mapping, settings, { isDate });
    const check: Check = checkObject && ((document) => readAndCheck(document, checkObject));
    checks.set(mapping, { settings, check });
    return check;
  };
}

function readAndCheck(document: Uint8Array, check: DocumentCheck): DocumentFailure | undefined {
  try {
    const value = parseJson(Buffer.from(document.buffer, document.byteOffset, document.length).toString());
    return isJsonObject(value) ? check(value) : undefined;
  } catch (error) {
    // The journal's own check says what is wrong with text that is no JSON.
    if (error instanceof JsonTextError) return undefined;
    throw error;
  }
}

export function createDocumentWriter(ports: WritePorts): DocumentWriter {
  return {
    bulk: (body, request) => writeBulk(ports, body, request),
    document: (body, operation, request) => writeDocument(ports, body, operation, request),
  };
}

export function createAdministrationPorts(
  config: Config,
  path: WritePath,
  catalogue: Catalogue,
  fieldsOf: FieldsOfIndices,
  counts: IndexCounts,
  httpAddress: () => string | undefined,
): AdministrationPorts {
  const started = Date.now();
  const uuid = createHash('sha256').update(config.data).digest('base64url').slice(0, 22);
  return {
    catalogue,
    identity: {
      clusterName: config.elasticsearch.clusterName,
      clusterUuid: uuid,
      nodeName: 'meshscope',
      nodeId: randomUUID().replaceAll('-', '').slice(0, 22),
    },
    statistics: (indices) => path.store.statistics(indices),
    counters: (index) => counts.get(index),
    refresh: path.refresh,
    forceMerge: () => path.store.merge(),
    discoveredFields: createDiscoveredFields(fieldsOf, catalogue),
    nodeStatistics: async () => nodeStatistics(config.data, started),
    httpAddress,
    health: () => 'green',
  };
}

function nodeStatistics(folder: string, startedMillis: number): NodeStatistics {
  const disk = statfsSync(folder);
  const { rss, heapUsed, heapTotal } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const seconds = process.uptime();
  return {
    startedMillis,
    disk: {
      path: folder,
      totalBytes: disk.blocks * disk.bsize,
      freeBytes: disk.bfree * disk.bsize,
      availableBytes: disk.bavail * disk.bsize,
    },
    memory: { totalBytes: totalmem(), freeBytes: freemem(), residentBytes: rss, heapUsedBytes: heapUsed, heapTotalBytes: heapTotal },
    cpu: {
      processPercent: Math.round((user + system) / 1e4 / seconds / cpus().length),
      systemPercent: Math.min(100, Math.round(((loadavg()[0] as number) / cpus().length) * 100)),
      loadAverages: loadavg(),
      processors: cpus().length,
    },
    openFiles: openFiles(),
  };
}

function openFiles(): number {
  try {
    return readdirSync('/dev/fd').length;
  } catch {
    // Only Linux and macOS list them; the number is for display.
    return -1;
  }
}
