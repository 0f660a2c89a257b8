import type { TextFormat } from './text-record.ts';
import { readTextTime, timePattern } from './text-time.ts';

const pair = /([A-Za-z_@][\w.@/-]{0,100})=(?:"((?:[^"\\]|\\.)*)"|([^\s"=]*))(?: +|$)/y;
const wholeTime = new RegExp(`^${timePattern}$`);
const maxPairs = 200;
const maxChars = 65_536;

/**
 * logfmt: `time=2024-01-01T00:00:00Z level=info msg="tool called" tool=add`. The whole line must be pairs, and one of
 * them a level, message or time, so that prose with an equals sign is not taken apart. Values stay text.
 */
export const parseLogfmtText: TextFormat = (line) => {
  const pairs = line.length > maxChars ? undefined : readPairs(line);
  if (pairs === undefined) return undefined;
  const takeFirst = (...keys: string[]): string | undefined => {
    const key = keys.find((candidate) => pairs.has(candidate));
    if (key === undefined) return undefined;
    const value = pairs.get(key);
    pairs.delete(key);
    return value;
  };
  const level = takeFirst('level', 'lvl', 'severity');
  const msg = takeFirst('msg', 'message');
  if (level === undefined && msg === undefined) return undefined;
  const timeKey = ['timestamp', 'time', 'ts'].find((key) => pairs.has(key));
  const parts = timeKey === undefined ? null : wholeTime.exec(pairs.get(timeKey) ?? '');
  const time = parts === null ? undefined : readTextTime(parts[1] as string, parts[2] as string, parts[3], parts[4]);
  if (time !== undefined && timeKey !== undefined) pairs.delete(timeKey);
  return { msg: msg ?? '', level: level?.toUpperCase(), name: pairs.has('name') ? undefined : takeFirst('logger'), ...time, more: pairs };
};

function readPairs(line: string): Map<string, string> | undefined {
  const pairs = new Map<string, string>();
  pair.lastIndex = 0;
  while (pair.lastIndex < line.length) {
    const match = pair.exec(line);
    if (match === null || pairs.has(match[1] as string) || pairs.size >= maxPairs) return undefined;
    pairs.set(match[1] as string, match[2] === undefined ? (match[3] ?? '') : unescapeQuoted(match[2]));
  }
  return pairs.size >= 2 ? pairs : undefined;
}

function unescapeQuoted(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, char: string) => ({ n: '\n', t: '\t', r: '\r' })[char] ?? char);
}
