import { AppError, type ErrorCode } from '../lib/errors.ts';
import type { JsonObject } from './json-text.ts';

/** An error of the catalogue with the `type` and the further members that Elasticsearch gives it. */
export class CatalogueError extends AppError {
  override readonly type: string;
  override readonly details: JsonObject;

  constructor(code: ErrorCode, type: string, reason: string, details: JsonObject = {}) {
    super(code, reason);
    this.name = 'CatalogueError';
    this.type = type;
    this.details = details;
  }
}

export function illegal(reason: string): CatalogueError {
  return new CatalogueError('bad_request', 'illegal_argument_exception', reason);
}

export function indexNotFound(name: string, reason = `no such index [${name}]`): CatalogueError {
  return new CatalogueError('not_found', 'index_not_found_exception', reason, {
    'resource.type': 'index_or_alias',
    'resource.id': name,
    index_uuid: '_na_',
    index: name,
  });
}

export function resourceNotFound(reason: string): CatalogueError {
  return new CatalogueError('not_found', 'resource_not_found_exception', reason);
}

export function invalidIndexName(name: string, reason: string): CatalogueError {
  return new CatalogueError('bad_request', 'invalid_index_name_exception', `Invalid index name [${name}], ${reason}`, {
    index_uuid: '_na_',
    index: name,
  });
}

/** The name of a deleted index is not free yet, because rows of that index are still being removed. */
export class RowsRemainError extends AppError {
  constructor(name: string) {
    super('store_failed', `the rows of the deleted index [${name}] are still being removed; send the request again`);
    this.name = 'RowsRemainError';
  }
}
