import type { Result } from './aggregation.ts';

/**
 * The number that a `buckets_path` names inside one bucket: `_count`, `avg`, `stats.max`, `pct[95.0]`, `pct.99.9`,
 * `filter>avg`, `terms['x']>_count`, `terms._bucket_count`. Null when the bucket has no value, undefined when there is
 * no such aggregation.
 */
export function bucketNumber(bucket: Result, path: string): number | null | undefined {
  const parts = path.split('>');
  let place: unknown = bucket;
  for (const [index, part] of parts.entries()) {
    if (!isObject(place)) return undefined;
    if (index === parts.length - 1) return lastNumber(place, part.trim());
    place = step(place, part.trim());
  }
  return undefined;
}

function lastNumber(place: Result, part: string): number | null | undefined {
  if (part === '_count') return asNumber(place.doc_count);
  if (part === '_key') return asNumber(place.key);
  if (Object.hasOwn(place, part)) return metricNumber(place[part], 'value');
  const match = /^(.*?)(?:\[(.*)\]|\.(.*))$/s.exec(part);
  const name = match?.[1];
  const key = (match?.[2] ?? match?.[3])?.replace(/^['"]|['"]$/g, '');
  if (name === undefined || key === undefined || !Object.hasOwn(place, name)) return undefined;
  return metricNumber(place[name], key);
}

function metricNumber(metric: unknown, key: string): number | null | undefined {
  if (!isObject(metric)) return undefined;
  if (key === '_bucket_count') return bucketCount(metric.buckets);
  if (key === '_count') return asNumber(metric.doc_count);
  if (Object.hasOwn(metric, key)) return asNumber(metric[key]);
  const deviation = /^std_(upper|lower)(?:_(population|sampling))?$/.exec(key);
  const { std_deviation_bounds: bounds, values } = metric;
  if (deviation !== null && isObject(bounds)) return asNumber(bounds[key.slice(4)]);
  if (isObject(values)) {
    const found = Object.keys(values).find((name) => name === key || (Number(name) === Number(key) && key !== ''));
    return found === undefined ? undefined : asNumber(values[found]);
  }
  if (Array.isArray(values)) {
    const found = values.find((entry) => isObject(entry) && Number(entry.key) === Number(key));
    return isObject(found) ? asNumber(found.value) : undefined;
  }
  const top = metric.top;
  if (Array.isArray(top)) return topMetric(top[0], key);
  if (key === 'value' && Object.hasOwn(metric, 'doc_count')) return asNumber(metric.doc_count);
  return undefined;
}

function topMetric(first: unknown, key: string): number | null {
  const metrics = isObject(first) ? first.metrics : undefined;
  return isObject(metrics) ? asNumber(Object.hasOwn(metrics, key) ? metrics[key] : null) : null;
}

/** Into a single-bucket aggregation, or into one bucket of a multi-bucket one by its key in brackets. */
function step(place: Result, part: string): unknown {
  if (Object.hasOwn(place, part)) return place[part];
  const match = /^(.*)\['?(.*?)'?\]$/s.exec(part);
  const name = match?.[1];
  const key = match?.[2];
  if (name === undefined || key === undefined || !Object.hasOwn(place, name)) return undefined;
  const aggregation = place[name];
  const buckets = isObject(aggregation) ? aggregation.buckets : undefined;
  if (Array.isArray(buckets))
    return buckets.find((bucket) => isObject(bucket) && (String(bucket.key) === key || bucket.key_as_string === key));
  return isObject(buckets) && Object.hasOwn(buckets, key) ? buckets[key] : undefined;
}

function bucketCount(buckets: unknown): number | undefined {
  if (Array.isArray(buckets)) return buckets.length;
  return isObject(buckets) ? Object.keys(buckets).length : undefined;
}

function asNumber(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function isObject(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
