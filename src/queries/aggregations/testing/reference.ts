import type { TestDocument } from './documents.ts';

/**
 * Aggregations over documents in memory, written for these tests alone from Elasticsearch's documentation: plain loops,
 * nothing shared with the code under test. `filters` take SQL there and a predicate here, by the same name.
 */
export type ReferenceAgg = Readonly<{ [type: string]: unknown; aggs?: Readonly<Record<string, ReferenceAgg>> }>;

type Values = (doc: TestDocument) => readonly (string | number | boolean)[];

const one = (value: string | number | boolean | undefined) => (value === undefined ? [] : [value]);

export const referenceFields: Readonly<Record<string, Values>> = {
  timestamp: (doc) => [doc.timestamp],
  level: (doc) => [doc.level],
  'agent.name': (doc) => one(doc.agent),
  'request.method': (doc) => one(doc.method),
  'request.status': (doc) => one(doc.status),
  'request.duration_ms': (doc) => one(doc.duration),
  'metrics.duration_ms': (doc) => one(doc.duration),
  'msg.keyword': (doc) => [doc.msg],
  retries: (doc) => one(doc.retries),
  ok: (doc) => one(doc.ok),
  tags: (doc) => doc.tags,
  sizes: (doc) => doc.sizes,
  nothing: () => [],
};

/** SQL of the conditions that the random requests use, with what they mean. */
export const conditions: Readonly<Record<string, (doc: TestDocument) => boolean>> = {
  "level = 'ERROR'": (doc) => doc.level === 'ERROR',
  'ifNull(duration > 600, 0)': (doc) => (doc.duration ?? 0) > 600,
  "agent_name IN ('agent-0', 'agent-1')": (doc) => doc.agent === 'agent-0' || doc.agent === 'agent-1',
  "startsWith(msg, 'took')": (doc) => doc.msg.startsWith('took'),
};

type Json = Record<string, unknown>;

export function reference(aggs: Readonly<Record<string, ReferenceAgg>>, docs: readonly TestDocument[]): Json {
  return Object.fromEntries(Object.entries(aggs).map(([name, agg]) => [name, evaluate(agg, docs)]));
}

function evaluate(agg: ReferenceAgg, docs: readonly TestDocument[]): Json {
  const [type = '', body = {}] = Object.entries(agg).find(([key]) => key !== 'aggs') ?? [];
  const spec = body as Json;
  const inside = (some: readonly TestDocument[]) => ({ doc_count: some.length, ...reference(agg.aggs ?? {}, some) });
  const values = referenceFields[String(spec.field)] ?? (() => []);
  const numbers = () => docs.flatMap((doc) => values(doc).map(Number));
  switch (type) {
    case 'terms':
      return terms(spec, docs, values, inside);
    case 'rare_terms': {
      const groups = [...groupBy(docs, values)].filter(([, some]) => some.length <= Number(spec.max_doc_count ?? 1));
      groups.sort(([left, a], [right, b]) => a.length - b.length || compare(left, right));
      return { buckets: groups.map(([key, some]) => ({ ...keyOf(key), ...inside(some) })) };
    }
    case 'date_histogram': {
      const step = Number(String(spec.fixed_interval).replace('h', '')) * 3_600_000;
      return histogram(docs, values, step, (key) => ({ key_as_string: new Date(key).toISOString() }), inside);
    }
    case 'histogram':
      return histogram(docs, values, Number(spec.interval), () => ({}), inside);
    case 'filter':
      return inside(docs.filter(conditions[String(spec.sql)] as (doc: TestDocument) => boolean));
    case 'filters': {
      const named = Object.entries(spec.filters as Json).map(([name, sql]) => [name, conditions[String((sql as Json).sql)]] as const);
      const buckets = named.map(([name, test]) => [name, inside(docs.filter(test as (doc: TestDocument) => boolean))] as const);
      const other = docs.filter((doc) => !named.some(([, test]) => test?.(doc)));
      return { buckets: Object.fromEntries([...buckets, ...(spec.other_bucket === true ? [['_other_', inside(other)] as const] : [])]) };
    }
    case 'missing':
      return inside(docs.filter((doc) => values(doc).length === 0));
    case 'range': {
      const buckets = (spec.ranges as Json[]).map(({ from, to, key }) => {
        const test = (value: number) => (from === undefined || value >= Number(from)) && (to === undefined || value < Number(to));
        const some = docs.filter((doc) => values(doc).some((value) => test(Number(value))));
        return { key, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), ...inside(some) };
      });
      return { buckets };
    }
    case 'avg':
      return { value: numbers().length === 0 ? null : sum(numbers()) / numbers().length };
    case 'sum':
      return { value: sum(numbers()) };
    case 'min':
      return { value: numbers().length === 0 ? null : Math.min(...numbers()) };
    case 'max':
      return { value: numbers().length === 0 ? null : Math.max(...numbers()) };
    case 'value_count':
      return { value: docs.flatMap(values).length };
    case 'cardinality':
      return { value: new Set(docs.flatMap(values)).size };
    case 'percentiles': {
      const sorted = numbers().sort((left, right) => left - right);
      return { values: Object.fromEntries([25, 50, 99].map((percent) => [`${percent}.0`, quantile(sorted, percent / 100)])) };
    }
    case 'stats': {
      const all = numbers();
      const none = all.length === 0;
      return {
        count: all.length,
        min: none ? null : Math.min(...all),
        max: none ? null : Math.max(...all),
        avg: none ? null : sum(all) / all.length,
        sum: sum(all),
      };
    }
    default:
      throw new Error(`no reference for ${type}`);
  }
}

