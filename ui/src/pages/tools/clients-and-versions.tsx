import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { postJson } from '../../api/http.ts';
import type { ToolName } from '../../api/tools.ts';
import { StateView } from '../../components/state-view.tsx';
import { formatBytes, formatCount } from '../../format/quantities.ts';
import type { Interval } from '../../state/time-range.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { combinationsOf, type RecordedAnswer, recordedCalls, sizesOf } from './recorded-calls.ts';
import styles from './tools.module.css';

const recordedQuery = (interval: Interval, name: ToolName) => ({
  queryKey: ['recorded calls', interval.startMillis, interval.endMillis, name.server, name.tool],
  placeholderData: keepPreviousData,
  gcTime: 60_000,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    postJson<RecordedAnswer>('/elasticsearch/mcp-calls*/_search', recordedCalls(interval, name), signal),
});

/** Who calls it, in which versions, and how much goes over the wire. */
export function ClientsAndVersions({ name, clients }: Readonly<{ name: ToolName; clients: Readonly<Record<string, number>> }>) {
  const { interval } = useTimeRange();
  const query = useQuery(recordedQuery(interval, name));
  return (
    <section aria-labelledby="clients">
      <h2 id="clients">Clients, versions and sizes</h2>
      <ul className={styles.plain}>
        {Object.entries(clients).map(([client, calls]) => (
          <li key={client}>
            <code>{client}</code> <span className={styles.soft}>{formatCount(calls)} calls</span>
          </li>
        ))}
      </ul>
      <StateView query={query} height={80}>
        {(answer) => <Recorded answer={answer} />}
      </StateView>
    </section>
  );
}

function Recorded({ answer }: Readonly<{ answer: RecordedAnswer }>) {
  const combinations = combinationsOf(answer);
  const sizes = sizesOf(answer);
  if (combinations.length === 0)
    return <p className={styles.soft}>Versions and sizes are known of calls that a recorder saw; none did in this time.</p>;
  return (
    <div className={styles.scroll}>
      <table className={styles.small}>
        <thead>
          <tr>
            <th scope="col">Client</th>
            <th scope="col">Server</th>
            <th scope="col">Protocol</th>
            <th scope="col">Calls</th>
          </tr>
        </thead>
        <tbody>
          {combinations.map(({ client, server, protocol, calls }) => (
            <tr key={`${client} ${server} ${protocol}`}>
              <td>{client}</td>
              <td>{server}</td>
              <td>{protocol}</td>
              <td className={styles.end}>{formatCount(calls)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table className={styles.small}>
        <thead>
          <tr>
            <th scope="col">Payload</th>
            {sizes[0]?.values.map(([share]) => (
              <th key={share} scope="col">
                {share === 100 ? 'largest' : `p${share}`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sizes.map(({ title, values }) => (
            <tr key={title}>
              <th scope="row">{title}</th>
              {values.map(([share, bytes]) => (
                <td key={share} className={styles.end}>
                  {bytes === null ? '–' : formatBytes(bytes)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
