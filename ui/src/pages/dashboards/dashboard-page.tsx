import { Link, useSearch } from 'wouter';
import { pageLink } from '../../frame/page-link.ts';
import { DashboardView } from './dashboard-view.tsx';
import styles from './dashboards.module.css';
import type { Dashboard } from './model/panel.ts';
import { VariablesBar } from './variables-bar.tsx';

export function BuiltInDashboard({ dashboard }: Readonly<{ dashboard: Dashboard }>) {
  const search = useSearch();
  return (
    <div className={styles.dashboard}>
      <header className={styles.head}>
        <Link href={pageLink('/dashboards', search)}>Dashboards</Link>
        <h1>{dashboard.title}</h1>
        <span className={styles.description}>{dashboard.description}</span>
      </header>
      <VariablesBar dashboard={dashboard} />
      <DashboardView dashboard={dashboard} />
    </div>
  );
}
