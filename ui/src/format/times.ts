/** `undefined`: the zone of the browser. */
export type Zone = string | undefined;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: Zone, parts: Intl.DateTimeFormatOptions, name: string): Intl.DateTimeFormat {
  const key = `${zone ?? ''} ${name}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('sv-SE', { hourCycle: 'h23', ...parts, ...(zone === undefined ? {} : { timeZone: zone }) });
  formats.set(key, made);
  return made;
}

const recent = new Map<string, Readonly<{ second: number; text: string }>>();

/** Formats to seconds. What comes next is often of the same second: rows of a table, the day of now. */
function formatSecond(millis: number, zone: Zone, parts: Intl.DateTimeFormatOptions, name: string, place = name): string {
  const key = `${zone ?? ''} ${place}`;
  const second = Math.floor(millis / 1000);
  const before = recent.get(key);
  if (before?.second === second) return before.text;
  const text = formatOf(zone, parts, name).format(millis);
  recent.set(key, { second, text });
  return text;
}

const time = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const date = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
const exact = { ...date, ...time, timeZoneName: 'short' } as const;

/** 14:03:07.042, with the date in front unless `nowMillis` is on the same day. */
export function formatTime(millis: number, zone: Zone, nowMillis: number): string {
  const clock = `${formatSecond(millis, zone, time, 'time')}.${String(Math.floor(millis) % 1000).padStart(3, '0')}`;
  const day = formatSecond(millis, zone, date, 'date');
  return day === formatSecond(nowMillis, zone, date, 'date', 'today') ? clock : `${day} ${clock}`;
}

/** Everything, with the zone: for hovers. */
export const formatExactTime = (millis: number, zone: Zone): string =>
  `${new Date(millis).toISOString()} (${formatSecond(millis, zone, exact, 'exact')})`;

/** 12 s ago, 5 m ago; the time itself beyond an hour. */
export function formatAgo(millis: number, zone: Zone, nowMillis: number): string {
  const seconds = Math.round((nowMillis - millis) / 1000);
  if (seconds >= 3600 || seconds < -5) return formatTime(millis, zone, nowMillis).replace(/\.\d+$/, '');
  if (seconds < 60) return `${Math.max(0, seconds)} s ago`;
  return `${Math.floor(seconds / 60)} m ago`;
}

/** The label of a tick on an axis of time: the day where ticks are days apart, else the time as finely as the step needs. */
export function formatTick(millis: number, stepMillis: number, zone: Zone): string {
  if (stepMillis >= 86_400_000) return formatOf(zone, date, 'date').format(millis).slice(5);
  const clock = formatOf(zone, time, 'time').format(millis);
  if (stepMillis >= 60_000) return clock.slice(0, 5);
  return stepMillis >= 1000 ? clock : `${clock.slice(3)}.${String(Math.floor(millis) % 1000).padStart(3, '0')}`;
}
