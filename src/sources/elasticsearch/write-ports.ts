import type { DocumentOperation } from '../../model/document-operation.ts';
import type { AppendFrame } from '../../pipeline/log-intake.ts';
import type { DocumentVersions } from './document-versions.ts';

/** What the write side of Elasticsearch's API needs; supplied by the composition root. */
export type WriteOptions = Readonly<{ op: DocumentOperation['action']; requireAlias?: boolean; requireDataStream?: boolean }>;

export type WritePorts = Readonly<{
  append: AppendFrame;
  /** The concrete index of a known name; undefined when the name must be created first. Throws in Elasticsearch's form. */
  resolveWrite: (name: string, options: WriteOptions) => { index: string } | undefined;
  createForWrite: (name: string, options: WriteOptions) => Promise<{ index: string }>;
  /** Creates all of them that can be created, which is durable at once. Rejects when nothing can be saved. */
  createAllForWrite: (names: ReadonlyMap<string, WriteOptions>) => Promise<void>;
  /** What an explicit mapping of the index refuses; undefined when it takes every document. Documents that are no JSON pass. */
  mappingCheck: (index: string) => ((document: Uint8Array) => Readonly<{ type: string; reason: string }> | undefined) | undefined;
  versions: DocumentVersions;
  /** The document as JSON text, `refresh`ed first when the journal knows more of it than the store. */
  readSource: (index: string, id: string) => Promise<string | undefined>;
  /** Makes everything that was acknowledged searchable. */
  refresh: () => Promise<void>;
  count: (outcome: 'received' | 'accepted' | 'rejected', records: number, bytes: number) => void;
  /** Successful operations per index, for `_stats`. */
  countIndex: (index: string, operation: 'indexed' | 'deleted' | 'failed', records: number) => void;
  /** An error as the `status` and `error` members of an item. */
  errorItem: (error: unknown) => Readonly<{ status: number; error: unknown }>;
  /** An error in Elasticsearch's form. */
  failure: (status: number, type: string, reason: string, details?: Readonly<Record<string, string>>) => Error;
  maxDocumentBytes: number;
}>;
