import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import styles from './dashboards.module.css';
import type { Dashboard, Panel, Place } from './model/panel.ts';
import type { PanelContext } from './model/panel-request.ts';
import { PanelFrame } from './panel-frame.tsx';
import { variableName } from './variables-bar.tsx';

/** What all panels of a dashboard are asked within. */
export function usePanelContext(dashboard: Pick<Dashboard, 'query' | 'filters' | 'variables'>): PanelContext {
  const { interval } = useTimeRange();
  const { search } = useSearch();
  const [parameters] = useSearchParams();
  const { query, filters, variables: fields } = dashboard;
  const chosen = JSON.stringify(fields.map(({ field }) => [field, parameters.getAll(variableName(field)).filter((value) => value !== '')]));
  return useMemo(
    () => ({
      interval,
      search,
      dashboard: { query, filters, variables: fields },
      variables: Object.fromEntries(JSON.parse(chosen) as [string, string[]][]),
      steps: {},
    }),
    [interval, search, query, filters, fields, chosen],
  );
}

/** From top to bottom and left to right: how panels are read, tabbed through, and stacked on a phone. */
export const inReadingOrder = (panels: readonly Panel[]): readonly Panel[] =>
  panels.toSorted(({ place: one }, { place: other }) => one.y - other.y || one.x - other.x);

/** For the rules of the grid, which a phone leaves. */
export const placeVariables = ({ x, y, w, h }: Place): React.CSSProperties =>
  ({ '--x': x + 1, '--y': y + 1, '--w': w, '--h': h }) as React.CSSProperties;

export function DashboardView({ dashboard }: Readonly<{ dashboard: Dashboard }>) {
  const context = usePanelContext(dashboard);
  const panels = useMemo(() => inReadingOrder(dashboard.panels), [dashboard.panels]);
  if (panels.length === 0) return <p className={styles.empty}>This dashboard has no panels yet. Edit it to add some.</p>;
  return (
    <div className={styles.grid}>
      {panels.map((panel) => (
        <div key={panel.id} className={styles.place} style={placeVariables(panel.place)}>
          <PanelFrame panel={panel} context={context} />
        </div>
      ))}
    </div>
  );
}
