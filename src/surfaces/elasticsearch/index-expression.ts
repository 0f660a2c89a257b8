import type { IndexRecord } from '../../catalogue/catalogue-state.ts';
import type { ReadOptions } from '../../catalogue/resolve-read.ts';
import type { AdministrationPorts } from './administration-ports.ts';
import type { Call } from './call.ts';

/** The query parameters that say how index expressions are read, with the defaults of the endpoint. */
export function readOptions(call: Call, defaults: ReadOptions = {}): ReadOptions {
  const expandWildcards = call.text('expand_wildcards') ?? defaults.expandWildcards;
  return {
    ...defaults,
    ignoreUnavailable: call.flag('ignore_unavailable', defaults.ignoreUnavailable),
    allowNoIndices: call.flag('allow_no_indices', defaults.allowNoIndices ?? true),
    ...(expandWildcards === undefined ? {} : { expandWildcards }),
  };
}

const administration: ReadOptions = { allowClosed: true, expandWildcards: 'open,closed' };

/** The indices that the path's `:index` names; all of them without it. */
export function indicesOf(call: Call, ports: AdministrationPorts, defaults: ReadOptions = administration): readonly IndexRecord[] {
  const targets = ports.catalogue.resolveRead(call.param('index'), readOptions(call, defaults));
  return targets.flatMap(({ index }) => ports.catalogue.state.index.get(index) ?? []);
}

/** `_shards` of answers: each index is one shard. */
export function shards(count: number): Readonly<{ total: number; successful: number; failed: number }> {
  return { total: count, successful: count, failed: 0 };
}

export const acknowledged = { json: { acknowledged: true } } as const;
