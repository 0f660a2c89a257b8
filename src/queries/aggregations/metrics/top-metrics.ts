import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';
import type { Kind } from '../aggregation.ts';
import { keyValues } from '../field-values.ts';
import { isObject } from '../params.ts';
import { bestDocuments } from './best-documents.ts';
import { parseSort, printSortValue, type SortKey } from './sort-keys.ts';

/** Values of some fields in the documents that sort first. Documents without a sort value are left out. */
export const topMetrics: Kind = {
  type: 'top_metrics',
  children: 'refused',
  parse(params) {
    const size = params.integer('size', 1, 1);
    if (size > 10) throw illegalArgument(`[top_metrics.size] must not be more than [10] but was [${size}]`);
    const json = params.get('metrics');
    const metrics = (Array.isArray(json) ? json : [json]).map((metric) => (isObject(metric) ? metric.field : undefined));
    if (metrics.length === 0 || !metrics.every((field) => typeof field === 'string')) {
      throw illegalArgument('Required one of fields [metrics], each an object with a [field], but none were specified.');
    }
    const sortJson = params.get('sort');
    if (sortJson === undefined) throw illegalArgument('Required [sort] was not specified for [top_metrics]');
    return (level) => {
      const { fields } = level.context;
      const [key, second] = parseSort(withUnmapped(sortJson), fields);
      if (key === undefined || second !== undefined)
        throw illegalArgument('[top_metrics] requires exactly one [sort] on a field or [_score]');
      const shown = metrics.map((field): SortKey | undefined => {
        if (keyValues(fields, field as string) === undefined) return undefined;
        return parseSort([{ [field as string]: 'asc' }], fields)[0];
      });
      const outputs = [key.output, ...shown.map((metric) => metric?.output ?? 'NULL')];
      const best = bestDocuments(level.within(`(${key.sql}) IS NOT NULL`), [key], outputs, size);
      return {
        typedName: 'top_metrics',
        read: (row) => ({
          top: best.read(row).map(([sort, ...values]) => {
            const named = metrics.map((field, index) => {
              const metric = shown[index];
              return [field as string, metric === undefined ? null : printSortValue(metric, values[index])] as const;
            });
            return { sort: [printSortValue(key, sort)], metrics: Object.fromEntries(named) };
          }),
        }),
        order: ([field]) => {
          const index = metrics.indexOf(field as string);
          const numeric = index >= 0 && shown[index]?.kind !== 'string';
          return numeric ? `toFloat64OrNull(toString(${best.first(index + 1)}))` : undefined;
        },
      };
    };
  },
};

/** An unmapped sort field gives no rows here rather than an error. */
function withUnmapped(json: unknown): unknown {
  const one = (part: unknown): unknown => {
    if (typeof part === 'string') return part === '_score' ? part : { [part]: { unmapped_type: 'double' } };
    if (!isObject(part)) return part;
    const entries = Object.entries(part).map(([field, options]) => [
      field,
      field === '_score'
        ? options
        : { unmapped_type: 'double', ...(typeof options === 'string' ? { order: options } : isObject(options) ? options : {}) },
    ]);
    return Object.fromEntries(entries);
  };
  return Array.isArray(json) ? json.map(one) : one(json);
}
