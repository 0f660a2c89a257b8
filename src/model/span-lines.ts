/** Lines of spans as a segment has them (`signal-columns.ts`), one behind the other, but for their rows. */
export type SpanLines = Readonly<{
  bytes: Uint8Array;
  /** Where the row of each line is to be inserted. */
  rowsAt: readonly number[];
}>;
