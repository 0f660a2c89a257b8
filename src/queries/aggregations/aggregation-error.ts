import { AppError, type ErrorCode } from '../../lib/errors.ts';

/** An aggregation that cannot be answered; `type` is Elasticsearch's name for the error. */
export class AggregationError extends AppError {
  override readonly type: string;

  constructor(type: string, message: string, code: ErrorCode = 'bad_request') {
    super(code, message);
    this.name = 'AggregationError';
    this.type = type;
  }
}

export const illegalArgument = (message: string): AggregationError => new AggregationError('illegal_argument_exception', message);

export const parsingError = (message: string): AggregationError => new AggregationError('parsing_exception', message);

/** For what Elasticsearch could do and meshscope cannot: refused by name instead of being ignored. */
export const unsupported = (message: string): AggregationError =>
  new AggregationError('illegal_argument_exception', message, 'unsupported');
