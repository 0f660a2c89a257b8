import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson } from '../../api/http.ts';
import { ErrorNote, StateView } from '../../components/state-view.tsx';
import { formatAgo, formatExactTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useZone } from '../../state/zone.ts';
import { type DefinitionVersion, versionsOf } from './definition-history.ts';
import { lineDiff } from './line-diff.ts';
import styles from './tools.module.css';
import { useDefinitions } from './use-definitions.ts';

/** All texts that the definition of a tool has had, each with what changed against the one before. */
export function Definitions({ server, tool }: Readonly<{ server: string; tool: string }>) {
  const { interval } = useTimeRange();
  const [chosen, setChosen] = useState('');
  const query = useDefinitions(interval, server, tool);
  return (
    <section aria-labelledby="definitions">
      <h2 id="definitions">Definition</h2>
      <StateView
        query={query}
        height={120}
        isEmpty={(answer) => versionsOf(answer).length === 0}
        empty="No recorder has seen a list of tools with this one in thirty days."
      >
        {(answer) => {
          const versions = versionsOf(answer);
          const at = Math.max(
            0,
            versions.findIndex(({ sha256 }) => sha256 === chosen),
          );
          return (
            <>
              <ul className={styles.versions}>
                {versions.map((version, index) => (
                  <li key={version.sha256}>
                    <VersionButton version={version} isShown={index === at} isNewest={index === 0} show={() => setChosen(version.sha256)} />
                  </li>
                ))}
              </ul>
              <Difference newer={versions[at]?.sha256 ?? ''} older={versions[at + 1]?.sha256} />
            </>
          );
        }}
      </StateView>
    </section>
  );
}

type VersionButtonProps = Readonly<{ version: DefinitionVersion; isShown: boolean; isNewest: boolean; show: () => void }>;

function VersionButton({ version, isShown, isNewest, show }: VersionButtonProps) {
  const [zone] = useZone();
  const now = useNow();
  return (
    <button type="button" aria-pressed={isShown} className={styles.version} onClick={show} title={version.sha256}>
      <code>{version.sha256.slice(0, 8)}</code>{' '}
      <span title={formatExactTime(version.firstMillis, zone)}>since {formatAgo(version.firstMillis, zone, now)}</span>
      {!isNewest && <span title={formatExactTime(version.lastMillis, zone)}>, last seen {formatAgo(version.lastMillis, zone, now)}</span>}
    </button>
  );
}

const contentQuery = (sha256: string | undefined) => ({
  queryKey: ['content', sha256],
  enabled: sha256 !== undefined,
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }: { signal: AbortSignal }) =>
    JSON.stringify(await getJson<unknown>(`/api/contents/${sha256}`, {}, signal), undefined, 2),
});

const signs = { same: ' ', added: '+', removed: '−' } as const;

function Difference({ newer, older }: Readonly<{ newer: string; older: string | undefined }>) {
  const after = useQuery(contentQuery(newer));
  const before = useQuery(contentQuery(older));
  if (after.error !== null) {
    return (
      <>
        <ErrorNote error={after.error} />
        <p className={styles.soft}>Texts are kept unless contents are off for this tool.</p>
      </>
    );
  }
  if (after.data === undefined || (older !== undefined && before.isPending)) return <p role="status">Loading</p>;
  const lines = older === undefined || before.data === undefined ? lineDiff(after.data, after.data) : lineDiff(before.data, after.data);
  const numbered = lines.map((line, number) => ({ ...line, number }));
  const changed = lines.filter(({ kind }) => kind !== 'same').length;
  return (
    <>
      {older !== undefined && (
        <p className={styles.soft}>
          {before.data === undefined ? 'The text before is not kept.' : `${changed} lines differ from the text before.`}
        </p>
      )}
      <pre className={styles.diff}>
        {numbered.map(({ kind, text, number }) => (
          <div key={number} data-kind={kind}>
            <span aria-hidden="true">{signs[kind]} </span>
            {kind !== 'same' && <span className="visually-hidden">{kind}: </span>}
            {text}
          </div>
        ))}
      </pre>
    </>
  );
}
