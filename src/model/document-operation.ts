/** What a line of `_bulk` or the address of a document API asks to be done with one document. */
export type DocumentOperation = Readonly<{
  action: 'index' | 'create' | 'update' | 'delete';
  /** As sent, not resolved; the default of the address when a line has none. */
  index: string;
  id: string | undefined;
  requireAlias: boolean | undefined;
  pipeline: string | undefined;
  ifSeqNo: number | undefined;
  /** External version: the document is written only when it is newer. */
  version: number | undefined;
  versionType: 'external' | 'external_gte' | undefined;
}>;
