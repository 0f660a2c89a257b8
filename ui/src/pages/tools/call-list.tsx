import { useQuery } from '@tanstack/react-query';
import { type CallOrder, callsQuery, type SingleCall, type ToolName } from '../../api/tools.ts';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatDuration } from '../../format/quantities.ts';
import { formatAgo, formatExactTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useZone } from '../../state/zone.ts';
import styles from './tools.module.css';

type CallListProps = Readonly<{
  name: ToolName;
  order: CallOrder;
  limit?: number;
  /** Whether it stands in the drawer: then what is opened goes on top of it. */
  isInDrawer?: boolean;
}>;

const empties: Readonly<Record<CallOrder, string>> = { failing: 'No call failed in this time.', slowest: 'No calls in this time.' };

/** Examples of calls: each opens the call, or its trace. */
export function CallList({ name, order, limit = 8, isInDrawer = false }: CallListProps) {
  const { interval } = useTimeRange();
  const query = useQuery(callsQuery(interval, name, order, limit));
  return (
    <StateView query={query} height={limit * 26} isEmpty={({ calls }) => calls.length === 0} empty={empties[order]}>
      {({ calls }) => (
        <ul className={styles.calls}>
          {calls.map((call) => (
            <CallLine
              key={`${call.trace_id} ${call.span_id} ${call.tool}`}
              call={call}
              isOfServer={name.tool === undefined}
              isInDrawer={isInDrawer}
            />
          ))}
        </ul>
      )}
    </StateView>
  );
}

function CallLine({ call, isOfServer, isInDrawer }: Readonly<{ call: SingleCall; isOfServer: boolean; isInDrawer: boolean }>) {
  const { open, push } = useDrawer();
  const show = isInDrawer ? push : open;
  const [zone] = useZone();
  const now = useNow();
  const startMillis = Date.parse(call.start);
  const said = call.failed
    ? [call.outcome, call.error_type === call.outcome ? '' : call.error_type].filter(Boolean).join(' ')
    : call.outcome;
  return (
    <li className={styles.call}>
      <button type="button" className={styles.callMain} onClick={() => show({ kind: 'call', id: `${call.trace_id}/${call.span_id}` })}>
        <span className="mono" title={formatExactTime(startMillis, zone)}>
          {formatAgo(startMillis, zone, now)}
        </span>
        <span className={styles.took}>{formatDuration(call.duration_ms)}</span>
        <span className={styles.said}>
          <span className={call.failed ? styles.failed : undefined}>
            {call.failed && <span aria-hidden="true">● </span>}
            {said}
          </span>
          {isOfServer && <code> {call.tool}</code>}
          {call.client !== '' && <span className={styles.soft}> from {call.client}</span>}
        </span>
      </button>
      <button type="button" className={styles.link} onClick={() => show({ kind: 'trace', id: call.trace_id })}>
        trace<span className="visually-hidden"> of this call, {call.trace_id}</span>
      </button>
    </li>
  );
}
