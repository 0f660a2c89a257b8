import type { TextFormat } from './text-record.ts';
import { readTextTime } from './text-time.ts';

const pattern = /^(?:\[([A-Za-z][\w-]{0,40})\] )?(\d{4}\/\d\d\/\d\d)(?: -)? (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?: \| |: | )/;

/**
 * Go's standard logger, with the prefixes that MCP Mesh's registry uses: `2026/11/20 13:17:15 message`,
 * `[TRACE-EXPORT] 2026/11/20 13:17:15 message`, `[GIN] 2026/01/05 - 14:24:38 | 200 | …`.
 */
export const parseGoText: TextFormat = (line) => {
  const match = pattern.exec(line);
  if (match === null) return undefined;
  const time = readTextTime(match[2] as string, match[3] as string, match[4], undefined);
  return time === undefined ? undefined : { msg: line.slice(match[0].length), name: match[1], ...time };
};