type Inside = (docs: readonly TestDocument[]) => Json & { doc_count: number };

function terms(spec: Json, docs: readonly TestDocument[], values: Values, inside: Inside): Json {
  const groups = groupBy(docs, values);
  const buckets = [...groups].map(
    ([key, some]) => ({ raw: key, ...keyOf(key), ...inside(some) }) as Json & { doc_count: number; raw: string | number | boolean },
  );
  const [path = '_count', direction = 'desc'] = Object.entries((spec.order as Json | undefined) ?? {})[0] ?? [];
  const sign = direction === 'desc' ? -1 : 1;
  buckets.sort((left, right) => {
    if (path === '_key') return sign * compare(left.raw, right.raw);
    const [a, b] = [left, right].map((bucket) => (path === '_count' ? bucket.doc_count : ((bucket[path] as Json).value as number | null)));
    const nulls = (a === null || a === undefined ? 1 : 0) - (b === null || b === undefined ? 1 : 0);
    return nulls || sign * (Number(a) - Number(b)) || compare(left.raw, right.raw);
  });
  const kept = buckets.filter((bucket) => bucket.doc_count >= Number(spec.min_doc_count ?? 1)).slice(0, Number(spec.size ?? 10));
  const shown = sum(kept.map((bucket) => bucket.doc_count));
  return {
    doc_count_error_upper_bound: 0,
    sum_other_doc_count: sum(buckets.map((bucket) => bucket.doc_count)) - shown,
    buckets: kept.map(({ raw: _, ...bucket }) => bucket),
  };
}

function histogram(docs: readonly TestDocument[], values: Values, step: number, more: (key: number) => Json, inside: Inside): Json {
  const groups = groupBy(docs, (doc) => values(doc).map((value) => Math.floor(Number(value) / step) * step));
  const keys = [...groups.keys()].map(Number);
  if (keys.length === 0) return { buckets: [] };
  const first = Math.min(...keys);
  const length = (Math.max(...keys) - first) / step + 1;
  const all = Array.from({ length }, (_, index) => first + index * step);
  return { buckets: all.map((key) => ({ ...more(key), key, ...inside(groups.get(key) ?? []) })) };
}

