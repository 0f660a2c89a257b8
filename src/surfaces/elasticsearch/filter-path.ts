import { matchesPattern } from '../../catalogue/name-pattern.ts';
import { ExactNumber } from '../../lib/json/json-text.ts';

type Pattern = readonly string[];
/** A place inside a pattern: everything before `at` has been matched by the path so far. */
type Place = Readonly<{ pattern: Pattern; at: number }>;

function parsePattern(text: string): Pattern {
  return text.split(/(?<!\\)\./).map((segment) => segment.replaceAll('\\.', '.'));
}

/** The places after one more key, without doubles, so that many `**` cannot multiply. `done`: the key is matched in full. */
function advance(places: readonly Place[], key: string): Readonly<{ done: boolean; next: readonly Place[] }> {
  const next: Place[] = [];
  let done = false;
  const add = (place: Place) => {
    if (place.at === place.pattern.length) done = true;
    else if (!next.some((other) => other.pattern === place.pattern && other.at === place.at)) next.push(place);
  };
  for (const { pattern, at: start } of places) {
    let at = start;
    for (; pattern[at] === '**'; at++) add({ pattern, at });
    if (at === pattern.length) done = true;
    else if (matchesPattern(pattern[at] as string, key)) add({ pattern, at: at + 1 });
  }
  return { done, next };
}

type Rule = (result: Readonly<{ done: boolean; next: readonly Place[] }>, value: unknown) => unknown;

function mapMembers(value: object, places: readonly Place[], rule: Rule): unknown {
  const kept: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value)) {
    const result = rule(advance(places, key), member);
    if (result !== undefined) kept[key] = result;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null && !(value instanceof ExactNumber);

/** Arrays are transparent: a path goes through them as if each element stood in the array's place. */
function include(value: unknown, places: readonly Place[]): unknown {
  if (places.length === 0 || !isTree(value)) return undefined;
  if (Array.isArray(value)) {
    const kept = value.map((item) => include(item, places)).filter((item) => item !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  return mapMembers(value, places, ({ done, next }, member) => (done ? member : include(member, next)));
}

function exclude(value: unknown, places: readonly Place[]): unknown {
  if (places.length === 0 || !isTree(value) || Object.keys(value).length === 0) return value;
  if (Array.isArray(value)) return value.map((item) => exclude(item, places)).filter((item) => item !== undefined);
  return mapMembers(value, places, ({ done, next }, member) => (done ? undefined : exclude(member, next)));
}

/** Applies `?filter_path=a,b.*.c,-d` to an answer. Nothing left gives `{}`. */
export function filterPath(value: unknown, filter: string): unknown {
  const patterns = filter.split(',').map((pattern) => pattern.trim());
  const includes = patterns.filter((pattern) => pattern !== '' && !pattern.startsWith('-')).map(parsePattern);
  const excludes = patterns.filter((pattern) => pattern.startsWith('-')).map((pattern) => parsePattern(pattern.slice(1)));
  const start = (list: readonly Pattern[]) => list.map((pattern) => ({ pattern, at: 0 }));
  const included = includes.length === 0 ? value : include(value, start(includes));
  return exclude(included, start(excludes)) ?? {};
}
