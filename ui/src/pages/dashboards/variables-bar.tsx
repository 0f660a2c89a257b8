import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { postJson } from '../../api/http.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import styles from './dashboards.module.css';
import type { Dashboard, Variable } from './model/panel.ts';
import { textQuery } from './model/panel-request.ts';

/** Its name in the URL. */
export const variableName = (field: string): string => `var-${field}`;

type Values = Readonly<{
  aggregations?: Readonly<{
    values?: Readonly<{ buckets: readonly Readonly<{ key: string | number; key_as_string?: string; doc_count: number }>[] }>;
  }>;
}>;

/** One choice for each variable of the dashboard. */
export function VariablesBar({ dashboard }: Readonly<{ dashboard: Dashboard }>) {
  if (dashboard.variables.length === 0) return null;
  const indices = [...new Set(dashboard.panels.filter(({ content }) => content.kind !== 'markdown').map(({ index }) => index))];
  return (
    <fieldset className={styles.variables} aria-label="Variables">
      {dashboard.variables.map((variable) => (
        <VariableSelect key={variable.field} variable={variable} index={indices.join(',') || '*'} dashboard={dashboard} />
      ))}
    </fieldset>
  );
}

function VariableSelect({
  variable: { field, label },
  index,
  dashboard,
}: Readonly<{ variable: Variable; index: string; dashboard: Dashboard }>) {
  const { interval } = useTimeRange();
  const [value, setValue] = useUrlState(variableName(field));
  const { query, filters } = dashboard;
  const { data } = useQuery({
    queryKey: ['variable', field, index, interval, query, filters],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      postJson<Values>(
        `/elasticsearch/${index.split(',').map(encodeURIComponent).join(',')}/_search?ignore_unavailable=true`,
        {
          size: 0,
          track_total_hits: false,
          query: {
            bool: {
              filter: [
                { range: { timestamp: { gte: interval.startMillis, lt: interval.endMillis, format: 'epoch_millis' } } },
                ...textQuery(query),
                ...filters,
              ],
            },
          },
          aggs: { values: { terms: { field, size: 100 } } },
        },
        signal,
      ),
  });
  const values = (data?.aggregations?.values?.buckets ?? []).map(({ key, key_as_string }) => key_as_string ?? String(key));
  const all = value === '' || values.includes(value) ? values : [value, ...values];
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={(event) => setValue(event.target.value)}>
        <option value="">All</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  );
}
