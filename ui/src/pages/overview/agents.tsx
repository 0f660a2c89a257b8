import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearch } from 'wouter';
import type { Changes } from '../../api/changes.ts';
import type { Activity, ActivitySeries } from '../../api/tools.ts';
import { Sparkline } from '../../components/sparkline.tsx';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatCount, formatDuration, formatRate, formatShare } from '../../format/quantities.ts';
import { pageLink } from '../../frame/page-link.ts';
import { printToolId } from '../tools/tool-id.ts';
import { type TreeServer, treeOf } from './agent-tree.ts';
import styles from './overview.module.css';
import { versionMarks } from './version-marks.ts';

const maxServers = 40;
const maxTools = 25;

/** Agents and servers, the worst first, each with what it does below it. */
export function Agents({ query, changes }: Readonly<{ query: UseQueryResult<Activity>; changes: Changes | undefined }>) {
  return (
    <section aria-labelledby="agents">
      <h2 id="agents">Agents and tools, worst first</h2>
      <StateView
        query={query}
        height={320}
        isEmpty={({ servers }) => servers.length === 0}
        empty="No agent or tool was called in this time. Take a longer one, or send traces of agents or calls of MCP servers."
      >
        {(activity) => <Tree activity={activity} changes={changes} />}
      </StateView>
    </section>
  );
}

function Tree({ activity, changes }: Readonly<{ activity: Activity; changes: Changes | undefined }>) {
  const search = useSearch();
  const [changed, setChanged] = useState<Readonly<Record<string, boolean>>>({});
  const tree = treeOf(activity);
  const shown = tree.slice(0, maxServers);
  const worse = (agent: string): Worse => ({
    fails: changes?.failing_more.some((one) => one.agent === agent) ?? false,
    slower: changes?.slower.some((one) => one.agent === agent) ?? false,
  });
  const seconds = (activity.steps * activity.step_ms) / 1000;
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Agent or tool</th>
            <th scope="col">Calls</th>
            <th scope="col" className={`${styles.end} ${styles.rate}`}>
              Rate
            </th>
            <th scope="col" className={styles.end}>
              Failed
            </th>
            <th scope="col" className={styles.end}>
              p95
            </th>
          </tr>
        </thead>
        {shown.map((server, at) => {
          // The worst shows at once what of it is bad.
          const isOpen = changed[server.server] ?? at === 0;
          return (
            <ServerRows
              key={server.server}
              server={server}
              seconds={seconds}
              worse={worse(server.server)}
              marks={versionMarks(changes, activity, server.server)}
              isOpen={isOpen}
              toggle={() => setChanged({ ...changed, [server.server]: !isOpen })}
            />
          );
        })}
      </table>
      {(tree.length > shown.length || activity.left_out > 0) && (
        <p className={styles.more}>
          {tree.length - shown.length} more agents and {activity.left_out} rarer tools are not shown:{' '}
          <Link href={pageLink('/tools', search)}>all tools</Link>
        </p>
      )}
    </div>
  );
}

/** Than in the time before. */
type Worse = Readonly<{ fails: boolean; slower: boolean }>;
const notWorse: Worse = { fails: false, slower: false };

type ServerRowsProps = Readonly<{
  server: TreeServer;
  seconds: number;
  worse: Worse;
  /** Of new versions. */
  marks: readonly number[];
  isOpen: boolean;
  toggle: () => void;
}>;

function ServerRows({ server, seconds, worse, marks, isOpen, toggle }: ServerRowsProps) {
  const { open } = useDrawer();
  const name = server.server === '' ? '(no name)' : server.server;
  const tools = isOpen ? server.tools.slice(0, maxTools) : [];
  return (
    <tbody>
      <tr>
        <th scope="row">
          <span className={styles.name}>
            <button type="button" className={styles.twist} aria-expanded={isOpen} aria-label={`Tools of ${name}`} onClick={toggle}>
              <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
            </button>
            <button
              type="button"
              className={styles.open}
              onClick={() => open({ kind: 'tool', id: printToolId({ server: server.server }) })}
            >
              {name}
            </button>
          </span>
        </th>
        <Numbers series={server.series} seconds={seconds} worse={worse} marks={marks} />
      </tr>
      {tools.map(({ tool, series }) => (
        <tr key={tool} className={styles.tool}>
          <th scope="row">
            <button
              type="button"
              className={styles.open}
              onClick={() => open({ kind: 'tool', id: printToolId({ server: server.server, tool }) })}
            >
              {tool === '' ? '(no name)' : tool}
            </button>
          </th>
          <Numbers series={series} seconds={seconds} />
        </tr>
      ))}
      {isOpen && server.tools.length > maxTools && (
        <tr className={styles.tool}>
          <td colSpan={5}>{server.tools.length - maxTools} more</td>
        </tr>
      )}
    </tbody>
  );
}

type NumbersProps = Readonly<{ series: ActivitySeries; seconds: number; worse?: Worse; marks?: readonly number[] }>;

function Numbers({ series, seconds, worse = notWorse, marks = [] }: NumbersProps) {
  const { calls, errors, p95_ms } = series.total;
  const share = errors / Math.max(1, calls);
  return (
    <>
      <td>
        <span className={styles.sparks}>
          <Sparkline values={series.calls} width={90} marks={marks} />
          {errors > 0 && (
            <span className={styles.over}>
              <Sparkline values={series.errors} most={Math.max(...series.calls)} colour="var(--error)" width={90} />
            </span>
          )}
        </span>
      </td>
      <td className={`${styles.end} ${styles.rate}`} title={`${calls} calls`}>
        {formatRate(calls / seconds)}
      </td>
      <td className={styles.end} title={`${errors} of ${formatCount(calls)} calls`}>
        <span className={errors > 0 ? styles.failed : styles.soft}>
          {errors > 0 && <span aria-hidden="true">● </span>}
          {formatShare(share)}
        </span>
        <Mark isWorse={worse.fails} what="fails more than before" />
      </td>
      <td className={styles.end} title={`${p95_ms} ms; p50 ${series.total.p50_ms} ms`}>
        {formatDuration(p95_ms)}
        <Mark isWorse={worse.slower} what="slower than before" />
      </td>
    </>
  );
}

function Mark({ isWorse, what }: Readonly<{ isWorse: boolean; what: string }>) {
  return (
    <span className={styles.mark} title={isWorse ? what : undefined}>
      {isWorse && (
        <>
          <span aria-hidden="true">▲</span>
          <span className="visually-hidden">{what}</span>
        </>
      )}
    </span>
  );
}
