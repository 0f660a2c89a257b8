import { type ChartKind, count, type Dashboard, everything, type Group, type Metric, type Panel, type PanelContent } from './panel.ts';

export const lucene = (text: string) => ({ language: 'lucene', text }) as const;
export const overTime: Group = { role: 'x', by: 'time', field: 'timestamp', interval: 'auto' };
export const byTerms = (role: Group['role'], field: string, label: string, size = 10): Group => ({
  role,
  by: 'terms',
  field,
  label,
  size,
  order: { by: 'count', descending: true },
});
export const byLevel = byTerms('split', 'level', 'Level', 8);
export const failed = lucene(
  'level:(ERROR OR FATAL OR CRITICAL) OR request.status:(error OR timeout OR timed_out OR tool_error OR rpc_error)',
);

export const chart = (kind: ChartKind, groups: readonly Group[], metrics: readonly Metric[] = [count]): PanelContent => ({
  kind,
  groups,
  metrics,
});

export const duration = (operation: Metric['operation'], label: string, percent?: number): Metric => ({
  operation,
  field: 'request.duration_ms',
  label,
  ...(percent !== undefined && { percent }),
});

type Written = Pick<Panel, 'title' | 'content'> & Partial<Panel>;

/** Panels beside each other as their widths allow, in rows of one height. */
export function placed(rows: readonly Readonly<{ h: number; panels: readonly (Written & { w: number })[] }>[]): readonly Panel[] {
  let [y, id] = [0, 0];
  return rows.flatMap(({ h, panels }) => {
    let x = 0;
    const row = panels.map(({ w, ...panel }): Panel => {
      id += 1;
      x += w;
      return { id: String(id), place: { x: x - w, y, w, h }, index: '*', timeField: 'timestamp', query: everything, filters: [], ...panel };
    });
    y += h;
    return row;
  });
}

export const dashboard = (
  title: string,
  description: string,
  variables: readonly (readonly [string, string])[],
  panels: readonly Panel[],
): Dashboard => ({
  title,
  description,
  query: everything,
  filters: [],
  variables: variables.map(([field, label]) => ({ field, label })),
  panels,
});
