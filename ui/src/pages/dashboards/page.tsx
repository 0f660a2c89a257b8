import { useLocation } from 'wouter';
import { DashboardList } from './dashboard-list.tsx';
import { BuiltInDashboard, NewDashboard, SavedDashboard } from './dashboard-page.tsx';
import { ImportPage } from './import-page.tsx';
import { builtInDashboards } from './model/built-in-dashboards.ts';

/** `/dashboards`: the list; `/dashboards/NAME`: a built-in one; `/dashboards/saved/ID`, `/dashboards/new`, `/dashboards/import`. */
export function Page() {
  const [location] = useLocation();
  const [, name = '', id = ''] = location.split('/').filter((part) => part !== '');
  const builtIn = Object.hasOwn(builtInDashboards, name) ? builtInDashboards[name] : undefined;
  if (builtIn !== undefined) return <BuiltInDashboard key={name} name={name} dashboard={builtIn} />;
  if (name === 'saved' && id !== '') return <SavedDashboard key={id} id={id} />;
  if (name === 'new') return <NewDashboard />;
  if (name === 'import') return <ImportPage />;
  return <DashboardList />;
}
