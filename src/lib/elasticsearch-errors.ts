import { AppError, type ErrorCode, type ErrorOptions } from './errors.ts';

/** An error that Elasticsearch has a `type` for; 400 unless the code says otherwise. */
export function elasticsearchError(
  type: string,
  reason: string,
  { code = 'bad_request', ...options }: Omit<ErrorOptions, 'type'> & { code?: ErrorCode } = {},
): AppError {
  return new AppError(code, reason, { ...options, type });
}

/** The usual answer to a request that cannot be honoured. */
export const illegalArgument = (reason: string, details: ErrorOptions['details'] = {}): AppError =>
  elasticsearchError('illegal_argument_exception', reason, { details });

export const parsingError = (reason: string): AppError => elasticsearchError('parsing_exception', reason);

/** For what Elasticsearch could do and meshscope cannot: refused by name instead of being ignored. */
export const unsupported = (reason: string): AppError => elasticsearchError('illegal_argument_exception', reason, { code: 'unsupported' });
