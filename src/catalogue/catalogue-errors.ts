import { elasticsearchError } from '../lib/elasticsearch-errors.ts';
import { AppError } from '../lib/errors.ts';

export function indexNotFound(name: string, reason = `no such index [${name}]`): AppError {
  const details = { 'resource.type': 'index_or_alias', 'resource.id': name, index_uuid: '_na_', index: name };
  return elasticsearchError('index_not_found_exception', reason, { code: 'not_found', details });
}

export function resourceNotFound(reason: string): AppError {
  return elasticsearchError('resource_not_found_exception', reason, { code: 'not_found' });
}

export function invalidIndexName(name: string, reason: string): AppError {
  const details = { index_uuid: '_na_', index: name };
  return elasticsearchError('invalid_index_name_exception', `Invalid index name [${name}], ${reason}`, { details });
}

/** The name of a deleted index is not free yet, because rows of that index are still being removed. */
export class RowsRemainError extends AppError {
  constructor(name: string) {
    super('store_failed', `the rows of the deleted index [${name}] are still being removed; send the request again`);
    this.name = 'RowsRemainError';
  }
}
