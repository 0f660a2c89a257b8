import { levelPattern, type TextFormat } from './text-record.ts';
import { readTextTime, timePattern } from './text-time.ts';

const levels = `(${levelPattern})`;
const logger = '([^\\s:|\\[\\]]{1,200})';
const start = `^${timePattern}`;

/** The layouts of Python's logging that documentation and tutorials show, and loguru's. Groups 1 to 4 are the time's. */
const dated: readonly Readonly<{ pattern: RegExp; level: number; name: number }>[] = [
  // %(asctime)s - %(name)s - %(levelname)s - %(message)s
  { pattern: new RegExp(`${start} - ${logger} - ${levels} +- `), level: 6, name: 5 },
  // %(asctime)s - %(levelname)s - %(message)s
  { pattern: new RegExp(`${start} - ${levels} +- `), level: 5, name: 0 },
  // %(asctime)s [%(levelname)s] %(name)s: %(message)s
  { pattern: new RegExp(`${start} \\[${levels} *\\] ${logger}: `), level: 5, name: 6 },
  // %(asctime)s %(levelname)s [%(name)s] %(message)s
  { pattern: new RegExp(`${start} ${levels} +\\[([^\\]\\s]{1,200})\\]:? `), level: 5, name: 6 },
  // loguru: time | LEVEL | module:function:line - message
  { pattern: new RegExp(`${start} \\| ${levels} +\\| ([^\\s|]{1,200}:\\d+) - `), level: 5, name: 6 },
];

/** `INFO:root:message`, the layout of `logging.basicConfig()` without arguments. */
const undated = new RegExp(`^(${levelPattern}):([^\\s:]{1,200}):`);

export const parsePythonText: TextFormat = (line) => {
  for (const { pattern, level, name } of dated) {
    const match = pattern.exec(line);
    if (match === null) continue;
    const time = readTextTime(match[1] as string, match[2] as string, match[3], match[4]);
    if (time === undefined) return undefined;
    return { msg: line.slice(match[0].length), level: match[level]?.toUpperCase(), name: name === 0 ? undefined : match[name], ...time };
  }
  const match = undated.exec(line);
  return match === null ? undefined : { msg: line.slice(match[0].length), level: match[1]?.toUpperCase(), name: match[2] };
};
