import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { postJson } from '../../api/http.ts';
import { LevelBadge } from '../../components/level-badge.tsx';
import { StateView } from '../../components/state-view.tsx';
import { formatExactTime, formatTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useZone } from '../../state/zone.ts';
import { type Hit, type LogRecord, printValue, printValues, recordOf, rowsBody, type SearchAnswer, searchPath } from './log-record.ts';
import styles from './surrounding-lines.module.css';

/** What names the process that wrote a record, the most exact first. Where one is given, records of the same value came from the same place. */
const sourceFields = [
  'kubernetes.pod.name',
  'kubernetes.pod_name',
  'k8s.pod.name',
  'resource.k8s.pod.name',
  'service.instance_id',
  'service.instance.id',
  'container.id',
  'agent.id',
  'agent.name',
  'service.name',
  'host.name',
  'host',
];

function sourceOf({ fields }: Hit): Readonly<{ field: string; value: string }> | undefined {
  const field = sourceFields.find((name) => printValue(fields?.[name]?.[0]) !== '');
  return field === undefined ? undefined : { field, value: printValue(fields?.[field]?.[0]) };
}

const columns = ['timestamp', 'level', 'msg'];
const step = 10;

type Around = Readonly<{ before: readonly LogRecord[]; after: readonly LogRecord[] }>;

/** What the same source said before and after. */
export function SurroundingLines({ hit }: Readonly<{ hit: Hit }>) {
  const [isSame, setSame] = useState(true);
  const [count, setCount] = useState(step);
  const source = sourceOf(hit);
  const isNarrow = isSame && source !== undefined;
  const query = useQuery({
    queryKey: ['log surroundings', hit._index, hit._id, isNarrow, count],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Around> => {
      const ask = async (order: 'asc' | 'desc') => {
        const body = {
          ...rowsBody(columns, false),
          size: count,
          track_total_hits: false,
          query: isNarrow ? { bool: { filter: [{ term: { [source.field]: source.value } }] } } : { match_all: {} },
          sort: [{ timestamp: { order } }, { _doc: order }],
          search_after: hit.sort,
        };
        return (await postJson<SearchAnswer>(searchPath('*'), body, signal)).hits.hits.map(recordOf);
      };
      const [before, after] = await Promise.all([ask('desc'), ask('asc')]);
      return { before: before.toReversed(), after };
    },
  });
  const own = recordOf(hit);
  return (
    <div className={styles.around}>
      <p className={styles.note}>
        {source === undefined ? (
          'The record does not say which process wrote it: these are lines of all.'
        ) : (
          <label>
            <input type="checkbox" checked={isSame} onChange={(event) => setSame(event.target.checked)} /> Only from the same {source.field}
            , <code>{source.value}</code>
          </label>
        )}
      </p>
      <StateView query={query} height={21 * 24}>
        {({ before, after }) => (
          <ol className={styles.lines} aria-label="Lines around it">
            {before.length === count ? (
              <More onMore={() => setCount(count * 3)} text="Earlier" />
            ) : (
              <li className={styles.end}>Nothing before.</li>
            )}
            {before.map((record) => (
              <Line key={record.key} record={record} />
            ))}
            <Line record={own} isOwn />
            {after.map((record) => (
              <Line key={record.key} record={record} />
            ))}
            {after.length === count ? (
              <More onMore={() => setCount(count * 3)} text="Later" />
            ) : (
              <li className={styles.end}>Nothing after, so far.</li>
            )}
          </ol>
        )}
      </StateView>
    </div>
  );
}

const More = ({ onMore, text }: Readonly<{ onMore: () => void; text: string }>) => (
  <li>
    <button type="button" className={styles.more} onClick={onMore}>
      {text} …
    </button>
  </li>
);

function Line({ record, isOwn = false }: Readonly<{ record: LogRecord; isOwn?: boolean }>) {
  const [zone] = useZone();
  const nowMillis = useNow();
  const { timeMillis, fields } = record;
  return (
    <li className={styles.line} data-own={isOwn} aria-current={isOwn ? 'true' : undefined}>
      <time title={timeMillis === undefined ? '' : formatExactTime(timeMillis, zone)}>
        {timeMillis === undefined ? '' : formatTime(timeMillis, zone, nowMillis)}
      </time>
      <LevelBadge level={printValues(fields.level)} />
      <span className={styles.text}>{printValues(fields.msg)}</span>
    </li>
  );
}
