import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';
import { postJson } from '../../api/http.ts';
import controls from '../../components/controls.module.css';
import floating from '../../components/floating.module.css';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useUrlValues } from '../../state/use-url-state.ts';
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

/** For each variable of the dashboard the values that its panels are narrowed to: any number of them. */
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
  const [chosen, setChosen] = useUrlValues(variableName(field));
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
  const all = [...chosen.filter((value) => !values.includes(value)), ...values];
  return (
    <Select
      className={styles.variable}
      selectionMode="multiple"
      value={chosen.length === 0 ? [everyValue] : chosen}
      onChange={(keys) => {
        const named = keys.map(String).filter((key) => key !== everyValue);
        setChosen(chosen.length > 0 && keys.includes(everyValue) ? [] : named);
      }}
    >
      <Label>{label}</Label>
      <Button className={`${controls.button} ${styles.variableButton}`}>
        <SelectValue className={styles.chosen}>{chosen.length === 0 ? 'All' : chosen.join(', ')}</SelectValue>
        <span aria-hidden="true">▾</span>
      </Button>
      <Popover className={floating.popover} placement="bottom start">
        <ListBox className={floating.menu}>
          <ListBoxItem id={everyValue} className={styles.value}>
            All
          </ListBoxItem>
          {all.map((value) => (
            <ListBoxItem key={value} id={value} className={styles.value}>
              {value}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** The key of no choice. */
const everyValue = '*all*';
