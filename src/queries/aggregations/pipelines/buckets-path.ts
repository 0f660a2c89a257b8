import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Result } from '../aggregation.ts';
import { bucketNumber } from '../bucket-path.ts';
import { isObject, type Params } from '../params.ts';

export type GapPolicy = 'skip' | 'insert_zeros' | 'keep_values';

/** `buckets_path` of pipelines that read one number per bucket. */
export function parsePath(params: Params): string {
  const json = params.get('buckets_path');
  const path = Array.isArray(json) && json.length === 1 ? json[0] : json;
  if (typeof path !== 'string' || path === '')
    throw illegalArgument(`Required one of fields [buckets_path], but none were specified for aggregation [${params.name}]`);
  return path;
}

/** `buckets_path` of scripts: names of variables with their paths. */
export function parsePaths(params: Params): ReadonlyMap<string, string> {
  const json = params.get('buckets_path');
  if (typeof json === 'string') return new Map([['_value', json]]);
  if (Array.isArray(json)) return new Map(json.map((path, index) => [`_value${index}`, String(path)]));
  if (!isObject(json))
    throw illegalArgument(`Required one of fields [buckets_path], but none were specified for aggregation [${params.name}]`);
  return new Map(
    Object.entries(json).map(([name, path]) => {
      if (typeof path !== 'string') throw params.wrongValue('buckets_path', path);
      return [name, path];
    }),
  );
}

export function parseGapPolicy(params: Params, fallback: GapPolicy = 'skip'): GapPolicy {
  const policy = params.string('gap_policy')?.toLowerCase() ?? fallback;
  if (policy !== 'skip' && policy !== 'insert_zeros' && policy !== 'keep_values')
    throw illegalArgument(`Invalid gap policy: [${policy}], accepted values: [insert_zeros, skip, keep_values]`);
  return policy;
}

/** The number in a bucket. An empty bucket is a gap unless its documents are what is counted: NaN, or 0 by the policy. */
export function resolve(bucket: Result, path: string, policy: GapPolicy): number {
  const found = bucketNumber(bucket, path);
  // A pipeline leaves buckets without an answer, and its name was checked already.
  const absent = found === undefined && !Object.hasOwn(bucket, path.split(/[>.[]/)[0] as string);
  if (found === undefined && !absent) throw illegalArgument(`No aggregation found for path [${path}]`);
  const isCount = /(^|[>.])_(count|bucket_count)$/.test(path);
  const gap = found === null || found === undefined || (bucket.doc_count === 0 && !isCount && policy !== 'keep_values');
  if (!gap) return found;
  return policy === 'insert_zeros' ? 0 : Number.NaN;
}

/** JSON has no NaN. */
export const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
