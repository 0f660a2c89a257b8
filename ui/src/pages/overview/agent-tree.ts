import type { Activity, ActivitySeries } from '../../api/tools.ts';

export type TreeTool = Readonly<{ tool: string; series: ActivitySeries }>;
export type TreeServer = Readonly<{ server: string; series: ActivitySeries; tools: readonly TreeTool[] }>;

/** z of a confidence of 95 %. */
const certainty = 1.96;

/**
 * The share of failed calls that there is at least, as far as so few calls can tell (the lower bound of Wilson's interval): so one failure of one
 * call does not stand before a hundred of five hundred.
 */
export function certainErrorShare({ calls, errors }: Readonly<{ calls: number; errors: number }>): number {
  if (calls === 0 || errors === 0) return 0;
  const share = errors / calls;
  const square = certainty ** 2;
  const middle = share + square / (2 * calls);
  const spread = certainty * Math.sqrt((share * (1 - share) + square / (4 * calls)) / calls);
  return Math.max(0, (middle - spread) / (1 + square / calls));
}

type Rated = Readonly<{ series: ActivitySeries }>;
const worstFirst = (a: Rated, b: Rated): number =>
  certainErrorShare(b.series.total) - certainErrorShare(a.series.total) || b.series.total.p95_ms - a.series.total.p95_ms;

/** Servers with their tools. First those that surely fail most, then the slowest. */
export function treeOf({ servers, tools }: Pick<Activity, 'servers' | 'tools'>): readonly TreeServer[] {
  const byServer = new Map<string, TreeTool[]>();
  for (const { server, tool, series } of tools) {
    const list = byServer.get(server);
    if (list === undefined) byServer.set(server, [{ tool, series }]);
    else list.push({ tool, series });
  }
  return servers.map(({ server, series }) => ({ server, series, tools: (byServer.get(server) ?? []).sort(worstFirst) })).sort(worstFirst);
}

/** Shares of failed calls for each step; null where nothing was called. */
export const errorShares = ({ calls, errors }: ActivitySeries): readonly (number | null)[] =>
  calls.map((count, at) => (count === 0 ? null : (errors[at] ?? 0) / count));
