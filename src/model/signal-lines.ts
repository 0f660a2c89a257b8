import type { MetricPoint } from './metric-point.ts';
import { metricColumns, spanColumns } from './signal-columns.ts';
import type { SpanRecord } from './span.ts';

const special = /[\t\n\r\\\0]/;

/** Characters that cannot stand for themselves in ClickHouse's `TSV`, and what stands for them. */
export const escapes: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\', '\0': '\\0' };

/** A text in ClickHouse's `TSV`. A lone half of a surrogate pair, which no UTF-8 can hold, becomes U+FFFD when the line is encoded. */
export const escapedText = (text: string): string =>
  text !== '' && special.test(text) ? text.replaceAll(/[\t\n\r\\\0]/g, (char) => escapes[char] as string) : text;

const meanings: ReadonlyMap<string, string> = new Map(Object.entries(escapes).map(([char, text]) => [text, char]));

export const unescapedText = (text: string): string =>
  text.includes('\\') ? text.replaceAll(/\\./g, (pair) => meanings.get(pair) ?? pair) : text;

/** The line of a span in a journal segment, with its line end. */
export function spanLine(span: SpanRecord, row: number, source: string): string {
  let line = 's';
  for (const column of spanColumns) {
    line += '\t';
    line += column === 'row' ? row : column === 'source' ? source : escapedText(span[column]);
  }
  return `${line}\n`;
}

/** The line of a metric's data point in a journal segment, with its line end. */
export function metricLine(point: MetricPoint, row: number, source: string): string {
  let line = 'm';
  for (const column of metricColumns) {
    line += '\t';
    if (column === 'row') line += row;
    else if (column === 'source') line += source;
    else {
      const value = point[column];
      line += typeof value === 'boolean' ? Number(value) : escapedText(value);
    }
  }
  return `${line}\n`;
}
