import { sqlString } from '../../lib/sql-text.ts';
import type { Trace, TraceLimits } from '../../model/trace.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { readTrace } from '../traces/read-trace.ts';

/**
 * A trace by its id, or by the one that `hexTraceId` made of it for programs that know only 32 hexadecimal digits: those find again what they
 * were shown. `undefined` when there is none.
 */
export async function findTrace(
  engine: Engine,
  id: string,
  limits: TraceLimits,
  nowMillis: number,
  queryLimits: QueryLimits = {},
): Promise<Trace | undefined> {
  for (const spelling of [id, ...shorterSpellings(id)]) {
    const trace = await readTrace(engine, spelling, limits, nowMillis, queryLimits);
    if (trace !== undefined) return trace;
  }
  const original = /^[0-9a-f]{32}$/.test(id) ? await originalOf(engine, id, queryLimits) : undefined;
  return original === undefined ? undefined : readTrace(engine, original, limits, nowMillis, queryLimits);
}

/** Ids of 64 bits are shown with zeros before them, and some programs leave zeros out again. */
function shorterSpellings(id: string): readonly string[] {
  const short = /^0{16}([0-9a-f]{16})$/i.exec(id)?.[1];
  if (short !== undefined) return [...new Set([short.toLowerCase(), short.toUpperCase()])].filter((one) => one !== id);
  if (!/^[0-9a-f]{1,31}$/i.test(id)) return [];
  const padded = [id.length < 16 ? [id.toLowerCase().padStart(16, '0')] : [], [id.toLowerCase().padStart(32, '0')]];
  return padded.flat();
}

/**
 * The id of which the digits were derived (`hexTraceId`), because it is neither 16 nor 32 hexadecimal digits. Looks at all ids of such a
 * form, and there are none where only OpenTelemetry sends.
 */
async function originalOf(engine: Engine, id: string, queryLimits: QueryLimits): Promise<string | undefined> {
  const isHex = `match(trace_id, '^(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$|^(?i)[0-9a-f]{16}$')
    AND NOT match(trace_id, '^[0-]+$')`;
  // Zeros are an id that no hexadecimal form has; it is derived by its key, which has no dashes.
  const key = `if(match(trace_id, '^0{8}-?0{4}-?0{4}-?0{4}-?0{12}$'), replaceAll(trace_id, '-', ''), trace_id)`;
  const [row] = await engine.select(
    `SELECT trace_id FROM traces WHERE NOT (${isHex}) AND lower(substring(hex(SHA256(concat('trace\\0', ${key}))), 1, 32)) = ${sqlString(id)} LIMIT 1`,
    queryLimits,
  );
  return row === undefined ? undefined : String(row.trace_id);
}
