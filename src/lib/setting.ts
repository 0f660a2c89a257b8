import { z } from 'zod';
import { parseBytes, parseMillis } from './quantity.ts';

/**
 * The kinds of values that a setting can have. Each accepts its JSON form (from a config file) and its text form (from a
 * variable or flag), so that every setting can be given in every place.
 */
export type SettingMeta = Readonly<{
  /** Never printed. */
  secret?: boolean;
  /** A URL whose user and password are never printed. */
  secretInUrl?: boolean;
  /**
   * A file system path or glob: made absolute, relative to the config file that names it or to the working folder. A
   * `pattern` without a slash, or that begins with `**`, matches in any folder and stays as it is.
   */
  path?: 'path' | 'pattern';
  /** What the documentation prints as the default where the default depends on the machine. */
  defaultText?: string;
  /** A variable of another program that sets this too, with less weight than the `MESHSCOPE_` one. */
  alias?: string;
  /** How the value is printed. */
  unit?: 'bytes' | 'milliseconds';
}>;

declare module 'zod' {
  interface GlobalMeta extends SettingMeta {}
}

type Parse<T> = (text: string) => T | undefined;

function fromText<T>(parse: Parse<T>, expected: string) {
  return z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `must be ${expected}` });
    return z.NEVER;
  });
}

const parseWhole: Parse<number> = (text) => (/^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined);

function whole(parse: Parse<number>, expected: string, min: number, max: number) {
  const message = `must be ${expected}`;
  return z
    .union([z.number(), fromText(parse, expected)], { error: message })
    .refine((value) => Number.isSafeInteger(value) && value >= min && value <= max, { error: message });
}

/** A size in bytes, as a number or as `512MiB`. */
export const bytesSetting = (min = 1) =>
  whole(parseBytes, 'a size such as 512MiB or a number of bytes', min, Number.MAX_SAFE_INTEGER).meta({ unit: 'bytes' });

/** A duration in milliseconds, as a number or as `500ms`, `30s`, `1h`. */
export const millisSetting = (min = 1) =>
  whole(parseMillis, 'a duration such as 500ms or a number of milliseconds', min, 2 ** 31 - 1).meta({ unit: 'milliseconds' });

/** A duration in whole days, as a number or as `30d`, `4w`. */
export const daysSetting = (min = 1) =>
  whole(
    (text) => {
      const millis = parseMillis(text);
      return parseWhole(text) ?? (millis !== undefined && millis % 86_400e3 === 0 ? millis / 86_400e3 : undefined);
    },
    'a number of days such as 30 or 30d',
    min,
    36_500,
  );

export const countSetting = (min: number, max: number) => whole(parseWhole, `a whole number from ${min} to ${max}`, min, max);

export const portSetting = () => whole(parseWhole, 'a port from 0 to 65535, where 0 takes any free port', 0, 65_535);

const toggles = new Map([
  ...['on', 'true', 'yes', '1'].map((text) => [text, true] as const),
  ...['off', 'false', 'no', '0'].map((text) => [text, false] as const),
]);

export const toggleSetting = () =>
  z.union([z.boolean(), fromText((text) => toggles.get(text.trim().toLowerCase()), 'on or off')], { error: 'must be on or off' });

export const textSetting = () => z.string({ error: 'must be text' });

/** Splits at commas outside `{…}`, because globs use commas there; a JSON array is read as one. */
function splitList(text: string): string[] | undefined {
  if (text.trimStart().startsWith('[')) {
    try {
      const parsed = z.array(z.string()).safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined;
    }
  }
  const items = text.match(/(?:\{[^{}]*\}|[^,])+/g) ?? [];
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** A list of texts, as a JSON array or as `a,b`. */
export const listSetting = () =>
  z.union([z.array(z.string()), fromText(splitList, 'a list such as a,b')], { error: 'must be a list of texts' });

function parseUser(text: string): { username: string; password: string } | undefined {
  const colon = text.indexOf(':');
  return colon <= 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** A list of `name:password`, as a JSON array or as `a:x,b:y`. */
export const usersSetting = () =>
  listSetting().transform((items, context) => {
    const users = items.map(parseUser).filter((user) => user !== undefined);
    if (users.length === items.length) return users;
    context.addIssue({ code: 'custom', message: 'must be a list of name:password' });
    return z.NEVER;
  });
