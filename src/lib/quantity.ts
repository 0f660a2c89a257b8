const byteUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

const millisUnits: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3_600e3, d: 86_400e3, w: 604_800e3 };

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim().toLowerCase());
  if (match === null) return undefined;
  const unit = match[2] ?? '';
  const factor = unit === '' ? 1 : Object.hasOwn(units, unit) ? units[unit] : undefined;
  const value = factor === undefined ? Number.NaN : Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `512MiB`, `1.5g`, `100kb` or a plain number of bytes; KB is 1000, KiB and K are 1024. `undefined` when it is none of these. */
export const parseBytes = (text: string): number | undefined => parseQuantity(text, byteUnits);

/** `500ms`, `30s`, `15m`, `1h`, `30d`, `2w` or a plain number of milliseconds. `undefined` when it is none of these. */
export const parseMillis = (text: string): number | undefined => parseQuantity(text, millisUnits);

function formatQuantity(value: number, units: readonly (readonly [string, number])[]): string {
  const unit = units.find(([, factor]) => value >= factor && value % factor === 0);
  return unit === undefined ? String(value) : `${value / unit[1]}${unit[0]}`;
}

/** The shortest exact text that `parseBytes` reads back: 1073741824 is `1GiB`, 1000 is `1000B`. */
export const formatBytes = (bytes: number): string =>
  formatQuantity(bytes, [
    ['TiB', 1024 ** 4],
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
    ['B', 1],
  ]);

/** The shortest exact text that `parseMillis` reads back: 30000 is `30s`. Days are the largest unit. */
export const formatMillis = (millis: number): string =>
  formatQuantity(millis, [
    ['d', 86_400e3],
    ['h', 3_600e3],
    ['m', 60e3],
    ['s', 1e3],
    ['ms', 1],
  ]);

/** For people: three significant digits, not exact. */
export function roundBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
