import { AppError } from '../../lib/errors.ts';

/** ClickHouse's TIMEOUT_EXCEEDED: a search that sets a timeout of its own gets what there is instead of an error. */
export function isOwnTimeout(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'query_too_expensive') return false;
  return error.cause instanceof Error && /Code: 159\./.test(error.cause.message);
}
