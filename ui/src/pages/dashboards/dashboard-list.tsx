import { Link, useSearch } from 'wouter';
import controls from '../../components/controls.module.css';
import { ErrorNote } from '../../components/state-view.tsx';
import { formatAgo } from '../../format/times.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useNow } from '../../state/refresh.tsx';
import { useZone } from '../../state/zone.ts';
import styles from './dashboards.module.css';
import { builtInDashboards } from './model/built-in-dashboards.ts';
import type { Dashboard } from './model/panel.ts';
import { useSavedDashboards } from './saved-dashboards.ts';

/** A dashboard that has a time of its own opens with it. */
export const openingState = ({ time, refreshSeconds }: Dashboard): Readonly<Record<string, string>> => ({
  ...(time !== undefined && { from: time.from, to: time.to }),
  ...(refreshSeconds !== undefined && { refresh: String(refreshSeconds) }),
});

/** All dashboards: those that come with meshscope, and those that people saved. */
export function DashboardList() {
  const search = useSearch();
  const saved = useSavedDashboards();
  const [zone] = useZone();
  const nowMillis = useNow();
  return (
    <div className={styles.list}>
      <header className={styles.head}>
        <h1>Dashboards</h1>
        <span className={styles.actions}>
          <Link className={controls.button} href={pageLink('/dashboards/new', search)}>
            New dashboard
          </Link>
          <Link className={controls.button} href={pageLink('/dashboards/import', search)}>
            Import
          </Link>
        </span>
      </header>
      <h2>Saved</h2>
      {saved.error !== null && <ErrorNote error={saved.error} retry={() => void saved.refetch()} />}
      {saved.data?.length === 0 && (
        <p className={styles.empty}>None yet. Make one, import one from Kibana, or open one of those below and save a copy.</p>
      )}
      <ul className={styles.entries} aria-label="Saved dashboards">
        {(saved.data ?? []).map(({ id, dashboard, updated }) => (
          <Entry
            key={id}
            path={`/dashboards/saved/${id}`}
            dashboard={dashboard}
            note={`saved ${formatAgo(Date.parse(updated), zone, nowMillis)}`}
          />
        ))}
      </ul>
      <h2>Built in</h2>
      <ul className={styles.entries} aria-label="Built-in dashboards">
        {Object.entries(builtInDashboards).map(([id, dashboard]) => (
          <Entry key={id} path={`/dashboards/${id}`} dashboard={dashboard} note="" />
        ))}
      </ul>
    </div>
  );
}

function Entry({ path, dashboard, note }: Readonly<{ path: string; dashboard: Dashboard; note: string }>) {
  const search = useSearch();
  return (
    <li>
      <Link href={pageLink(path, search, openingState(dashboard))}>{dashboard.title}</Link>
      <span className={styles.description}>{dashboard.description}</span>
      <span className={styles.description}>
        {dashboard.panels.length} panels{note === '' ? '' : `, ${note}`}
      </span>
    </li>
  );
}
