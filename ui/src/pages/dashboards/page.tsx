import { useLocation, useSearch } from 'wouter';
import { DashboardList } from './dashboard-list.tsx';
import { BuiltInDashboard } from './dashboard-page.tsx';
import { builtInDashboards } from './model/built-in-dashboards.ts';

/** `/dashboards`: the list; `/dashboards/NAME`: a built-in one; `/dashboards/saved/ID`, `/dashboards/new`, `/dashboards/import`. */
export function Page() {
  const [location] = useLocation();
  useSearch();
  const [, name = ''] = location.split('/').filter((part) => part !== '');
  const builtIn = Object.hasOwn(builtInDashboards, name) ? builtInDashboards[name] : undefined;
  if (builtIn !== undefined) return <BuiltInDashboard key={name} dashboard={builtIn} />;
  return <DashboardList />;
}
