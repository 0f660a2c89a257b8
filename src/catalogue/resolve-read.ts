import { elasticsearchError, illegalArgument } from '../lib/elasticsearch-errors.ts';
import type { AppError } from '../lib/errors.ts';
import type { JsonObject } from '../lib/json/json-text.ts';
import { indexNotFound } from './catalogue-errors.ts';
import { aliasOn, aliasTargets, type CatalogueState, type IndexRecord } from './catalogue-state.ts';
import { resolveDateMathName } from './date-math-name.ts';
import { matchesPattern } from './name-pattern.ts';
import { settingText } from './settings.ts';

export type ReadOptions = Readonly<{
  /** Names that do not exist, and closed indices, are left out instead of failing. Default false. */
  ignoreUnavailable?: boolean;
  /** False: an expression that matches nothing is 404. Default true. */
  allowNoIndices?: boolean;
  /** Comma list of `open`, `closed`, `hidden`, `none`, `all`: what patterns match. Default `open`. */
  expandWildcards?: string;
  /** True for administration, which may name closed indices. Searches fail with `index_closed_exception`. Default false. */
  allowClosed?: boolean;
}>;

export type ReadTarget = Readonly<{
  index: string;
  /** Query DSL of the aliases through which the index was named: a document must match one of them. Empty: all documents. */
  filters: readonly JsonObject[];
}>;

export type Expansion = Readonly<{ open: boolean; closed: boolean; hidden: boolean }>;

/** Throws 400 for an unknown word. */
export function parseExpansion(text: string | undefined): Expansion {
  let expansion = { open: false, closed: false, hidden: false };
  for (const word of (text || 'open').split(',')) {
    if (word === 'all') expansion = { open: true, closed: true, hidden: true };
    else if (word === 'none') expansion = { open: false, closed: false, hidden: false };
    else if (word === 'open' || word === 'closed' || word === 'hidden') expansion = { ...expansion, [word]: true };
    else throw illegalArgument(`No valid expand wildcard value [${word}]`);
  }
  return expansion.hidden && !expansion.open && !expansion.closed ? { ...expansion, open: true } : expansion;
}

/** A name that an expression selected, before aliases and data streams are followed. */
export type NamedTarget = Readonly<{ name: string; kind: 'index' | 'alias' | 'data_stream' }>;

export function isHidden(record: IndexRecord): boolean {
  return settingText(record.settings, 'index.hidden') === 'true';
}

function matchingNames(state: CatalogueState, pattern: string, expansion: Expansion): NamedTarget[] {
  // A pattern that starts with a dot asks for hidden names that start with one.
  const hiddenToo = (name: string) => expansion.hidden || (pattern.startsWith('.') && name.startsWith('.'));
  const wanted = (record: IndexRecord) =>
    (record.open ? expansion.open : expansion.closed) && (!isHidden(record) || hiddenToo(record.name));
  const found: NamedTarget[] = [];
  if (!expansion.open && !expansion.closed) return found;
  for (const record of state.index.values()) {
    if (matchesPattern(pattern, record.name) && wanted(record)) found.push({ name: record.name, kind: 'index' });
  }
  for (const stream of state.data_stream.values()) {
    if (matchesPattern(pattern, stream.name) && (!stream.hidden || hiddenToo(stream.name)))
      found.push({ name: stream.name, kind: 'data_stream' });
  }
  for (const [alias, targets] of aliasTargets(state)) {
    if (!matchesPattern(pattern, alias)) continue;
    const hidden =
      targets.indices.length > 0 && targets.indices.every((name) => aliasOn(state.index.get(name)?.aliases ?? {}, alias)?.is_hidden);
    if (!hidden || hiddenToo(alias)) found.push({ name: alias, kind: 'alias' });
  }
  return found;
}

function exactName(state: CatalogueState, name: string): NamedTarget | undefined {
  if (state.index.has(name)) return { name, kind: 'index' };
  if (state.data_stream.has(name)) return { name, kind: 'data_stream' };
  return aliasTargets(state).has(name) ? { name, kind: 'alias' } : undefined;
}

const maxParts = 10_000;

type Selection = Readonly<{
  selected: ReadonlyMap<string, NamedTarget>;
  /** Names taken out by `-name`: an index among them stays out even when an alias that was selected leads to it. */
  excluded: ReadonlySet<string>;
}>;

/**
 * The names that an index expression selects: comma lists, `*`, `-exclude` behind a pattern, `_all`, date math. Throws 404 for a
 * missing name unless `ignoreUnavailable`.
 */
