import type { ToolRow } from '../../api/tools.ts';
import type { GridSort } from '../../components/data-grid.tsx';

type Value = (row: ToolRow) => number | string;

/** What the columns are sorted by. */
const values: Readonly<Record<string, Value>> = {
  server: ({ server }) => server,
  tool: ({ tool }) => tool,
  calls: ({ calls }) => calls,
  failed: ({ errors, calls }) => errors / Math.max(1, calls),
  p50: ({ p50_ms }) => p50_ms,
  p95: ({ p95_ms }) => p95_ms,
  p99: ({ p99_ms }) => p99_ms,
  max: ({ max_ms }) => max_ms,
  in: ({ request_bytes }) => request_bytes ?? -1,
  out: ({ response_bytes }) => response_bytes ?? -1,
  clients: ({ clients }) => clients.join(', '),
  last: ({ last_seen }) => last_seen,
};

/** Rows whose server, tool or clients have each word of the text, sorted. Without a sort: as the server gave them, the worst first. */
export function shownRows(rows: readonly ToolRow[], text: string, sort: GridSort | undefined): readonly ToolRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = rows.filter(({ server, tool, clients }) => {
    const all = [server, tool, ...clients].join(' ').toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const value = sort === undefined ? undefined : values[sort.column];
  if (value === undefined) return found;
  const direction = sort?.descending ? -1 : 1;
  return found.toSorted((a, b) => {
    const [one, other] = [value(a), value(b)];
    return direction * (typeof one === 'string' ? one.localeCompare(String(other)) : one - Number(other));
  });
}

/** `calls` or `-calls` for descending; nothing for the order of the answer. */
export const parseSort = (text: string): GridSort | undefined => {
  const column = text.replace(/^-/, '');
  return Object.hasOwn(values, column) ? { column, descending: text.startsWith('-') } : undefined;
};

export const printSort = ({ column, descending }: GridSort): string => `${descending ? '-' : ''}${column}`;

/** `tool_error 12, rpc_error -32602 3`. */
export const errorKindsText = (row: ToolRow): string =>
  row.errors_by_kind.map(({ kind, type, calls }) => `${kind}${type === '' ? '' : ` ${type}`} ${calls}`).join(', ');
