import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';
import type { SeenSegments } from '../../store/logs/seen-segments.ts';
import type { FieldsOfIndices } from '../fields/fields-of-indices.ts';

export type SearchLimits = Readonly<{
  timeoutMillis: number;
  memoryBytes: number;
  maxRows: number;
  maxResultWindow: number;
  maxBuckets: number;
}>;

/** Runs a statement of a search, within the limits of its request. */
export type Select = (sql: string, limits?: QueryLimits) => Promise<readonly Row[]>;

/** What searching needs from the rest; supplied by the composition root. */
export interface SearchPorts {
  readonly engine: Pick<Engine, 'select'>;
  readonly catalogue: Pick<Catalogue, 'resolveRead' | 'settingsOf'>;
  readonly fieldsOf: FieldsOfIndices;
  readonly limits: SearchLimits;
  /** Resolves when everything acknowledged before the call can be searched. */
  refresh(): Promise<void>;
  /** The same for one document, and at once when nothing of it is waiting. */
  refreshIfPending(index: string, id: string): Promise<void>;
  /** Deletes the rows for which the SQL condition over `logs` holds; resolves with their number. */
  deleteWhere(condition: string): Promise<number>;
  /** What a scroll or a point in time sees that is opened now. */
  seenSegments(): Promise<SeenSegments>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}
