import { illegalArgument, parsingError } from '../../../lib/elasticsearch-errors.ts';
import { isObject } from '../params.ts';
import type { PlannedChildren } from '../plan-children.ts';

export type OrderTerm = Readonly<{ path: string; descending: boolean }>;

/** `order` of `terms`, `date_histogram` and `histogram`: an object, or an array of such objects. */
export function parseOrder(json: unknown, fallback: readonly OrderTerm[]): readonly OrderTerm[] {
  if (json === undefined) return fallback;
  const parts = Array.isArray(json) ? json : [json];
  return parts.flatMap((part) => {
    if (!isObject(part)) throw parsingError('Order must be an object of [path]: [asc|desc], or an array of such objects');
    return Object.entries(part).map(([path, direction]) => {
      const lower = typeof direction === 'string' ? direction.toLowerCase() : direction;
      if (lower !== 'asc' && lower !== 'desc') throw parsingError(`Unknown order direction [${String(direction)}]`);
      // Names of Elasticsearch before 6.0, which Grafana still sends.
      return { path: path === '_term' || path === '_time' ? '_key' : path, descending: lower === 'desc' };
    });
  });
}

/** SQL for ORDER BY. Buckets without a value of the metric come last in both directions, as in Elasticsearch. */
export function orderSql(order: readonly OrderTerm[], keys: readonly string[], count: string, planned: PlannedChildren): readonly string[] {
  return order.flatMap(({ path, descending }) => {
    const direction = descending ? 'DESC' : 'ASC';
    if (path === '_count') return [`${count} ${direction}`];
    if (path === '_key') return keys.map((key) => `${key} ${direction}`);
    return [`${metricColumn(path, planned)} ${direction} NULLS LAST`];
  });
}

function metricColumn(path: string, planned: PlannedChildren): string {
  const [name, ...rest] = splitPath(path);
  const column = name === undefined ? undefined : planned.get(name)?.order?.(rest);
  if (column !== undefined) return column;
  if (name !== undefined && planned.has(name)) {
    throw illegalArgument(`Invalid aggregation order path [${path}]. The path must end in a metric that has one number per bucket.`);
  }
  throw illegalArgument(
    `Invalid aggregation order path [${path}]. The provided aggregation [${name}] either does not exist, or is a pipeline aggregation ` +
      'and cannot be used to sort the buckets.',
  );
}

/** `a>b.value`, `pct.99.9` and `pct[99.9]`: names between `>`, and the metric's own key after the first dot or bracket. */
export function splitPath(path: string): readonly string[] {
  const names = path.split('>');
  const last = names.pop() ?? '';
  const match = /^(.*?)(?:\.(.*)|\[(.*)\])?$/s.exec(last);
  const key = match?.[2] ?? match?.[3];
  return [...names, match?.[1] ?? last, ...(key === undefined ? [] : [key.replace(/^["']|["']$/g, '')])];
}
