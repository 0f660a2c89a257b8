import type { ReadOptions } from '../../catalogue/resolve-read.ts';
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
