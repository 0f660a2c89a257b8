import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { changesQuery } from '../../api/changes.ts';
import { activityQuery, runningQuery } from '../../api/tools.ts';
import { useNow, useRefresh } from '../../state/refresh.tsx';
import { type ServerStatus, useServerStatus } from '../../state/server-status.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { Agents } from './agents.tsx';
import { CollectionHealth } from './collection-health.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Headline } from './headline.tsx';
import { NewErrors } from './new-errors.tsx';
import styles from './overview.module.css';
import { RunningNow } from './running-now.tsx';
import { WhatChanged } from './what-changed.tsx';

/** How often an empty page looks whether something has come. */
const lookMillis = 2000;

const hasNothing = ({ store, journal, sources }: ServerStatus): boolean =>
  store.rows === 0 && journal.bytes === 0 && Object.values(sources).every(({ accepted }) => accepted === 0);

export function Page() {
  const { data } = useServerStatus();
  const isEmpty = data !== undefined && hasNothing(data.status);
  const refresh = useRefresh();
  useEffect(() => {
    if (!isEmpty) return;
    const timer = setInterval(refresh, lookMillis);
    return () => clearInterval(timer);
  }, [isEmpty, refresh]);
  if (data === undefined) return <h1 className="visually-hidden">Overview</h1>;
  return isEmpty ? <FirstSteps status={data.status} /> : <Overview />;
}

function Overview() {
  const { interval } = useTimeRange();
  const activity = useQuery(activityQuery(interval));
  const running = useQuery(runningQuery(useNow()));
  const changes = useQuery(changesQuery(interval));
  return (
    <div className={styles.page}>
      <h1 className="visually-hidden">Overview</h1>
      <Headline activity={activity.data} running={running.data} changes={changes.data} />
      <div className={styles.columns}>
        <div>
          <Agents query={activity} changes={changes.data} />
          <NewErrors query={changes} />
        </div>
        <div>
          <WhatChanged query={changes} />
          <RunningNow query={running} />
          <CollectionHealth />
        </div>
      </div>
    </div>
  );
}
