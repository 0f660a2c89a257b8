import type { Aggregation, Planned } from './aggregation.ts';
import type { Level } from './level.ts';

/** By name. Pipelines have no place in a scan, so they are not among them. */
export type PlannedChildren = ReadonlyMap<string, Planned>;

/** One after the other, since planning only collects columns; the exception looks at the data first and is rare. */
export async function planChildren(level: Level, children: readonly Aggregation[]): Promise<PlannedChildren> {
  const planned = new Map<string, Planned>();
  for (const child of children) {
    if ('plan' in child.work) planned.set(child.name, await child.work.plan(level, child.children));
  }
  return planned;
}
