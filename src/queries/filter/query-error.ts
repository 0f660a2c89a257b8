import { AppError, type ErrorCode } from '../../lib/errors.ts';

/** Elasticsearch's `error.type` names that a query can give. */
export type QueryErrorType =
  | 'parsing_exception'
  | 'query_shard_exception'
  | 'illegal_argument_exception'
  | 'parse_exception'
  | 'number_format_exception'
  | 'too_many_clauses'
  | 'x_content_parse_exception';

/** A query that is wrong or that we cannot honour. `type` is what Elasticsearch's error body names as `type`. */
export class QueryError extends AppError {
  override readonly type: QueryErrorType;

  constructor(type: QueryErrorType, message: string, code: ErrorCode = 'bad_request') {
    super(code, message);
    this.name = 'QueryError';
    this.type = type;
  }
}
