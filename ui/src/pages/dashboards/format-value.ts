import { formatBytes, formatCount, formatDuration } from '../../format/quantities.ts';
import { levelColour, seriesColour } from '../../format/series-colour.ts';
import type { Group, Metric } from './model/panel.ts';

/** A metric's number with the unit that the name of its field tells. */
export function formatMetric({ operation, field = '' }: Metric, value: number | null): string {
  if (value === null) return '–';
  if (operation === 'count' || operation === 'unique' || operation === 'values') return formatCount(value);
  if (/(?:_ms|_millis|millis)$/i.test(field)) return formatDuration(value);
  if (/(?:^|[._])bytes$/i.test(field)) return formatBytes(value);
  return formatCount(value);
}

/** For hovers. */
export const exactValue = (value: number | null): string =>
  value === null ? 'not known' : value.toLocaleString('en', { maximumFractionDigits: 6 });

/** Levels keep their colours in charts, and other names theirs; of two with one colour in a chart, the later gets another. */
export function coloursOf(groups: readonly Group[], names: readonly string[]): readonly string[] {
  const [split, ...others] = groups.filter(({ role }) => role === 'split');
  const isLevel = others.length === 0 && split?.by === 'terms' && /(?:^|\.)level(?:\.keyword)?$/.test(split.field);
  const taken = new Set<string>();
  return names.map((name) => {
    if (isLevel || (split?.by === 'filters' && levelName.test(name))) return levelColour(name);
    const tries = Array.from({ length: 12 }, (_, at) => seriesColour(at === 0 ? name : `${name} ${at}`));
    const colour = tries.find((one) => !taken.has(one)) ?? seriesColour(name);
    taken.add(colour);
    return colour;
  });
}

const levelName = /^(?:fatal|critical|errors?|warn(?:ing)?s?|info|debug)$/i;
