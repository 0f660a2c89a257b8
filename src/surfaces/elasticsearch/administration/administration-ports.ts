import type { Catalogue } from '../../../catalogue/catalogue.ts';

/** What the store knows of the rows of one index. */
export type IndexStatistics = Readonly<{
  /** Rows that can be searched now. */
  docs: number;
  /** Bytes on disk, compressed. Where indices share parts: the share by rows. */
  storeBytes: number;
  /** Parts on disk that hold rows of the index; Elasticsearch's segments. */
  parts: number;
}>;

/** Counters since the start of the process or longer; they only grow. Times are milliseconds. */
export type IndexCounters = Readonly<{
  indexed: number;
  indexFailed: number;
  indexMillis: number;
  deleted: number;
  searches: number;
  searchMillis: number;
}>;

export type NodeStatistics = Readonly<{
  startedMillis: number;
  /** The file system of the data folder. */
  disk: Readonly<{ path: string; totalBytes: number; freeBytes: number; availableBytes: number }>;
  memory: Readonly<{ totalBytes: number; freeBytes: number; residentBytes: number; heapUsedBytes: number; heapTotalBytes: number }>;
  cpu: Readonly<{ processPercent: number; systemPercent: number; loadAverages: readonly number[]; processors: number }>;
  openFiles: number;
}>;

export type NodeIdentity = Readonly<{ clusterName: string; clusterUuid: string; nodeName: string; nodeId: string }>;

/** What the administration of Elasticsearch's API needs from the rest; supplied by the composition root. */
export interface AdministrationPorts {
  readonly catalogue: Catalogue;
  readonly identity: NodeIdentity;
  /** Statistics of these indices; an index without rows may be missing. */
  statistics(indices: readonly string[]): Promise<ReadonlyMap<string, IndexStatistics>>;
  /** Counters of one index; undefined when nothing was counted yet. MUST be quick: it is asked for each index. */
  counters(index: string): IndexCounters | undefined;
  /**
   * Resolves when everything acknowledged before the call can be searched.
   */
  refresh(): Promise<void>;
  /** Merges parts; resolves when done. */
  forceMerge(indices: readonly string[]): Promise<void>;
  /**
   * Fields that documents brought and no mapping names: full dotted paths with Elasticsearch types, at most a few thousand per index.
   * A string that may be searched both ways is `text`, and gets a `keyword` sub-field in the answer.
   */
  discoveredFields(indices: readonly string[]): Promise<ReadonlyMap<string, readonly Readonly<{ path: string; type: string }>[]>>;
  nodeStatistics(): Promise<NodeStatistics>;
  /** `host:port` where clients reach the API, for clients that ask for all nodes; undefined while not listening. */
  httpAddress(): string | undefined;
  /** `red` while the engine cannot serve queries. */
  health(): 'green' | 'yellow' | 'red';
}

export type AdministrationOptions = Readonly<{
  /** Elasticsearch version that is reported; MUST be that of the frame. */
  version: string;
  /** Templates that name missing component templates are refused, as in Elasticsearch. */
  strictTemplates: boolean;
  /** HTML of `/` for browsers; without it they get the JSON too. */
  browserPage?: () => string;
}>;

export const noCounters: IndexCounters = { indexed: 0, indexFailed: 0, indexMillis: 0, deleted: 0, searches: 0, searchMillis: 0 };

export const noStatistics: IndexStatistics = { docs: 0, storeBytes: 0, parts: 0 };
