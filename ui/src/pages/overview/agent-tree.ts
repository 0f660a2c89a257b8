import type { Activity, ActivitySeries } from '../../api/tools.ts';

export type TreeTool = Readonly<{ tool: string; series: ActivitySeries }>;
export type TreeServer = Readonly<{ server: string; series: ActivitySeries; tools: readonly TreeTool[] }>;

/** Servers with their tools, the worst first, as the server's answer is sorted. */
export function treeOf({ servers, tools }: Pick<Activity, 'servers' | 'tools'>): readonly TreeServer[] {
  const byServer = new Map<string, TreeTool[]>();
  for (const { server, tool, series } of tools) {
    const list = byServer.get(server);
    if (list === undefined) byServer.set(server, [{ tool, series }]);
    else list.push({ tool, series });
  }
  return servers.map(({ server, series }) => ({ server, series, tools: byServer.get(server) ?? [] }));
}

/** Shares of failed calls for each step; null where nothing was called. */
export const errorShares = ({ calls, errors }: ActivitySeries): readonly (number | null)[] =>
  calls.map((count, at) => (count === 0 ? null : (errors[at] ?? 0) / count));
