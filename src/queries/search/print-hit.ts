import { parseJson, stringifyJson } from '../../lib/json/json-text.ts';
import type { Row } from '../../store/engine/engine.ts';
import { idText } from '../../store/logs/id-expression.ts';
import { sourceText } from '../../store/logs/source-parts.ts';
import { requestedFields, valuesOf } from './document-values.ts';
import { createHighlighter, type Highlighter } from './highlight.ts';
import type { HitView, SearchRequest } from './search-request.ts';
import type { SearchScope } from './search-scope.ts';
import type { SortKey } from './sort-key.ts';
import { filterSource } from './source-filter.ts';

export type HitPrinter = (row: Row, innerHits?: string) => string;

/** Prints hits as JSON text. `_source` goes out as text, without being parsed, unless a part of it is asked for. */
export function createHitPrinter(request: SearchRequest, keys: readonly SortKey[], scope: SearchScope): HitPrinter {
  const highlighter = request.highlight && createHighlighter(request.highlight, request.query, scope.fields);
  const isScored = request.sort.length === 0 || request.sort.some(({ field }) => field === '_score');
  return (row, innerHits) => {
    const sort = keys.map((key, at) => key.print(row[`h_sort${at}`] ?? null));
    const parts = hitParts(row, request, scope, highlighter, isScored ? '1.0' : 'null');
    if (sort.length > 0) parts.push(`"sort":[${sort.join(',')}]`);
    if (innerHits !== undefined) parts.push(`"inner_hits":${innerHits}`);
    return `{${parts.join(',')}}`;
  };
}

function hitParts(row: Row, view: HitView, scope: SearchScope, highlighter: Highlighter | undefined, score: string): string[] {
  const identity = { index: String(row.h_index), id: idText(row.h_id) };
  const parts = [`"_index":${JSON.stringify(identity.index)}`];
  if (!view.bare) parts.push(`"_id":${JSON.stringify(identity.id)}`);
  if (view.version) parts.push(`"_version":${row.h_version}`);
  if (view.sequence) parts.push(`"_seq_no":${row.h_sequence},"_primary_term":1`);
  parts.push(`"_score":${score}`);
  const text = row.h_source === undefined ? undefined : sourceText(row.h_source);
  if (text === undefined) return parts;
  const source = filterSource(text, view.source);
  if (source !== undefined) parts.push(`"_source":${source}`);
  if (view.fields.length === 0 && !highlighter) return parts;
  const values = valuesOf(parseJson(text, { keepNumberText: true }));
  if (view.fields.length > 0) {
    const fields = requestedFields(values, view.fields, scope.fields, BigInt(String(row.h_nanos)), identity);
    if (Object.keys(fields).length > 0) parts.push(`"fields":${stringifyJson(fields)}`);
  }
  const marked = highlighter?.(values) ?? {};
  if (Object.keys(marked).length > 0) parts.push(`"highlight":${stringifyJson(marked)}`);
  return parts;
}
