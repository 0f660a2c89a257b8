import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { PipelineKind, Result } from '../aggregation.ts';
import type { Params } from '../params.ts';
import { printNumber } from '../print-number.ts';
import { setOwn } from '../read-children.ts';
import { orNull, parseGapPolicy, parsePaths, resolve } from './buckets-path.ts';
import { parseExpression } from './expression.ts';
import { scriptOf } from './script.ts';
import { splitSort } from './split-sort.ts';

const bucketScript: PipelineKind = {
  type: 'bucket_script',
  parsePipeline(params) {
    const { paths, policy, evaluate } = parseScript(params);
    const format = params.string('format');
    return {
      scope: 'parent',
      paths,
      typedName: 'simple_value',
      buckets: (buckets, name) => {
        for (const bucket of buckets) {
          const { result, gap } = evaluate(bucket);
          if (gap && policy === 'skip') continue;
          const value = orNull(result);
          setOwn(bucket, name, value === null || format === undefined ? { value } : { value, value_as_string: printNumber(value, format) });
        }
        return buckets;
      },
    };
  },
};

const bucketSelector: PipelineKind = {
  type: 'bucket_selector',
  parsePipeline(params) {
    const { paths, evaluate } = parseScript(params);
    const keeps = (bucket: Result) => {
      const { result } = evaluate(bucket);
      return Number.isFinite(result) && result !== 0;
    };
    return { scope: 'parent', paths, typedName: 'bucket_selector', buckets: (buckets) => buckets.filter(keeps) };
  },
};

const bucketSort: PipelineKind = {
  type: 'bucket_sort',
  parsePipeline(params) {
    const sorts = splitSort(params.get('sort'));
    const from = params.integer('from', 0, 0);
    const size = params.get('size') === undefined ? undefined : params.integer('size', 1, 1);
    const policy = parseGapPolicy(params);
    if (sorts.length === 0 && size === undefined && from === 0) {
      throw illegalArgument(
        `[${params.name}] is configured to perform nothing. Please set either of [sort, size, from] to use bucket_sort`,
      );
    }
    return {
      scope: 'parent',
      paths: sorts.map((sort) => sort.path).filter((path) => !path.startsWith('_')),
      typedName: 'bucket_sort',
      buckets: (buckets) => {
        const rows = buckets.map((bucket) => ({ bucket, values: sorts.map((sort) => keyOf(bucket, sort.path, policy)) }));
        // A bucket without any of the numbers is left out, as Elasticsearch does.
        const known =
          sorts.length === 0 ? rows : rows.filter((row) => row.values.some((value) => typeof value === 'string' || !Number.isNaN(value)));
        known.sort((left, right) => {
          for (const [index, sort] of sorts.entries()) {
            const difference = compare(left.values[index], right.values[index], sort.descending);
            if (difference !== 0) return difference;
          }
          return 0;
        });
        return known.slice(from, size === undefined ? undefined : from + size).map((row) => row.bucket);
      },
    };
  },
};

export const bucketPipelines: readonly PipelineKind[] = [bucketScript, bucketSelector, bucketSort];

function parseScript(params: Params) {
  const paths = parsePaths(params);
  const policy = parseGapPolicy(params);
  const script = scriptOf(params.get('script'), params.name);
  const expression = parseExpression(script.source, new Set([...paths.keys(), ...script.params.keys()]));
  const evaluate = (bucket: Result) => {
    const values = [...paths].map(([name, path]): [string, number] => [name, resolve(bucket, path, policy)]);
    const gap = values.some(([, value]) => Number.isNaN(value));
    return { result: expression(new Map([...script.params, ...values])), gap };
  };
  return { paths: [...paths.values()], policy, evaluate };
}

function keyOf(bucket: Result, path: string, policy: Parameters<typeof resolve>[2]): number | string {
  if (path !== '_key') return resolve(bucket, path, policy);
  return typeof bucket.key === 'string' ? bucket.key : Number(bucket.key);
}

function compare(left: number | string | undefined, right: number | string | undefined, descending: boolean): number {
  const missing = (value: unknown) => (typeof value === 'number' && Number.isNaN(value) ? 1 : 0);
  if (missing(left) + missing(right) > 0) return missing(left) - missing(right);
  if (left === right || left === undefined || right === undefined) return 0;
  return (left < right ? -1 : 1) * (descending ? -1 : 1);
}
