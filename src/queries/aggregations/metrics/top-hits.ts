import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { andWhere } from '../and-where.ts';
import type { FoundHit } from '../context.ts';
import type { Level } from '../level.ts';
import { isObject, type Params } from '../params.ts';
import { countIn, type Row } from '../row.ts';
import { bestDocuments } from './best-documents.ts';
import { documentColumns, readDocument } from './document-columns.ts';
import { fetchDocuments, placeKey } from './fetch-documents.ts';
import { renderHit } from './render-hit.ts';
import { parseSort, printSortValue, type SortKey } from './sort-keys.ts';

const rendering = [
  '_source',
  'fields',
  'docvalue_fields',
  'highlight',
  'version',
  'seq_no_primary_term',
  'explain',
  'stored_fields',
  'track_scores',
];

/**
 * The best documents of each bucket. At the root they come from a statement of their own, `ORDER BY … LIMIT`, which reads
 * the document text of the shown rows only (5 M documents: 0.1 s, against 1 s in the scan). Inside buckets the scan keeps
 * the sort values and places of the best rows (`bestDocuments`), and one statement fetches those documents.
 */
export const topHits: Kind = {
  type: 'top_hits',
  children: 'refused',
  parse(params) {
    const from = params.integer('from', 0, 0);
    const size = params.integer('size', 3, 0);
    if (from + size > 100) {
      throw illegalArgument(
        `Top hits result window is too large, the top hits aggregator [${params.name}]'s from + size must be less than or equal to: [100] but was [${from + size}]. ` +
          'This limit can be set by changing the [index.max_inner_result_window] index level setting.',
      );
    }
    const sortJson = params.get('sort');
    refuseScripts(params);
    params.ignore(...rendering);
    const request: Request = { from, size, sortJson, body: params.body };
    return (level) => {
      const sort = parseSort(request.sortJson, level.context.fields);
      const count = level.documentCount();
      const atRoot = level.group === undefined;
      const hits = atRoot ? rootHits(level, sort, request) : bucketHits(level, sort, request);
      return {
        typedName: 'top_hits',
        read: (row) => {
          const found = hits(row);
          const scored = sort.length === 0 || sort.some((key) => key.field === '_score');
          return {
            hits: {
              total: { value: countIn(row, count), relation: 'eq' },
              max_score: scored && found.length > 0 ? 1 : null,
              hits: found.map((hit) => {
                const { render = renderHit } = level.context.hits;
                const printed = render(hit, request.body);
                return scored ? { ...printed, _score: 1 } : printed;
              }),
            },
          };
        },
      };
    };
  },
};

type Request = Readonly<{ from: number; size: number; sortJson: unknown; body: Readonly<Record<string, unknown>> }>;

function rootHits(level: Level, sort: readonly SortKey[], { from, size, body }: Request): (row: Row) => readonly FoundHit[] {
  let hits: readonly FoundHit[] = [];
  const { hits: columns, select } = level.context;
  level.request.besideScans.push(async () => {
    if (size === 0) return;
    const rows = await select(rootStatement(level, documentColumns(columns, body), sort, from, size));
    hits = rows.map((row) => ({
      ...readDocument(columns, row),
      sort: printedSort(
        sort,
        sort.map((_, index) => row[`s${index}`]),
      ),
    }));
  });
  return () => hits;
}

function rootStatement(level: Level, columns: readonly string[], sort: readonly SortKey[], from: number, size: number): string {
  const values = sort.map((key, index) => `${key.output} AS s${index}`);
  const order = sort.map((key) => `${key.sql} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.missingFirst ? 'FIRST' : 'LAST'}`);
  const shown = [...columns, ...values];
  const documents = level.condition === undefined ? level.request.from : andWhere(level.request.from, `(${level.condition})`);
  const tail = `${order.length > 0 ? ` ORDER BY ${order.join(', ')}` : ''} LIMIT ${size} OFFSET ${from}`;
  return `SELECT ${shown.join(', ')} FROM ${documents}${tail}`;
}

function bucketHits(level: Level, sort: readonly SortKey[], { from, size }: Request): (row: Row) => readonly FoundHit[] {
  if (size === 0) return () => [];
  const { columns } = level.context.hits.place;
  const best = bestDocuments(level, sort, [...columns, ...sort.map((key) => key.output)], from + size);
  const found = (row: Row) =>
    best
      .read(row)
      .slice(from)
      .map((values) => ({ place: values.slice(0, columns.length), sort: printedSort(sort, values.slice(columns.length)) }));
  const documents = fetchDocuments(level, () => (level.group?.allRows() ?? []).flatMap((row) => found(row).map(({ place }) => place)));
  return (row) =>
    found(row).flatMap(({ place, sort: values }) => {
      const document = documents.get(placeKey(place));
      return document === undefined ? [] : [{ ...document, sort: values }];
    });
}

function printedSort(sort: readonly SortKey[], values: readonly unknown[]): readonly unknown[] | undefined {
  return sort.length === 0 ? undefined : sort.map((key, index) => printSortValue(key, values[index]));
}

function refuseScripts(params: Params): void {
  const scripts = params.get('script_fields');
  if (scripts === undefined || (isObject(scripts) && Object.keys(scripts).length === 0)) return;
  throw illegalArgument(`[${params.name}] uses [script_fields], which meshscope does not run`);
}
