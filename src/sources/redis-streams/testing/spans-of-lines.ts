import { spanColumns } from '../../../model/signal-columns.ts';
import { unescapedText } from '../../../model/signal-lines.ts';
import type { SpanRecord } from '../../../model/span.ts';
import type { SpanLines } from '../../../model/span-lines.ts';

/** What the engine reads from lines of spans. */
export function spansOfLines({ bytes, rowsAt }: SpanLines): SpanRecord[] {
  const text = Buffer.from(bytes).toString();
  const lines = text.split('\n').slice(0, -1);
  if (lines.length !== rowsAt.length) throw new Error(`${lines.length} lines with ${rowsAt.length} rows`);
  return lines.map((line) => {
    const [kind, ...columns] = line.split('\t');
    if (kind !== 's' || columns.length !== spanColumns.length) throw new Error(`no line of a span: ${line}`);
    const members = spanColumns.map((column, at) => [column, unescapedText(columns[at] as string)]);
    const { row, source, ...span } = Object.fromEntries(members) as Record<string, string>;
    return span as SpanRecord;
  });
}
