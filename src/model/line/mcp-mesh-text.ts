import { levelPattern, type TextFormat } from './text-record.ts';
import { readTextTime } from './text-time.ts';

const pattern = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d) (${levelPattern}) +(?:\\[([0-9a-f-]{8})\\] )?`);

/**
 * MCP Mesh's own layout (Python agents, Go registry): `2026-01-05 14:24:38 INFO     message`, in local time. The prefix
 * `[a1b2c3d4] ` is the beginning of a trace id; it stays in `msg` and is also `trace.trace_id_prefix`.
 */
export const parseMcpMeshText: TextFormat = (line) => {
  const match = pattern.exec(line);
  if (match === null) return undefined;
  const time = readTextTime(match[1] as string, match[2] as string, undefined, undefined);
  if (time === undefined) return undefined;
  const prefix = match[4];
  const msg = line.slice(match[0].length - (prefix === undefined ? 0 : prefix.length + 3));
  const more = new Map(prefix === undefined ? [] : [['trace', { trace_id_prefix: prefix }] as const]);
  return { msg, level: match[3]?.toUpperCase(), ...time, more };
};
