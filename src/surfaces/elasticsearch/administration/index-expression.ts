import type { IndexRecord } from '../../../catalogue/catalogue-state.ts';
import type { ReadOptions } from '../../../catalogue/resolve-read.ts';
import type { Call } from '../call.ts';
import { readOptions } from '../read-options.ts';
import type { AdministrationPorts } from './administration-ports.ts';

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
