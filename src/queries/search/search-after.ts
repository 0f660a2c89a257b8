import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import type { JsonValue } from '../../lib/json/json-text.ts';
import type { SortKey } from './sort-key.ts';

/** SQL condition on the rows that come behind the given sort values. Throws 400 when they do not fit the sort. */
export function searchAfterCondition(keys: readonly SortKey[], values: readonly JsonValue[]): string {
  if (keys.length === 0) throw illegalArgument('Sort must contain at least one field.');
  if (values.length !== keys.length) {
    throw illegalArgument(`search_after has ${values.length} value(s) but sort has ${keys.length}.`);
  }
  const bounds = keys.map((key, at) => key.behind(values[at] as JsonValue));
  const steps = bounds.map(({ after }, at) => [...bounds.slice(0, at).map(({ equal }) => equal), after].join(' AND '));
  const [first] = bounds;
  // The engine prunes by the first key; the rest decides among equals.
  return `((${first?.after} OR ${first?.equal}) AND (${steps.map((step) => `(${step})`).join(' OR ')}))`;
}