function groupBy(docs: readonly TestDocument[], values: Values): Map<string | number | boolean, TestDocument[]> {
  const groups = new Map<string | number | boolean, TestDocument[]>();
  for (const doc of docs) {
    for (const value of new Set(values(doc))) groups.set(value, [...(groups.get(value) ?? []), doc]);
  }
  return groups;
}

const keyOf = (key: string | number | boolean): Json =>
  typeof key === 'boolean' ? { key: Number(key), key_as_string: String(key) } : { key };

function compare(left: string | number | boolean, right: string | number | boolean): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function quantile(sorted: readonly number[], q: number): number | null {
  if (sorted.length === 0) return null;
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low + (high - low) * (place - Math.floor(place));
}

/** A random tree of aggregations that both sides can answer. */
export function randomAggs(random: () => number, depth: number): Record<string, ReferenceAgg> {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const metric = (): ReferenceAgg => {
    const type = pick(['avg', 'sum', 'min', 'max', 'value_count', 'cardinality', 'stats', 'percentiles']);
    const field = pick([
      'request.duration_ms',
      'retries',
      'sizes',
      'nothing',
      ...(type === 'cardinality' || type === 'value_count' ? ['tags', 'agent.name', 'msg.keyword'] : []),
    ]);
    return { [type]: { field, ...(type === 'percentiles' ? { percents: [25, 50, 99] } : {}) } };
  };
  const bucket = (): ReferenceAgg => {
    const aggs = depth > 1 ? { aggs: randomAggs(random, depth - 1) } : {};
    const [first, second] = [pick(Object.keys(conditions)), pick(Object.keys(conditions))];
    const keyField = () =>
      pick(['level', 'agent.name', 'request.method', 'request.status', 'retries', 'ok', 'tags', 'sizes', 'nothing', 'msg.keyword']);
    switch (pick(['terms', 'terms', 'terms', 'date_histogram', 'histogram', 'filter', 'filters', 'range', 'missing', 'rare_terms'])) {
      case 'terms': {
        const order = pick([
          undefined,
          undefined,
          { _key: 'asc' },
          { _key: 'desc' },
          { _count: 'asc' },
          { sorter: 'desc' },
          { sorter: 'asc' },
        ]);
        const sorter = order !== undefined && 'sorter' in order ? { sorter: { max: { field: 'request.duration_ms' } } } : {};
        const inner = { aggs: { ...(aggs.aggs ?? {}), ...sorter } };
        return {
          terms: {
            field: keyField(),
            size: pick([1, 2, 5, 50]),
            ...(order === undefined ? {} : { order }),
            ...(random() < 0.2 ? { min_doc_count: 3 } : {}),
          },
          ...(Object.keys(inner.aggs).length > 0 ? inner : {}),
        };
      }
      case 'rare_terms':
        return { rare_terms: { field: pick(['msg.keyword', 'agent.name', 'tags']), max_doc_count: pick([1, 5]) }, ...aggs };
      case 'date_histogram':
        return { date_histogram: { field: 'timestamp', fixed_interval: pick(['12h', '6h', '24h']) }, ...aggs };
      case 'histogram':
        return { histogram: { field: pick(['request.duration_ms', 'retries', 'sizes']), interval: pick([20, 100, 250]) }, ...aggs };
      case 'filter':
        return { filter: { sql: first }, ...aggs };
      case 'filters':
        return { filters: { filters: { one: { sql: first }, two: { sql: second } }, other_bucket: random() < 0.5 }, ...aggs };
      case 'missing':
        return { missing: { field: keyField() }, ...aggs };
      default:
        return {
          range: {
            field: pick(['request.duration_ms', 'sizes']),
            ranges: [
              { key: 'low', to: 20 },
              { key: 'mid', from: 10, to: 700 },
              { key: 'top', from: 500 },
            ],
          },
          ...aggs,
        };
    }
  };
  const count = 1 + Math.floor(random() * 3);
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, random() < 0.4 ? metric() : bucket()]));
}
