import { elasticsearchError, illegalArgument } from '../lib/elasticsearch-errors.ts';
import { joinObjects } from '../lib/json/json-text.ts';
import { type Aliases, type AliasProperties, aliasOn, aliasTargets, type IndexRecord } from './catalogue-state.ts';
import type { Draft } from './draft.ts';
import { checkAliasName } from './index-name.ts';
import { matchesPattern } from './name-pattern.ts';

export type AliasAction =
  | Readonly<{ add: Readonly<{ indices: readonly string[]; dataStreams: readonly string[]; alias: string; properties: AliasProperties }> }>
  | Readonly<{ remove: Readonly<{ indices: readonly string[]; dataStreams: readonly string[]; alias: string; mustExist: boolean }> }>;

/**
 * Throws unless the aliases of these (new or changed) indices fit the rest: no alias is called like an index, and each has at most one
 * write index.
 */
export function checkAliasAdditions(draft: Draft, changed: readonly IndexRecord[]): void {
  const names = new Set(changed.flatMap(({ aliases }) => Object.keys(aliases)));
  for (const alias of names) {
    checkAliasName(alias);
    if (draft.get('index', alias) || draft.get('data_stream', alias) || changed.some(({ name }) => name === alias)) {
      throw elasticsearchError(
        'invalid_alias_name_exception',
        `Invalid alias name [${alias}]: an index or data stream exists with the same name as the alias`,
        { details: { index_uuid: '_na_', index: alias } },
      );
    }
    const targets = aliasTargets(draft.state).get(alias);
    if (targets && targets.dataStreams.length > 0)
      throw illegalArgument(`alias [${alias}] refers to data streams and cannot refer to indices too`);
    const known = (targets?.indices ?? []).flatMap((name) => draft.get('index', name) ?? []);
    const after = [...known.filter((record) => !changed.some(({ name }) => name === record.name)), ...changed];
    const writers = after.filter(({ aliases }) => aliasOn(aliases, alias)?.is_write_index === true).map(({ name }) => name);
    if (writers.length > 1) {
      throw elasticsearchError('illegal_state_exception', `alias [${alias}] has more than one write index [${writers.sort().join(',')}]`);
    }
  }
}

/** Carries out alias actions in order: all of them or none. Throws 404 for a removal that must find something. */
export function changeAliases(draft: Draft, actions: readonly AliasAction[]): void {
  const touched = new Set<string>();
  for (const action of actions) {
    if ('add' in action) addAlias(draft, action.add, touched);
    else removeAlias(draft, action.remove);
  }
  // Checked at the end, so that a write index can move from one index to another in one request.
  checkAliasAdditions(
    draft,
    [...touched].flatMap((name) => draft.get('index', name) ?? []),
  );
}

type Addition = Extract<AliasAction, { add: unknown }>['add'];
type Removal = Extract<AliasAction, { remove: unknown }>['remove'];

function addAlias(draft: Draft, { indices, dataStreams, alias, properties }: Addition, touched: Set<string>): void {
  checkAliasName(alias);
  for (const name of dataStreams) {
    const stream = draft.get('data_stream', name);
    if (stream) draft.put('data_stream', name, { ...stream, aliases: withAlias(stream.aliases, alias, properties) });
  }
  if (dataStreams.length > 0 && (aliasTargets(draft.state).get(alias)?.indices.length ?? 0) + indices.length > 0) {
    throw illegalArgument(`alias [${alias}] cannot refer to indices and data streams`);
  }
  for (const name of indices) {
    const record = draft.get('index', name);
    if (!record) continue;
    if (record.dataStream !== undefined) {
      throw illegalArgument(
        `The provided expressions [${name}] match a backing index belonging to data stream [${record.dataStream}]. Data stream backing indices don't support aliases.`,
      );
    }
    draft.put('index', name, { ...record, aliases: withAlias(record.aliases, alias, properties) });
    touched.add(name);
  }
}

function withAlias(aliases: Aliases, alias: string, properties: AliasProperties): Aliases {
  return joinObjects(aliases, { [alias]: properties }) as Aliases;
}

function withoutAliases(aliases: Aliases, pattern: string): Aliases {
  return joinObjects(
    ...Object.entries(aliases).flatMap(([name, value]) => (matchesPattern(pattern, name) ? [] : [{ [name]: value }])),
  ) as Aliases;
}

function removeAlias(draft: Draft, { indices, dataStreams, alias, mustExist }: Removal): void {
  const pattern = alias === '_all' ? '*' : alias;
  let found = false;
  for (const [kind, names] of [
    ['index', indices],
    ['data_stream', dataStreams],
  ] as const) {
    for (const name of names) {
      const record = draft.get(kind, name);
      if (!record) continue;
      const aliases = withoutAliases(record.aliases, pattern);
      if (Object.keys(aliases).length === Object.keys(record.aliases).length) continue;
      found = true;
      draft.put(kind, name, { ...record, aliases } as never);
    }
  }
  if (!found && mustExist) {
    throw elasticsearchError('aliases_not_found_exception', `aliases [${alias}] missing`, {
      code: 'not_found',
      details: {
        'resource.type': 'aliases',
        'resource.id': alias,
      },
    });
  }
}
