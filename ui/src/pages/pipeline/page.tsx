import type { ReactNode } from 'react';
import { ErrorNote, StateView } from '../../components/state-view.tsx';
import { formatBytes, formatCount, formatDuration, formatShare } from '../../format/quantities.ts';
import { type ServerStatus, useServerStatus } from '../../state/server-status.ts';
import { DeadLetters } from './dead-letters.tsx';
import { daysLeft, printDaysLeft } from './forecast.ts';
import styles from './pipeline.module.css';

/** Whether what is sent arrives: doors, counts, the journal, the disk, and what could not be read. */
export function Page() {
  const asked = useServerStatus();
  return (
    <div className={styles.page}>
      <h1>Pipeline</h1>
      {asked.error !== null && asked.data === undefined ? (
        <ErrorNote error={asked.error} retry={() => void asked.refetch()} />
      ) : (
        <StateView query={asked} height={320}>
          {({ status, atMillis }) => <Status status={status} atMillis={atMillis} />}
        </StateView>
      )}
      <DeadLetters />
    </div>
  );
}

function Status({ status, atMillis }: Readonly<{ status: ServerStatus; atMillis: number }>) {
  const { journal, store, disk } = status;
  const days = daysLeft(store.bytes, store.partitions, Math.min(disk.budget, store.bytes + disk.free));
  return (
    <>
      <dl className={styles.facts}>
        <Fact title="Runs for">
          {formatDuration(atMillis - Date.parse(status.started))}, version {status.version}
        </Fact>
        <Fact title="Data">
          <code>{status.data_folder}</code>
        </Fact>
        <Fact title="Journal">
          <Gauge share={journal.bytes / journal.max_bytes} label="Journal" /> {formatBytes(journal.bytes)} of{' '}
          {formatBytes(journal.max_bytes)} wait to be loaded
        </Fact>
        <Fact title="Stored">
          <Gauge share={store.bytes / disk.budget} label="Budget of the disk" /> {formatBytes(store.bytes)} (
          {formatShare(store.bytes / disk.budget)} of {formatBytes(disk.budget)}), {formatCount(store.rows)} log records
        </Fact>
        <Fact title="Disk">
          {formatBytes(disk.free)} free.{' '}
          {days === undefined
            ? 'Too little is stored to say when it is full.'
            : `At the rate of the days stored, the budget is used up in ${printDaysLeft(days)}; then the oldest data goes first.`}
        </Fact>
      </dl>
      <h2>Sources, since the start</h2>
      <Scroll>
        <table>
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">Received</th>
              <th scope="col">Accepted</th>
              <th scope="col">Refused</th>
              <th scope="col">Dead letters</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(status.sources).map(([name, counts]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td title={String(counts.received)}>{formatCount(counts.received)}</td>
                <td title={String(counts.accepted)}>{formatCount(counts.accepted)}</td>
                <Count value={counts.rejected} />
                <Count value={counts.dead_lettered} />
              </tr>
            ))}
          </tbody>
        </table>
        {Object.keys(status.sources).length === 0 && <p className={styles.note}>Nothing was sent yet.</p>}
      </Scroll>
      <h2>What listens where</h2>
      <Scroll>
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Address</th>
              <th scope="col">What is spoken there</th>
            </tr>
          </thead>
          <tbody>
            {status.listeners.map(({ name, address, protocol, problem }) => (
              <tr key={`${name} ${address}`}>
                <th scope="row">{name}</th>
                <td className="mono">{address}</td>
                <td className={problem === undefined ? undefined : styles.problem}>{problem === undefined ? protocol : `▲ ${problem}`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

const Fact = ({ title, children }: Readonly<{ title: string; children: ReactNode }>) => (
  <div>
    <dt>{title}</dt>
    <dd>{children}</dd>
  </div>
);

const Scroll = ({ children }: Readonly<{ children: ReactNode }>) => <div className={styles.scroll}>{children}</div>;

const Count = ({ value }: Readonly<{ value: number }>) => (
  <td title={String(value)} className={value > 0 ? styles.problem : undefined}>
    {value > 0 ? `▲ ${formatCount(value)}` : '0'}
  </td>
);

const Gauge = ({ share, label }: Readonly<{ share: number; label: string }>) => (
  <meter aria-label={label} min={0} max={1} high={0.8} value={Math.min(1, share)} className={styles.gauge} />
);
