import { elasticsearchError } from '../../lib/elasticsearch-errors.ts';
import type { AppError } from '../../lib/errors.ts';
import type { Level } from './level.ts';

/** Counts buckets that an answer is about to hold, filled gaps included, against the request's limit. */
export function countBuckets(level: Level, added: number): void {
  const { request } = level;
  request.buckets += added;
  if (request.buckets > request.context.maxBuckets) throw tooManyBuckets(request.context.maxBuckets);
}

export function tooManyBuckets(limit: number): AppError {
  return elasticsearchError(
    'too_many_buckets_exception',
    `Trying to create too many buckets. Must be less than or equal to: [${limit}] but this number of buckets was exceeded. ` +
      'This limit can be set by changing the [search.max_buckets] cluster level setting.',
  );
}
