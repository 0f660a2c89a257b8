import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import type { CallScope } from './call-rows.ts';
import { type CallDetail, type CallMix, callsSql, countRows, lostRows, repeatsSql } from './tool-calls.ts';

type Selecting = Pick<Engine, 'select'>;

/** Calls that one statement groups, which takes about half a kilobyte each. */
const callsPerSlice = 300_000;

/** The statements of `callsSql` that together give each call of the scope once. None when there is no call. */
export async function* callSlices(
  engine: Selecting,
  scope: Omit<CallScope, 'hashes'>,
  details: readonly CallDetail[],
  limits: QueryLimits,
  sliceSize = callsPerSlice,
): AsyncGenerator<string> {
  const mix = await mixOf(engine, scope, limits);
  const slices = BigInt(Math.ceil(mix.rows / sliceSize));
  for (let at = 0n; at < slices; at++) {
    const hashes = [(2n ** 64n * at) / slices, (2n ** 64n * (at + 1n)) / slices - 1n] as const;
    const part = slices === 1n ? scope : { ...scope, hashes };
    const [found] = await engine.select(repeatsSql(part), limits);
    yield callsSql(part, mix, Number(found?.repeats) === 1, details);
  }
}

async function mixOf(engine: Selecting, scope: CallScope, limits: QueryLimits): Promise<CallMix> {
  const [row] = await engine.select(countRows(scope), limits);
  const counted = (name: string) => Number(row?.[name] ?? 0);
  const hasCallers = counted('callers') > 0;
  return {
    rows: counted('mcp') + counted('mesh'),
    hasCallers,
    hasLost: hasCallers && (await engine.select(lostRows(scope), limits)).length > 0,
    hasBoth: counted('own') > 0 && counted('recorded_behind') > 0,
    hasConversations: counted('own_named') > 0 && counted('recorded_named') > 0,
  };
}