export function selectNames(
  state: CatalogueState,
  expression: string | undefined,
  options: ReadOptions,
  nowMillis: number,
): readonly NamedTarget[] {
  return [...select(state, expression, options, nowMillis).selected.values()];
}

function select(state: CatalogueState, expression: string | undefined, options: ReadOptions, nowMillis: number): Selection {
  const expansion = parseExpansion(options.expandWildcards);
  const parts = expression === undefined || expression === '' || expression === '_all' ? ['*'] : expression.split(',');
  if (parts.length > maxParts) throw illegalArgument(`the index expression has more than ${maxParts} parts`);
  const selected = new Map<string, NamedTarget>();
  const excluded = new Set<string>();
  let wildcardSeen = false;
  for (const part of parts) {
    if (wildcardSeen && part.startsWith('-')) {
      for (const { name } of namesOf(state, resolveDateMathName(part.slice(1), nowMillis), everything)) {
        selected.delete(name);
        excluded.add(name);
      }
      continue;
    }
    const name = resolveDateMathName(part, nowMillis);
    for (const target of found(state, name, expansion, options)) {
      selected.set(target.name, target);
      excluded.delete(target.name);
    }
    wildcardSeen ||= isPattern(name);
  }
  if (selected.size === 0 && options.allowNoIndices === false) throw indexNotFound(expression ?? '_all');
  return { selected, excluded };
}

function found(state: CatalogueState, name: string, expansion: Expansion, options: ReadOptions): readonly NamedTarget[] {
  const names = namesOf(state, name, expansion);
  if (names.length > 0 || name === '') return names;
  if (!isPattern(name) && !options.ignoreUnavailable) throw missing(name);
  if (isPattern(name) && options.allowNoIndices === false) throw indexNotFound(name);
  return names;
}

function isPattern(name: string): boolean {
  return name.includes('*') || name === '_all';
}

function namesOf(state: CatalogueState, name: string, expansion: Expansion): readonly NamedTarget[] {
  if (isPattern(name)) return matchingNames(state, name === '_all' ? '*' : name, expansion);
  const target = exactName(state, name);
  return target ? [target] : [];
}

const everything: Expansion = { open: true, closed: true, hidden: true };

function missing(name: string): AppError {
  if (!name.startsWith('_')) return indexNotFound(name);
  return elasticsearchError('invalid_index_name_exception', `Invalid index name [${name}], must not start with '_'.`, {
    details: {
      index_uuid: '_na_',
      index: name,
    },
  });
}

/** The concrete indices behind an expression, by name, each with the filters of its aliases. */
export function resolveRead(
  state: CatalogueState,
  expression: string | undefined,
  options: ReadOptions,
  nowMillis: number,
): readonly ReadTarget[] {
  const { selected, excluded } = select(state, expression, options, nowMillis);
  // undefined: reached without a filter, which wins over every filter.
  const filters = new Map<string, JsonObject[] | undefined>();
  const reach = (index: string, filter: JsonObject | undefined) => {
    const known = filters.get(index);
    if (!filters.has(index)) filters.set(index, filter && [filter]);
    else if (known && filter) known.push(filter);
    else filters.set(index, undefined);
  };
  for (const { name, kind } of selected.values()) {
    if (kind === 'index') reach(name, undefined);
    else if (kind === 'data_stream') for (const index of state.data_stream.get(name)?.indices ?? []) reach(index, undefined);
    else followAlias(state, name, reach);
  }
  const explicit = new Set((expression ?? '').split(','));
  const keep = (index: string) => {
    if (excluded.has(index)) return false;
    const record = state.index.get(index);
    if (!record || record.open || options.allowClosed) return record !== undefined;
    if (options.ignoreUnavailable || !explicit.has(index)) return false;
    throw elasticsearchError('index_closed_exception', 'closed', { details: { index_uuid: record.uuid, index } });
  };
  return [...filters]
    .filter(([index]) => keep(index))
    .map(([index, list]) => ({ index, filters: list ?? [] }))
    .sort(byIndex);
}

const byIndex = (left: ReadTarget, right: ReadTarget) => (left.index < right.index ? -1 : 1);

function followAlias(state: CatalogueState, alias: string, reach: (index: string, filter: JsonObject | undefined) => void): void {
  const targets = aliasTargets(state).get(alias);
  for (const index of targets?.indices ?? []) reach(index, aliasOn(state.index.get(index)?.aliases ?? {}, alias)?.filter);
  for (const name of targets?.dataStreams ?? []) {
    const stream = state.data_stream.get(name);
    for (const index of stream?.indices ?? []) reach(index, aliasOn(stream?.aliases ?? {}, alias)?.filter);
  }
}
