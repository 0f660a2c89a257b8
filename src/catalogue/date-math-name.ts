import { CatalogueError } from './catalogue-error.ts';

/** Times here are wall-clock milliseconds: UTC milliseconds plus the zone's offset, so that `Date`'s UTC parts are the local parts. */
type Wall = number;

const dayMillis = 86_400_000;

function fail(expression: string, reason: string): CatalogueError {
  return new CatalogueError('bad_request', 'parse_exception', `invalid dynamic name expression [${expression}]. ${reason}`);
}

export function isDateMathName(name: string): boolean {
  return name.length > 2 && name.startsWith('<') && name.endsWith('>');
}

/**
 * Evaluates a name such as `<logs-{now/d{yyyy.MM.dd|+12:00}}-000001>`; other names come back unchanged. Braces that are meant
 * literally are escaped by a backslash. Throws 400 for a malformed expression.
 */
export function resolveDateMathName(name: string, nowMillis: number): string {
  if (!isDateMathName(name)) return name;
  const inner = name.slice(1, -1);
  let result = '';
  for (let at = 0; at < inner.length; at++) {
    const char = inner[at] as string;
    if (char === '\\' && at + 1 < inner.length) result += inner[++at];
    else if (char === '{') {
      const end = closingBrace(inner, at, name);
      result += evaluate(inner.slice(at + 1, end), name, nowMillis);
      at = end;
    } else if (char === '}') throw fail(name, 'invalid character at position; a brace closes nothing');
    else result += char;
  }
  return result;
}

function closingBrace(text: string, open: number, name: string): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}' && --depth === 0) return at;
  }
  throw fail(name, 'date math placeholder is open ended');
}

function evaluate(placeholder: string, name: string, nowMillis: number): string {
  const parts = /^(now[^{}]*)(?:\{([^{}|]*)(?:\|([^{}]*))?\})?$/.exec(placeholder);
  if (!parts) throw fail(name, 'expected {now... {format|time zone}}');
  const [, expression, format, zone] = parts as unknown as [string, string, string | undefined, string | undefined];
  const wall = nowMillis + (zone === undefined ? 0 : zoneOffsetMillis(zone, nowMillis, name));
  return formatDate(applyMath(expression.slice(3), wall, name), format || 'yyyy.MM.dd', name);
}

/** Minutes and hours east of UTC, or the offset that a named zone has at this time. */
function zoneOffsetMillis(zone: string, atMillis: number, name: string): number {
  const fixed = /^(?:UTC|GMT|Z)?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?$/.exec(zone);
  if (fixed && zone !== '') return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2] ?? 0) * 60 + Number(fixed[3] ?? 0)) * 60_000;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    const part = Object.fromEntries(format.formatToParts(atMillis).map(({ type, value }) => [type, Number(value)])) as Record<
      string,
      number
    >;
    const local = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
    return local - Math.floor(atMillis / 1000) * 1000;
  } catch {
    throw fail(name, `unknown time zone [${zone}]`);
  }
}

/** Months and years keep the day where the month has it, as Elasticsearch does: 31 January plus a month is the end of February. */
function addMonths(wall: Wall, months: number): Wall {
  const date = new Date(wall);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}

const unitMillis: Readonly<Record<string, number>> = { w: 7 * dayMillis, d: dayMillis, h: 3_600_000, H: 3_600_000, m: 60_000, s: 1000 };

function add(wall: Wall, amount: number, unit: string): Wall {
  if (unit === 'y' || unit === 'M') return addMonths(wall, unit === 'y' ? amount * 12 : amount);
  return wall + amount * (unitMillis[unit] as number);
}

function floor(wall: Wall, unit: string): Wall {
  const date = new Date(wall);
  if (unit === 'y') return Date.UTC(date.getUTCFullYear(), 0);
  if (unit === 'M') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  // Weeks begin on Monday; the epoch was a Thursday.
  if (unit === 'w') return Math.floor((wall + 3 * dayMillis) / (7 * dayMillis)) * 7 * dayMillis - 3 * dayMillis;
  const size = unitMillis[unit] as number;
  return Math.floor(wall / size) * size;
}

function applyMath(math: string, start: Wall, name: string): Wall {
  let wall = start;
  let rest = math;
  while (rest !== '') {
    const step = /^(?:\/([yMwdhHms])|([+-])(\d{1,6})?([yMwdhHms]))/.exec(rest);
    if (!step) throw fail(name, `date math [${math}] is not understood`);
    const [token, rounding, sign, amount, unit] = step;
    wall = rounding ? floor(wall, rounding) : add(wall, Number(amount ?? 1) * (sign === '-' ? -1 : 1), unit as string);
    if (!Number.isFinite(wall) || Number.isNaN(new Date(wall).getTime())) throw fail(name, 'the date is out of range');
    rest = rest.slice(token.length);
  }
  return wall;
}

/** ISO week-based year and week number. */
function isoWeek(wall: Wall): Readonly<{ year: number; week: number }> {
  const thursday = new Date(floor(wall, 'w') + 3 * dayMillis);
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0)) / (7 * dayMillis)) + 1 };
}

/** The pattern letters of Java's formatter that make sense in an index name. */
function formatDate(wall: Wall, format: string, name: string): string {
  const date = new Date(wall);
  const values: Readonly<Record<string, number>> = {
    y: date.getUTCFullYear(),
    u: date.getUTCFullYear(),
    Y: isoWeek(wall).year,
    x: isoWeek(wall).year,
    w: isoWeek(wall).week,
    M: date.getUTCMonth() + 1,
    d: date.getUTCDate(),
    D: Math.floor((wall - Date.UTC(date.getUTCFullYear(), 0)) / dayMillis) + 1,
    H: date.getUTCHours(),
    m: date.getUTCMinutes(),
    s: date.getUTCSeconds(),
    S: date.getUTCMilliseconds(),
  };
  return format.replace(/'([^']*)'|([A-Za-z])\2*/g, (run, quoted: string | undefined, letter: string | undefined) => {
    if (letter === undefined) return quoted as string;
    const value = values[letter];
    if (value === undefined) throw fail(name, `date format letter [${letter}] is not supported`);
    if (letter === 'S') return String(value).padStart(3, '0').padEnd(run.length, '0').slice(0, run.length);
    if (run.length === 2 && 'yuYx'.includes(letter)) return String(value % 100).padStart(2, '0');
    return String(value).padStart(run.length, '0');
  });
}
