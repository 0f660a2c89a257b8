import { postJson } from '../../api/http.ts';
import { type Search, searchQuery } from '../../state/search-query.ts';
import type { Interval } from '../../state/time-range.ts';
import { csvLine } from './csv-line.ts';
import { type Hit, printValues, type SearchAnswer, searchPath } from './log-record.ts';

export type ExportFormat = 'ndjson' | 'csv';

export type ExportRequest = Readonly<{
  index: string;
  search: Search;
  interval: Interval;
  format: ExportFormat;
  /** Of the CSV. */
  columns: readonly string[];
}>;

/** More than this is for `meshscope export`: a browser holds it all in memory. */
export const mostExported = 100_000;

const pageSize = 2000;

export type ExportProgress = Readonly<{ done: number; total: number }>;

type PointAnswer = SearchAnswer & Readonly<{ pit_id?: string }>;

/** All that match, as of now, newest first. Rejects with AbortError when `signal` says so. */
export async function exportRows(
  request: ExportRequest,
  onProgress: (progress: ExportProgress) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const { index, search, interval, format, columns } = request;
  const { id } = await postJson<{ id: string }>(`${searchPath(index).replace(/_search$/, '_pit')}?keep_alive=2m`, undefined, signal);
  const parts: string[] = format === 'csv' ? [csvLine(columns)] : [];
  try {
    let after: readonly unknown[] | undefined;
    let total = 0;
    for (let done = 0; ; ) {
      const answer: PointAnswer = await postJson<PointAnswer>(
        '/elasticsearch/_search',
        {
          pit: { id, keep_alive: '2m' },
          size: Math.min(pageSize, mostExported - done),
          query: searchQuery(search, interval),
          sort: [{ timestamp: { order: 'desc', unmapped_type: 'date' } }, { _shard_doc: 'desc' }],
          track_total_hits: after === undefined,
          ...(format === 'csv' ? { _source: false, fields: columns.filter((name) => name !== '_index') } : {}),
          ...(after === undefined ? {} : { search_after: after }),
        },
        signal,
      );
      const { hits, total: counted } = answer.hits;
      if (counted !== undefined) total = counted.value;
      parts.push(hits.map((hit) => (format === 'csv' ? csvOf(hit, columns) : `${JSON.stringify(hit._source)}\n`)).join(''));
      done += hits.length;
      after = hits.at(-1)?.sort;
      onProgress({ done, total });
      if (hits.length === 0 || done >= mostExported || done >= total) break;
    }
  } finally {
    // Its failure costs two minutes of a place on the server and nothing else.
    void fetch('/elasticsearch/_pit', {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id }),
    }).catch(() => undefined);
  }
  return new Blob(parts, { type: format === 'csv' ? 'text/csv;charset=utf-8' : 'application/x-ndjson' });
}

const csvOf = (hit: Hit, columns: readonly string[]): string =>
  csvLine(columns.map((name) => (name === '_index' ? hit._index : printValues(hit.fields?.[name]))));

/** For a POSIX shell. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The command that copies the same without a limit. */
export function exportCommand({ index, search, interval }: Omit<ExportRequest, 'format' | 'columns'>, url: string): string {
  return [
    'meshscope export',
    ...(search.text.trim() === '' ? [] : [shellQuoted(search.text.trim())]),
    ...(search.language === 'kql' ? ['--kql'] : []),
    `--since ${new Date(interval.startMillis).toISOString()} --until ${new Date(interval.endMillis).toISOString()}`,
    ...(index === '*' ? [] : [`--index ${shellQuoted(index)}`]),
    `--url ${url}`,
    '-o logs.ndjson',
  ].join(' ');
}
