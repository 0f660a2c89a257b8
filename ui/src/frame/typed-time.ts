import type { TimeRange } from '../state/time-range.ts';

const words: Readonly<Record<string, string>> = {
  s: 's',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  m: 'm',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  h: 'h',
  hr: 'h',
  hrs: 'h',
  hour: 'h',
  hours: 'h',
  d: 'd',
  day: 'd',
  days: 'd',
  w: 'w',
  week: 'w',
  weeks: 'w',
};

const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const startOfDay = (millis: number, daysAgo: number): Date => {
  const date = new Date(millis);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysAgo);
};

type Clock = Readonly<{ hours: number; minutes: number; seconds: number }>;

/** 9, 9:30, 14:03:07, 9pm. */
function readClock(text: string): Clock | undefined {
  const [, hour, minute = '0', second = '0', half] = /^(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*(am|pm)?$/.exec(text.trim()) ?? [];
  if (hour === undefined) return undefined;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  return hours <= 24 && Number(minute) < 60 && Number(second) < 60
    ? { hours, minutes: Number(minute), seconds: Number(second) }
    : undefined;
}

const at = (day: Date, { hours, minutes, seconds }: Clock): number =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate(), hours, minutes, seconds).getTime();

const between = (startMillis: number, endMillis: number): TimeRange | undefined =>
  startMillis < endMillis ? { from: new Date(startMillis).toISOString(), to: new Date(endMillis).toISOString() } : undefined;

/** today, yesterday, monday, 2026-11-20: the start of the day, and whether it is today. */
function readDay(text: string, nowMillis: number): Date | undefined {
  if (text === 'today') return startOfDay(nowMillis, 0);
  if (text === 'yesterday') return startOfDay(nowMillis, 1);
  const weekday = dayNames.findIndex((name) => text.length >= 3 && name.startsWith(text));
  if (weekday >= 0) return startOfDay(nowMillis, (new Date(nowMillis).getDay() - weekday + 7) % 7 || 7);
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(Number(year), Number(month) - 1, Number(day));
  return date.getMonth() === Number(month) - 1 ? date : undefined;
}

function readInstant(text: string, nowMillis: number): number | undefined {
  if (text === 'now') return nowMillis;
  const clock = readClock(text);
  if (clock !== undefined) return at(startOfDay(nowMillis, 0), clock);
  const [day, time] = text.split(/[ t](?=\d)/);
  const date = readDay(day as string, nowMillis);
  const parsedClock = time === undefined ? undefined : readClock(time);
  if (date !== undefined && time === undefined) return date.getTime();
  if (date !== undefined && parsedClock !== undefined) return at(date, parsedClock);
  if (/^\d{10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{13}$/.test(text)) return Number(text);
  const millis = /^\d{4}-/.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis;
}

/**
 * What someone types into the time picker: `last 3h`, `15m`, `today`, `yesterday`, `yesterday 9-10`, `mon 14:00-14:30`, `9:30 - 10`,
 * `2026-11-20 14:00 to 2026-11-20 15:00`, `now-2d to now-1d`, `since 9:30`. `undefined` when it is none of these. In the zone of the browser.
 */
export function parseTypedTime(typed: string, nowMillis: number): TimeRange | undefined {
  const text = typed.trim().toLowerCase().replace(/\s+/g, ' ');
  const [, count = '1', unit] = /^(?:last |past )?(\d+)? ?([a-z]+)$/.exec(text) ?? [];
  const short = unit === undefined ? undefined : words[unit];
  if (short !== undefined && Number(count) > 0) return { from: `now-${Number(count)}${short}`, to: 'now' };
  if (text === 'today') return { from: 'now/d', to: 'now' };
  if (text === 'this week') return { from: 'now/w', to: 'now' };

  const [, since] = /^(?:since|from|after) (.+)$/.exec(text) ?? [];
  if (since !== undefined && !/ (?:to|until) /.test(since)) {
    const startMillis = readInstant(since, nowMillis);
    return startMillis === undefined || startMillis >= nowMillis ? undefined : { from: new Date(startMillis).toISOString(), to: 'now' };
  }

  const [, dayText, clocks] = /^(\S+) (\d{1,2}\S*? ?(?:am|pm)? ?(?:-|–|to) ?\d{1,2}\S*(?: ?[ap]m)?)$/.exec(text) ?? [];
  const onDay = dayText === undefined ? undefined : readDay(dayText, nowMillis);
  if (onDay !== undefined && clocks !== undefined) return clockRange(onDay, clocks);

  const day = readDay(text, nowMillis);
  if (day !== undefined) return between(day.getTime(), new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).getTime());

  const todayClocks = clockRange(startOfDay(nowMillis, 0), text);
  if (todayClocks !== undefined) return todayClocks;

  const [start, end, ...rest] = text.replace(/^(?:from|between) /, '').split(/ (?:to|until|and|–|-) /);
  if (start === undefined || end === undefined || rest.length > 0) return undefined;
  const maths = /^now(?:[+-]\d+[smhdw])*(?:\/[smhdw])?$/;
  if (maths.test(start) && maths.test(end)) return { from: start, to: end };
  const startMillis = readInstant(start, nowMillis);
  const endMillis = readInstant(end, nowMillis);
  return startMillis === undefined || endMillis === undefined ? undefined : between(startMillis, endMillis);
}

/** 9-10, 9:30-10:15. */
function clockRange(day: Date, text: string): TimeRange | undefined {
  const [first, second, ...rest] = text.split(/ ?(?:-|–|\bto\b) ?/);
  const start = first === undefined ? undefined : readClock(first);
  const end = second === undefined || rest.length > 0 ? undefined : readClock(second);
  return start === undefined || end === undefined ? undefined : between(at(day, start), at(day, end));
}
