import { analyze } from '../analyze.ts';
import type { Fuzziness, Query, Value } from '../query.ts';
import type { Sample } from './sample-table.ts';

/**
 * What a query means, evaluated on documents in JavaScript and sharing nothing with the SQL but the analyzer. Covers the
 * queries that the property test generates.
 */
type Bag = readonly (string | number | bigint | boolean)[];

function bagOf(sample: Sample, field: string): Bag {
  if (field === '_id') return [sample.id];
  if (field === 'at') return sample.at === undefined ? [] : [sample.at];
  const value = sample[field as keyof Sample] as Bag | Bag[number] | undefined;
  if (value === undefined || value === '') return [];
  const bag = typeof value === 'object' ? value : [value];
  return field === 'short' ? bag.filter((text) => String(text).length <= 5) : bag;
}

/** How strings of a field are compared. */
const kinds: Readonly<Record<string, 'exact' | 'tokens' | 'both'>> = { msg: 'tokens', note: 'both', tags: 'both', '*': 'both' };

function fieldsOf(field: string): string[] {
  return field === '*' ? ['msg', 'level', 'note', 'tags'] : [field];
}

/** A search without a field finds numbers and truth values by their whole value. */
const hasPlainValue = (sample: Sample, field: string, text: string): boolean =>
  field === '*' &&
  ['note', 'count', 'counts', 'ratio', 'ok'].some((name) =>
    bagOf(sample, name).some((value) => typeof value !== 'string' && String(value) === text),
  );

type StringTest = Readonly<{ whole: (text: string) => boolean; token: (token: string) => boolean }>;

function someString(sample: Sample, field: string, test: StringTest): boolean {
  return fieldsOf(field).some((name) =>
    bagOf(sample, name).some((value) => {
      if (typeof value !== 'string') return field !== '*' && test.whole(String(value));
      const kind = field === '*' ? 'both' : (kinds[name] ?? 'exact');
      return (kind !== 'tokens' && test.whole(value)) || (kind !== 'exact' && analyze(value).some(test.token));
    }),
  );
}

function compareValues(a: Bag[number], b: Value): number {
  if (typeof a === 'string' || typeof b === 'string') return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
  return a < b ? -1 : a > b ? 1 : 0;
}

const timeFields = new Set(['timestamp', 'at']);

function inRange(sample: Sample, query: Extract<Query, { kind: 'range' }>): boolean {
  return bagOf(sample, query.field).some((value) => {
    const isTime = timeFields.has(query.field);
    const order = (bound: Value) => (isTime ? Date.parse(String(value)) - Date.parse(String(bound)) : compareValues(value, bound));
    return (
      (query.gt === undefined || order(query.gt) > 0) &&
      (query.gte === undefined || order(query.gte) >= 0) &&
      (query.lt === undefined || order(query.lt) < 0) &&
      (query.lte === undefined || order(query.lte) <= 0)
    );
  });
}

/** Edits with swapped neighbours as one (optimal string alignment), over code points. */
export function editDistance(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const rows: number[][] = [];
  for (let i = 0; i <= left.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= right.length; j += 1) {
      const at = (x: number, y: number) => rows[x]?.[y] ?? 0;
      if (i === 0) {
        rows[i]?.push(j);
        continue;
      }
      const replace = at(i - 1, j - 1) + (left[i - 1] === right[j - 1] ? 0 : 1);
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replace);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      rows[i]?.push(best);
    }
  }
  return rows[left.length]?.[right.length] ?? 0;
}

function isNear(text: string, word: string, fuzziness: Fuzziness): boolean {
  const edits = typeof fuzziness.edits === 'number' ? fuzziness.edits : word.length < 3 ? 0 : word.length < 6 ? 1 : 2;
  const distance = editDistance(text, word);
  return distance === 0 || (distance <= edits && distance < Math.min([...text].length, [...word].length));
}

