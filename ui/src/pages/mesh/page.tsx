import { useQuery } from '@tanstack/react-query';
import { useLocation, useSearch } from 'wouter';
import { type MeshEdge, mapQuery } from '../../api/mesh.ts';
import layout from '../../components/page-layout.module.css';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { printToolId } from '../tools/tool-id.ts';
import { EdgeTable } from './edge-table.tsx';
import { edgeTraceQl } from './edge-trace-ql.ts';
import styles from './mesh.module.css';
import { MeshPicture } from './mesh-picture.tsx';

const views = { map: 'Map', table: 'Table' } as const;

/** Who calls whom: as a picture or as a table. */
export function Page() {
  const { interval } = useTimeRange();
  const { open } = useDrawer();
  const search = useSearch();
  const [, navigate] = useLocation();
  const [view, setView] = useUrlState('view', 'map');
  const query = useQuery(mapQuery(interval));
  const seconds = (interval.endMillis - interval.startMillis) / 1000;
  const hasSpans = (name: string) => query.data?.nodes.some(({ service }) => service === name) ?? true;
  const linkOf = (edge: MeshEdge) => pageLink('/traces', search, { tq: edgeTraceQl(edge, !hasSpans(edge.caller)) });
  const openEdge = (edge: MeshEdge) => navigate(linkOf(edge));
  const openNode = (server: string) => open({ kind: 'tool', id: printToolId({ server }) });
  return (
    <div className={layout.page}>
      <header className={layout.head}>
        <h1>Mesh</h1>
        <fieldset className={styles.views}>
          <legend className="visually-hidden">Show as</legend>
          {Object.entries(views).map(([name, title]) => (
            <button key={name} type="button" aria-pressed={view === name} onClick={() => setView(name)}>
              {title}
            </button>
          ))}
        </fieldset>
        <p className={styles.legend}>
          <span data-trouble="none">── no failures</span> <span data-trouble="some">╌╌ up to 10 % failed</span>{' '}
          <span data-trouble="much">▪▪ more failed</span> <span>wider: more calls</span>
        </p>
      </header>
      <div className={styles.body}>
        <StateView
          query={query}
          height={400}
          isEmpty={({ nodes, edges }) => nodes.length + edges.length === 0}
          empty="Nobody called anybody in this time. The map is made of traces of agents, servers and clients."
        >
          {(map) =>
            view === 'table' ? (
              <EdgeTable edges={map.edges} seconds={seconds} onEdge={openEdge} onNode={openNode} />
            ) : (
              <MeshPicture map={map} seconds={seconds} hrefOf={(edge) => `/ui${linkOf(edge)}`} onEdge={openEdge} onNode={openNode} />
            )
          }
        </StateView>
      </div>
    </div>
  );
}
