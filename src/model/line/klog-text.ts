import type { TextFormat } from './text-record.ts';
import { readTextTime } from './text-time.ts';

const pattern = /^([IWEF])(\d\d)(\d\d) (\d\d:\d\d:\d\d)\.(\d{6}) +(\d{1,10}) ([^\s:\]]{1,200}):(\d{1,7})\] /;
const levels = new Map([
  ['I', 'INFO'],
  ['W', 'WARNING'],
  ['E', 'ERROR'],
  ['F', 'FATAL'],
]);
const dayMillis = 86_400_000;

/** Kubernetes' klog: `E0105 14:24:38.123456  1 server.go:42] message`. It writes no year: the latest that is not in the future. */
export const parseKlogText: TextFormat = (line, nowMillis) => {
  const match = pattern.exec(line);
  if (match === null) return undefined;
  const [, letter, month, day, clock, fraction, thread, file, number] = match as unknown as [string, ...string[]];
  const year = new Date(nowMillis).getFullYear();
  const inYear = (candidate: number) => readTextTime(`${candidate}-${month}-${day}`, clock as string, fraction, undefined);
  const thisYear = inYear(year);
  const time = thisYear !== undefined && Date.parse(thisYear.timestamp) <= nowMillis + dayMillis ? thisYear : inYear(year - 1);
  if (time === undefined) return undefined;
  return {
    msg: line.slice(match[0].length),
    level: levels.get(letter as string),
    ...time,
    more: new Map<string, number | Record<string, string | number>>([
      ['thread_id', Number(thread)],
      ['source', { file: file as string, line: Number(number) }],
    ]),
  };
};
