import { automaticId } from '../../model/journal-line.ts';

/**
 * Items of a `_bulk` answer as text. Compact, keys in Elasticsearch's order: Fluent Bit and Vector decide by the literal
 * bytes at the start of the answer.
 */
export type ItemResult = 'created' | 'updated' | 'deleted' | 'not_found' | 'noop';

const statuses: Readonly<Record<ItemResult, number>> = { created: 201, updated: 200, deleted: 200, not_found: 404, noop: 200 };
/** Last digits of an automatic id. */
const rowDigits = 7;
const shards = '"_shards":{"total":1,"successful":1,"failed":0}';

export function documentText(index: string, id: string, version: number, result: ItemResult): string {
  return `"_index":${JSON.stringify(index)},"_id":${JSON.stringify(id)},"_version":${version},"result":"${result}",${shards},"_seq_no":${version - 1},"_primary_term":1`;
}

export const statusOf = (result: ItemResult): number => statuses[result];

export function successItem(action: string, index: string, id: string, version: number, result: ItemResult): string {
  return `{"${action}":{${documentText(index, id, version, result)},"status":${statuses[result]}}}`;
}

/** The same for automatic ids of one segment, of which only the row differs from item to item. */
export function automaticItem(action: string, index: string, segment: number): (row: number) => string {
  const before = `{"${action}":{"_index":${JSON.stringify(index)},"_id":"${automaticId(segment, 0).slice(0, -rowDigits)}`;
  const behind = `","_version":1,"result":"created",${shards},"_seq_no":0,"_primary_term":1,"status":201}}`;
  return (row) => before + row.toString(16).padStart(rowDigits, '0') + behind;
}

export function failureItem(
  action: string,
  index: string,
  id: string | undefined,
  failure: Readonly<{ status: number; error: unknown }>,
): string {
  return `{"${action}":{"_index":${JSON.stringify(index)},"_id":${JSON.stringify(id ?? null)},"status":${failure.status},"error":${JSON.stringify(failure.error)}}}`;
}

export function bulkAnswer(tookMillis: number, items: readonly string[], errors: boolean): string {
  return `{"took":${Math.round(tookMillis)},"errors":${errors},"items":[${items.join(',')}]}`;
}
