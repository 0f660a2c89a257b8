import { illegalArgument, parsingError } from '../../../lib/elasticsearch-errors.ts';
import { isObject } from '../params.ts';

/** `sort` of `bucket_sort`: paths, `{path: "desc"}` or `{path: {order}}`. */
export function splitSort(json: unknown): readonly Readonly<{ path: string; descending: boolean }>[] {
  if (json === undefined) return [];
  return (Array.isArray(json) ? json : [json]).flatMap((part) => {
    if (typeof part === 'string') return [{ path: part, descending: false }];
    if (!isObject(part)) throw parsingError('[bucket_sort] sort must be a path, an object, or an array of them');
    return Object.entries(part).map(([path, options]) => {
      const order = isObject(options) ? (options.order ?? 'asc') : options;
      if (order !== 'asc' && order !== 'desc') throw illegalArgument(`Unknown SortOrder [${String(order)}]`);
      return { path, descending: order === 'desc' };
    });
  });
}
