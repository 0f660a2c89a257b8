import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from 'wouter';
import { activityQuery } from '../../api/tools.ts';
import { StateView } from '../../components/state-view.tsx';
import { pageLink } from '../../frame/page-link.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { CallList } from './call-list.tsx';
import { Figures } from './figures.tsx';
import { parseToolId, toolPath, toolTraceQl } from './tool-id.ts';
import styles from './tools.module.css';

/** The short form of a tool, or of all that a server or an agent does. */
export function ToolDrawer({ id }: Readonly<{ id: string }>) {
  const name = parseToolId(id);
  const { interval } = useTimeRange();
  const search = useSearch();
  const query = useQuery(activityQuery(interval, name));
  return (
    <div className={styles.drawer}>
      <h2 className={styles.drawerTitle}>
        {name.server}
        {name.tool !== undefined && <> › {name.tool}</>}
      </h2>
      <StateView query={query} height={62}>
        {({ all }) => <Figures series={all} />}
      </StateView>
      <p className={styles.links}>
        {name.tool !== undefined && <Link href={pageLink(toolPath(name), search)}>Page of this tool</Link>}
        <Link href={pageLink('/traces', search, { tq: toolTraceQl(name) })}>All its traces</Link>
        <Link href={pageLink('/logs', search, { q: `agent.name:"${name.server.replace(/[\\"]/g, '\\$&')}"` })}>Its logs</Link>
      </p>
      <h3>Failing calls, the newest first</h3>
      <CallList name={name} order="failing" isInDrawer />
      <h3>Slowest calls</h3>
      <CallList name={name} order="slowest" isInDrawer />
    </div>
  );
}
