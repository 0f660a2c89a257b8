import type { ReactNode } from 'react';
import type { Changes } from '../../api/changes.ts';
import type { Activity, RunningOperation } from '../../api/tools.ts';
import { Sparkline } from '../../components/sparkline.tsx';
import { formatCount, formatDuration, formatRate, formatShare } from '../../format/quantities.ts';
import { errorShares } from './agent-tree.ts';
import styles from './overview.module.css';
import { versionMarks } from './version-marks.ts';

type HeadlineProps = Readonly<{
  activity: Activity | undefined;
  running: Readonly<{ total: number; operations: readonly RunningOperation[] }> | undefined;
  changes: Changes | undefined;
}>;

/** The state of all in a line of numbers. */
export function Headline({ activity, running, changes }: HeadlineProps) {
  const all = activity?.all;
  const marks = activity === undefined ? [] : versionMarks(changes, activity);
  const seconds = activity === undefined ? 1 : (activity.steps * activity.step_ms) / 1000;
  const share = all === undefined ? 0 : all.total.errors / Math.max(1, all.total.calls);
  const oldest = running?.operations.find(({ silent }) => !silent);
  return (
    <dl className={styles.headline}>
      <Figure title="Calls" value={all && formatRate(all.total.calls / seconds)} exact={all && `${all.total.calls} calls in this time`}>
        {all && <Sparkline values={all.calls} width={110} height={24} marks={marks} />}
      </Figure>
      <Figure
        title="Failed"
        value={all && formatShare(share)}
        exact={all && `${all.total.errors} of ${all.total.calls} calls`}
        isBad={(all?.total.errors ?? 0) > 0}
      >
        {all && <Sparkline values={errorShares(all)} colour="var(--error)" width={110} height={24} marks={marks} />}
      </Figure>
      <Figure
        title="p95"
        value={all && formatDuration(all.total.p95_ms)}
        exact={all && `${all.total.p95_ms} ms; p50 ${all.total.p50_ms} ms`}
      >
        {all && <Sparkline values={all.p95_ms} colour="var(--warning)" width={110} height={24} marks={marks} />}
      </Figure>
      <Figure title="Running" value={running && formatCount(running.total)} exact={running && `${running.total} operations`}>
        {oldest !== undefined && <span className={styles.soft}>oldest {formatDuration(oldest.running_ms)}</span>}
      </Figure>
      <Figure
        title="Error records"
        value={changes && formatCount(changes.error_records)}
        exact={
          changes && `${changes.error_records} log records of level ERROR or above; ${changes.error_records_before} in the time before`
        }
        isBad={(changes?.error_records ?? 0) > 0}
      >
        {changes && <span className={styles.soft}>before: {formatCount(changes.error_records_before)}</span>}
      </Figure>
    </dl>
  );
}

type FigureProps = Readonly<{
  title: string;
  value: string | undefined;
  exact: string | undefined;
  isBad?: boolean;
  children?: ReactNode;
}>;

function Figure({ title, value, exact, isBad = false, children }: FigureProps) {
  return (
    <div>
      <dt>{title}</dt>
      <dd title={exact} className={isBad ? styles.failed : undefined}>
        {value ?? '…'}
      </dd>
      <dd className={styles.beside}>{children}</dd>
    </div>
  );
}