function wildcardRegExp(pattern: string): RegExp {
  const source = pattern.replace(/[*?]|[^*?]+/g, (part) =>
    part === '*' ? '.*' : part === '?' ? '.' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${source}$`, 'su');
}

/** Where each word stands in one value, for phrases. */
function hasPhrase(value: string, words: readonly string[], slop: number, prefix: boolean): boolean {
  const tokens = analyze(value);
  const places = words.map((word, index) =>
    tokens.flatMap((token, at) => ((prefix && index === words.length - 1 ? token.startsWith(word) : token === word) ? [at - index] : [])),
  );
  const all = places.flat();
  return all.some((from) => places.every((list) => list.some((place) => place >= from && place <= from + slop)));
}

function matchesWords(sample: Sample, query: Extract<Query, { kind: 'match' }>): boolean {
  const text = String(query.text);
  const words = analyze(text);
  if (hasPlainValue(sample, query.field, text)) return true;
  return fieldsOf(query.field).some((name) => {
    const bag = bagOf(sample, name);
    const kind = query.field === '*' ? 'both' : (kinds[name] ?? 'exact');
    const rest = bag.filter((value) => typeof value !== 'string' || kind === 'exact');
    if (rest.some((value) => String(value) === text)) return true;
    if (kind === 'exact' || words.length === 0) return bag.some((value) => String(value) === text);
    const tokens = bag.flatMap((value) => (typeof value === 'string' ? analyze(value) : []));
    const hits = words.map((word) =>
      tokens.some((token) => (query.fuzziness === undefined ? token === word : isNear(token, word, query.fuzziness))),
    );
    return query.operator === 'and' ? hits.every(Boolean) : hits.some(Boolean);
  });
}

export function evaluate(query: Query, sample: Sample): boolean {
  switch (query.kind) {
    case 'all':
      return true;
    case 'none':
      return false;
    case 'bool': {
      const required = [...query.must, ...query.filter];
      const hits = query.should.filter((inner) => evaluate(inner, sample)).length;
      const least = query.minimumShouldMatch === undefined ? 0 : Number(query.minimumShouldMatch);
      const needed = query.should.length === 0 ? 0 : Math.max(required.length === 0 ? 1 : 0, least);
      return (
        required.every((inner) => evaluate(inner, sample)) && hits >= needed && !query.mustNot.some((inner) => evaluate(inner, sample))
      );
    }
    case 'term':
      return (
        hasPlainValue(sample, query.field, String(query.value)) ||
        someString(sample, query.field, {
          whole: (text) => text === String(query.value),
          token: (token) => token === String(query.value),
        })
      );
    case 'terms':
      return query.values.some((value) =>
        evaluate({ kind: 'term', field: query.field, value, caseInsensitive: false, lenient: false }, sample),
      );
    case 'range':
      return inRange(sample, query);
    case 'match':
      return matchesWords(sample, query);
    case 'phrase': {
      const words = analyze(String(query.text));
      if (hasPlainValue(sample, query.field, String(query.text))) return true;
      return fieldsOf(query.field).some((name) =>
        bagOf(sample, name).some((value) => typeof value === 'string' && hasPhrase(value, words, query.slop, query.prefix)),
      );
    }
    case 'prefix':
      return someString(sample, query.field, {
        whole: (text) => text.startsWith(query.value),
        token: (token) => token.startsWith(query.value),
      });
    case 'wildcard': {
      const pattern = wildcardRegExp(query.value);
      return someString(sample, query.field, { whole: (text) => pattern.test(text), token: (token) => pattern.test(token) });
    }
    case 'regexp': {
      const pattern = new RegExp(`^(?:${query.value})$`, 'su');
      return someString(sample, query.field, { whole: (text) => pattern.test(text), token: (token) => pattern.test(token) });
    }
    case 'fuzzy': {
      const near = (text: string) => isNear(text, query.value, query.fuzziness);
      return fieldsOf(query.field).some((name) =>
        bagOf(sample, name).some((value) => typeof value === 'string' && someString(sample, name, { whole: near, token: near })),
      );
    }
    case 'exists':
      return bagOf(sample, query.field).length > 0;
    case 'ids':
      return query.values.includes(sample.id);
  }
}
