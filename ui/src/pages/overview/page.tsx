import { useQuery } from '@tanstack/react-query';
import { activityQuery, runningQuery } from '../../api/tools.ts';
import { useNow } from '../../state/refresh.tsx';
import { useTimeRange } from '../../state/use-time-range.ts';
import { Agents } from './agents.tsx';
import { Headline } from './headline.tsx';
import styles from './overview.module.css';
import { RunningNow } from './running-now.tsx';

export function Page() {
  return <Overview />;
}

function Overview() {
  const { interval } = useTimeRange();
  const activity = useQuery(activityQuery(interval));
  const running = useQuery(runningQuery(useNow()));
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Overview</h1>
      <Headline activity={activity.data} running={running.data} errorRecords={undefined} />
      <div className={styles.columns}>
        <Agents query={activity} />
        <RunningNow query={running} />
      </div>
    </div>
  );
}
