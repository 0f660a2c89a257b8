import type { UseQueryResult } from '@tanstack/react-query';
import { Link, useSearch } from 'wouter';
import type { ChangedError, Changes } from '../../api/changes.ts';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatCount } from '../../format/quantities.ts';
import { formatAgo, formatExactTime } from '../../format/times.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useNow } from '../../state/refresh.tsx';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useZone } from '../../state/zone.ts';
import { newestFirst } from './error-order.ts';
import styles from './overview.module.css';

const maxShown = 10;

const words: Readonly<Record<ChangedError['change'], string>> = { new: 'NEW', more: 'MORE', known: '' };

/** Log records of failures, those that say the same together: new ones first. */
export function NewErrors({ query }: Readonly<{ query: UseQueryResult<Changes> }>) {
  const search = useSearch();
  const { interval } = useTimeRange();
  return (
    <section aria-labelledby="errors">
      <h2 id="errors">Errors in logs, grouped, new ones first</h2>
      <StateView
        query={query}
        height={160}
        isEmpty={({ errors }) => errors.length === 0}
        empty="No record of level ERROR or above in this time."
      >
        {({ errors, errors_total }) => (
          <>
            <ul className={styles.list}>
              {newestFirst(errors, interval)
                .slice(0, maxShown)
                .map((error) => (
                  <ErrorLine key={`${error.pattern} ${error.agent}`} error={error} />
                ))}
            </ul>
            <p className={styles.more}>
              {errors_total > maxShown && <>and {errors_total - maxShown} more: </>}
              <Link href={pageLink('/logs', search, { q: 'level:(ERROR OR FATAL OR CRITICAL)' })}>all of them as lines</Link>
            </p>
          </>
        )}
      </StateView>
    </section>
  );
}

function ErrorLine({ error }: Readonly<{ error: ChangedError }>) {
  const { open } = useDrawer();
  const search = useSearch();
  const [zone] = useZone();
  const now = useNow();
  const word = words[error.change];
  const first = error.first === null ? undefined : Date.parse(error.first);
  return (
    <li className={styles.error}>
      <span className={styles.took} title={`${error.count} records, ${error.count_before} in the time before`}>
        {formatCount(error.count)} ×
      </span>
      <span className={styles.tag} data-change={error.change}>
        {word}
      </span>
      <span className={styles.errorText}>
        {error.trace_id === '' ? (
          <Link className={styles.message} href={pageLink('/logs', search, { q: phraseQuery(error.message) })} title={error.message}>
            {error.message}
          </Link>
        ) : (
          <button
            type="button"
            className={styles.message}
            title={error.message}
            onClick={() => open({ kind: 'trace', id: error.trace_id })}
          >
            {error.message}
          </button>
        )}
        <span className={styles.soft}>
          {error.agent}
          {first !== undefined && <span title={formatExactTime(first, zone)}> · first {formatAgo(first, zone, now)}</span>}
        </span>
      </span>
    </li>
  );
}

const phraseQuery = (message: string) => `msg:"${message.slice(0, 200).replace(/[\\"]/g, '\\$&')}"`;
