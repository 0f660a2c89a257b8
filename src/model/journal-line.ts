/**
 * A journal segment is a file of lines with six columns, separated by tabs (ClickHouse's `TSVRaw`, nothing is escaped):
 *
 *     kind  index  id  row  flat  line
 *
 * kind `+`: a document. `index` is the concrete index; `id` is empty for an automatic id, else `version:id`; `row` is its
 *   number in the segment; `line` is the document as JSON without white space between tokens. `flat` is `=` and the
 *   members beside the known fields when columns and these give the document back (`write-remainder.ts`), or the search form of a
 *   hard document (`lib/json/flatten-document.ts`), which begins with `{`; or it is empty.
 * kind `-`: the document `id` of `index` is deleted; `id` is `version:id`.
 * kind `s`: a span, and `m`: a data point of a metric; with more columns, see `signal-columns.ts`.
 * kind `!`: a dead letter. `index` is where it was to go, `id` the source, `flat` the reason, `line` the payload in Base64.
 * kind `f`: the header of a frame, see `journal/frame.ts`. Loaders skip it.
 */
export const segmentColumns = 'kind String, index String, id String, row UInt32, flat String, line String';

/** What a frame contains, so that the loader runs the statements for it only when needed. `keyed`: explicit ids or deletions. */
export type FrameContent = Readonly<{ documents: boolean; keyed: boolean; deadLetters: boolean; spans: boolean; metrics: boolean }>;

export const noContent: FrameContent = { documents: false, keyed: false, deadLetters: false, spans: false, metrics: false };

/** Numbers of segments are those of the milliseconds in which they were opened, times this, or follow the last one where that is larger. */
export const segmentsPerMilli = 1024;

/** A segment that is complete on disk and waits for the store. */
export type SealedSegment = Readonly<{
  /** Increases with time, unique for ever in a data folder, below 2^53. */
  id: number;
  path: string;
  bytes: number;
  rows: number;
  /** Milliseconds since the epoch. */
  openedAt: number;
  content: FrameContent;
}>;

/** Automatic ids: 13 hexadecimal digits of the segment and 7 of the row. They sort in the order of arrival. */
export function automaticId(segment: number, row: number): string {
  return segment.toString(16).padStart(13, '0') + row.toString(16).padStart(7, '0');
}

export function parseAutomaticId(id: string): { segment: number; row: number } | undefined {
  return /^[0-9a-f]{20}$/.test(id) ? { segment: Number.parseInt(id.slice(0, 13), 16), row: Number.parseInt(id.slice(13), 16) } : undefined;
}
