import { sqlString } from '../../lib/sql-text.ts';
import type { Trace, TraceLimits } from '../../model/trace.ts';
import { traceKey } from '../../model/trace-id.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { assembleTrace } from './assemble-spans.ts';
import { parseSpanRow, type SpanRow, spanRowColumns } from './span-rows.ts';

/** The trace as it is now, by its id in any spelling; `undefined` when no record of it is stored. */
export async function readTrace(
  engine: Engine,
  id: string,
  limits: TraceLimits,
  nowMillis: number,
  queryLimits: QueryLimits = {},
): Promise<Trace | undefined> {
  const key = traceKey(id);
  const rows = await readRows(engine, `trace_hash = cityHash64(${sqlString(key)})`, queryLimits);
  return assembleTrace(
    rows.filter(({ traceId }) => traceKey(traceId) === key),
    limits,
    nowMillis,
  );
}

/** `trace_hash` in decimal. `hours`: those in which its records came in, in seconds since the epoch, when they are known. */
export type TraceAddress = Readonly<{ hash: string; hours?: readonly number[] }>;

/** Several traces at once, in the order of `addresses`. Those that share a hash (which none has done yet) are all given. */
export async function readTraces(
  engine: Engine,
  addresses: readonly TraceAddress[],
  limits: TraceLimits,
  nowMillis: number,
  queryLimits: QueryLimits = {},
): Promise<readonly Trace[]> {
  if (addresses.length === 0) return [];
  const conditions = [`trace_hash IN (${addresses.map(({ hash }) => BigInt(hash)).join(', ')})`];
  if (addresses.every(({ hours }) => hours !== undefined)) {
    const hours = new Set(addresses.flatMap((address) => address.hours ?? []));
    conditions.unshift(`hour IN (${[...hours].map((hour) => `toDateTime(${Math.trunc(hour)}, 'UTC')`).join(', ')})`);
  }
  const byHash = new Map<string, Map<string, SpanRow[]>>();
  for (const row of await readRows(engine, conditions.join(' AND '), queryLimits)) {
    const byKey = byHash.get(row.hash) ?? new Map<string, SpanRow[]>();
    byHash.set(row.hash, byKey);
    const key = traceKey(row.traceId);
    const group = byKey.get(key);
    if (group) group.push(row);
    else byKey.set(key, [row]);
  }
  return addresses.flatMap(({ hash }) => {
    const groups = [...(byHash.get(hash)?.values() ?? [])];
    return groups.flatMap((rows) => assembleTrace(rows, limits, nowMillis) ?? []);
  });
}

async function readRows(engine: Engine, condition: string, queryLimits: QueryLimits): Promise<readonly SpanRow[]> {
  const rows = await engine.select(`SELECT ${spanRowColumns} FROM spans WHERE ${condition}`, queryLimits);
  return rows.map(parseSpanRow);
}
