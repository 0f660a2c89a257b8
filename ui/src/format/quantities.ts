/** At most three figures: 1.24, 12.4, 124. */
const figures = (value: number): string => {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
};

/** 840 µs, 38 ms, 1.24 s, 6 m 12 s, 3 h 5 m. */
export function formatDuration(millis: number): string {
  if (!Number.isFinite(millis)) return '–';
  if (millis < 1) return `${figures(millis * 1000)} µs`;
  if (millis < 999.5) return `${figures(millis)} ms`;
  if (millis < 59_950) return `${figures(millis / 1000)} s`;
  const seconds = Math.round(millis / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}

/** 950, 12.4 k, 1.2 M. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return '–';
  const scale = [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
  ].find(([size]) => Math.abs(count) >= (size as number)) as [number, string] | undefined;
  return scale === undefined ? figures(count) : `${figures(count / scale[0])}${scale[1]}`;
}

/** Powers of 1024, as the rest of meshscope counts. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${figures(bytes / 1024 ** step)} ${units[step]}`;
}

/** A share from 0 to 1 as a percentage. */
export const formatShare = (share: number): string => (Number.isFinite(share) ? `${figures(share * 100)} %` : '–');

/** Per second or per minute, whichever reads better. */
export const formatRate = (perSecond: number): string =>
  perSecond >= 1 || perSecond === 0 ? `${formatCount(perSecond)}/s` : `${formatCount(perSecond * 60)}/min`;
