import { Link, useSearch } from 'wouter';
import { formatBytes, formatCount, formatShare } from '../../format/quantities.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useServerStatus } from '../../state/server-status.ts';
import styles from './overview.module.css';

/** Whether all that was sent is here: sources, what waits, what could not be read, and the disk. */
export function CollectionHealth() {
  const { data } = useServerStatus();
  const search = useSearch();
  const sources = Object.entries(data?.status.sources ?? {}).filter(([, { received }]) => received > 0);
  return (
    <section aria-labelledby="health">
      <h2 id="health">Health of collection</h2>
      {data !== undefined && (
        <dl className={styles.health}>
          {sources.length === 0 && (
            <div>
              <dt>Sources</dt>
              <dd className={styles.soft}>Nothing came since the start of the server.</dd>
            </div>
          )}
          {sources.map(([name, { accepted, rejected, dead_lettered }]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <span title={String(accepted)}>{formatCount(accepted)} taken</span>
                {rejected > 0 && <span className={styles.warn}> ▲ {formatCount(rejected)} refused</span>}
                {dead_lettered > 0 && <span className={styles.warn}> ▲ {formatCount(dead_lettered)} not readable</span>}
              </dd>
            </div>
          ))}
          <div>
            <dt>Waiting</dt>
            <dd>
              {formatBytes(data.status.journal.bytes)} of {formatBytes(data.status.journal.max_bytes)} in the journal
            </dd>
          </div>
          <div>
            <dt>Disk</dt>
            <dd>
              {formatBytes(data.status.store.bytes)} stored, {formatShare(data.status.store.bytes / data.status.disk.budget)} of the budget
            </dd>
          </div>
        </dl>
      )}
      <p className={styles.more}>
        <Link href={pageLink('/pipeline', search)}>The whole pipeline</Link>
      </p>
    </section>
  );
}
