import { illegalArgument } from '../../../lib/elasticsearch-errors.ts';

/**
 * Elasticsearch's cron expressions: `seconds minutes hours day-of-month month day-of-week [year]`, all in UTC, days of the week from
 * SUN (1) to SAT (7), `?` for one of the two day fields.
 */
export type Cron = Readonly<{
  seconds: ReadonlySet<number>;
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  months: ReadonlySet<number>;
  years: ReadonlySet<number> | undefined;
  matchesDay: (year: number, month: number, day: number) => boolean;
}>;

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function fail(expression: string, reason: string): never {
  throw illegalArgument(`invalid schedule [${expression}]: ${reason}`);
}

type Range = Readonly<{ least: number; most: number; names?: readonly string[] }>;

function parseValue(expression: string, text: string, { least, most, names }: Range): number {
  const named = names?.indexOf(text) ?? -1;
  const value = named >= 0 ? named + 1 : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) fail(expression, `[${text}] is not a value from ${least} to ${most}`);
  return value;
}

/** First value, last value and step of `*`, `a`, `a-b`, `a/n`, `a-b/n`, `/n`. */
function parsePart(expression: string, part: string, range: Range): readonly [number, number, number] {
  const [span = '', step, ...more] = part.split('/');
  const [from = '', to, ...others] = span.split('-');
  const every = step === undefined ? 1 : /^\d{1,4}$/.test(step) ? Number(step) : 0;
  if (more.length + others.length > 0 || every < 1) fail(expression, `[${part}] is not understood`);
  if (span === '*' || (span === '' && step !== undefined)) return [range.least, range.most, every];
  const first = parseValue(expression, from, range);
  if (to !== undefined) return [first, parseValue(expression, to, range), every];
  return [first, step === undefined ? first : range.most, every];
}

function parseField(expression: string, field: string, range: Range): ReadonlySet<number> {
  const { least, most } = range;
  const size = most - least + 1;
  const result = new Set<number>();
  for (const part of field.split(',')) {
    const [first, last, every] = parsePart(expression, part, range);
    // A range such as FRI-MON goes over the end.
    const end = last < first ? last + size : last;
    for (let value = first; value <= end; value += every) result.add(value > most ? value - size : value);
  }
  return result;
}

const lastDay = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();
/** 1 is Sunday. */
const weekday = (year: number, month: number, day: number) => new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

function parseDayOfWeek(expression: string, field: string): Cron['matchesDay'] {
  const special = /^([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(?:(L)|#([1-5]))$/.exec(field);
  if (special) {
    const wanted = dayNames.includes(special[1] as string) ? dayNames.indexOf(special[1] as string) + 1 : Number(special[1]);
    const nth = special[3] === undefined ? undefined : Number(special[3]);
    return (year, month, day) => {
      if (weekday(year, month, day) !== wanted) return false;
      return nth === undefined ? day + 7 > lastDay(year, month) : Math.ceil(day / 7) === nth;
    };
  }
  const days = parseField(expression, field, { least: 1, most: 7, names: dayNames });
  return (year, month, day) => days.has(weekday(year, month, day));
}

/** Throws 400 with the reason. */
export function parseCron(expression: string): Cron {
  const fields = expression.trim().toUpperCase().split(/\s+/);
  if (fields.length < 6 || fields.length > 7) fail(expression, `expected 6 or 7 fields, found ${fields.length}`);
  const [seconds, minutes, hours, dayOfMonth, months, dayOfWeek, years] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (dayOfMonth !== '?' && dayOfWeek !== '?')
    fail(expression, 'support for specifying both a day-of-week AND a day-of-month parameter is not implemented.');
  if (dayOfMonth === '?' && dayOfWeek === '?') fail(expression, "'?' can only be specified for Day-of-Month -OR- Day-of-Week.");
  if (dayOfMonth.includes('W')) fail(expression, "'W' is not supported");
  let matchesDay: Cron['matchesDay'];
  if (dayOfMonth === '?') matchesDay = parseDayOfWeek(expression, dayOfWeek);
  else if (dayOfMonth === 'L') matchesDay = (year, month, day) => day === lastDay(year, month);
  else {
    const days = parseField(expression, dayOfMonth, { least: 1, most: 31 });
    matchesDay = (_year, _month, day) => days.has(day);
  }
  return {
    seconds: parseField(expression, seconds, { least: 0, most: 59 }),
    minutes: parseField(expression, minutes, { least: 0, most: 59 }),
    hours: parseField(expression, hours, { least: 0, most: 23 }),
    months: parseField(expression, months, { least: 1, most: 12, names: monthNames }),
    years: years === undefined || years === '*' ? undefined : parseField(expression, years, { least: 1970, most: 2199 }),
    matchesDay,
  };
}

const dayMillis = 86_400_000;

function timesOfDayMillis({ seconds, minutes, hours }: Cron): readonly number[] {
  const times: number[] = [];
  for (const hour of hours)
    for (const minute of minutes) for (const second of seconds) times.push(((hour * 60 + minute) * 60 + second) * 1000);
  return times.sort((left, right) => left - right);
}

/** Least time between two runs, in milliseconds, as if every day matched. */
export function shortestIntervalMillis(cron: Cron): number {
  const times = timesOfDayMillis(cron);
  const overnight = (times[0] ?? 0) + dayMillis - (times.at(-1) ?? 0);
  return times.slice(1).reduce((least, time, at) => Math.min(least, time - (times[at] ?? 0)), overnight);
}

const maxDaysAhead = 366 * 30;

/** The first run after `afterMillis` (UTC milliseconds); undefined when there is none within thirty years. */
export function nextRunMillis(cron: Cron, afterMillis: number): number | undefined {
  const times = timesOfDayMillis(cron);
  const start = Math.floor(afterMillis / dayMillis) * dayMillis;
  for (let at = 0; at < maxDaysAhead; at++) {
    const midnight = start + at * dayMillis;
    const date = new Date(midnight);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    if ((cron.years && !cron.years.has(year)) || !cron.months.has(month) || !cron.matchesDay(year, month, day)) continue;
    const found = times.find((time) => midnight + time > afterMillis);
    if (found !== undefined) return midnight + found;
  }
  return undefined;
}
