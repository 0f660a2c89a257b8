import styles from '../dashboards.module.css';
import { type Group, type Metric, metricOperations } from '../model/panel.ts';
import { readGroup, readMetric } from '../model/read-dashboard.ts';
import { FieldInput, NumberInput, Select, TextInput } from './form-controls.tsx';

const groupKinds = {
  time: 'Time',
  terms: 'Values of a field',
  filters: 'Filters',
  number: 'Columns of numbers',
  ranges: 'Ranges of numbers',
};

/** The same group of another kind, with what that needs. */
function asKind(group: Group, by: string): Group {
  const field =
    by === 'time'
      ? 'timestamp'
      : 'field' in group && group.by !== 'time'
        ? group.field
        : by === 'terms'
          ? 'agent.name'
          : 'request.duration_ms';
  const filters = [{ label: 'Errors', query: { language: 'lucene', text: 'level:ERROR' } }];
  const [made = group] = readGroup({
    role: group.role,
    by,
    field,
    size: 10,
    interval: 'auto',
    step: 0,
    ranges: [{ to: 100 }, { from: 100 }],
    filters,
  });
  return made;
}

export function GroupFields({
  group,
  metrics,
  name,
  onChange,
}: Readonly<{ group: Group; metrics: readonly Metric[]; name: string; onChange: (group: Group) => void }>) {
  return (
    <div className={styles.fields}>
      <Select label={`${name}: by`} value={group.by} options={groupKinds} onChange={(by) => onChange(asKind(group, by))} />
      <Select
        label="Shown"
        value={group.role}
        options={{ x: 'along the axis', split: 'as series' }}
        onChange={(role) => onChange({ ...group, role: role === 'split' ? 'split' : 'x' })}
      />
      {group.by !== 'filters' && <FieldInput label="Field" value={group.field} onChange={(field) => onChange({ ...group, field })} />}
      <TextInput label="Name" value={group.label ?? ''} onChange={(label) => onChange(readGroup({ ...group, label })[0] ?? group)} />
      {group.by === 'time' && (
        <TextInput
          label="Step (auto, 5m, 1h, 1d, month)"
          value={group.interval}
          onChange={(interval) => onChange({ ...group, interval })}
        />
      )}
      {group.by === 'number' && (
        <NumberInput
          label="Width of columns (0: one that fits)"
          value={group.step}
          onChange={(step) => onChange({ ...group, step: Math.max(0, step) })}
        />
      )}
      {group.by === 'ranges' && (
        <TextInput
          label="Ranges (0-100, 100-)"
          value={group.ranges.map(({ from, to }) => `${from ?? ''}-${to ?? ''}`).join(', ')}
          onChange={(text) => onChange(readGroup({ ...group, ranges: rangesOf(text) })[0] ?? group)}
        />
      )}
      {group.by === 'terms' && (
        <>
          <NumberInput label="How many" value={group.size} onChange={(size) => onChange(readGroup({ ...group, size })[0] ?? group)} />
          <Select
            label="Order"
            value={`${group.order.by === 'metric' ? group.order.metric : group.order.by} ${group.order.descending}`}
            options={{
              'count true': 'most records first',
              'count false': 'fewest records first',
              'name false': 'by name',
              'name true': 'by name, backwards',
              ...Object.fromEntries(
                metrics.flatMap((_, at) => [
                  [`${at} true`, `number ${at + 1}, largest first`],
                  [`${at} false`, `number ${at + 1}, smallest first`],
                ]),
              ),
            }}
            onChange={(value) => {
              const [by, descending] = value.split(' ');
              const metric = Number(by);
              onChange(
                readGroup({
                  ...group,
                  order: { ...(Number.isInteger(metric) ? { by: 'metric', metric } : { by }), descending: descending === 'true' },
                })[0] ?? group,
              );
            }}
          />
        </>
      )}
      {group.by === 'filters' && (
        <label>
          One filter a line: name = query
          <textarea
            className={styles.text}
            rows={4}
            defaultValue={group.filters.map(({ label, query }) => `${label} = ${query.text}`).join('\n')}
            onChange={(event) => onChange(readGroup({ ...group, filters: filtersOf(event.target.value, group) })[0] ?? group)}
          />
        </label>
      )}
    </div>
  );
}

const rangesOf = (text: string) =>
  text.split(',').map((part) => {
    const [from, to] = part.split('-').map((one) => one.trim());
    return { from, to };
  });

const filtersOf = (text: string, group: Extract<Group, { by: 'filters' }>) =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, at) => {
      const split = line.indexOf('=');
      const query = (split < 0 ? line : line.slice(split + 1)).trim();
      return {
        label: (split < 0 ? line : line.slice(0, split)).trim(),
        query: { language: group.filters[at]?.query.language ?? 'lucene', text: query },
      };
    });

const operationNames: Readonly<Record<string, string>> = {
  count: 'Count of records',
  avg: 'Mean',
  sum: 'Sum',
  min: 'Smallest',
  max: 'Largest',
  median: 'Median',
  percentile: 'Percentile',
  unique: 'Different values',
  values: 'Count of values',
  last: 'Last value',
};

export function MetricFields({ metric, name, onChange }: Readonly<{ metric: Metric; name: string; onChange: (metric: Metric) => void }>) {
  const { operation } = metric;
  const set = (changes: Partial<Metric>) => onChange(readMetric({ ...metric, ...changes })[0] ?? { ...metric, ...changes });
  return (
    <div className={styles.fields}>
      <Select
        label={name}
        value={operation}
        options={Object.fromEntries(metricOperations.map((one) => [one, operationNames[one] ?? one]))}
        onChange={(value) => set({ operation: value as Metric['operation'], field: metric.field ?? 'request.duration_ms' })}
      />
      {operation !== 'count' && (
        <FieldInput label="Of the field" value={metric.field ?? ''} onChange={(field) => onChange({ ...metric, field })} />
      )}
      {operation === 'percentile' && <NumberInput label="Percent" value={metric.percent ?? 95} onChange={(percent) => set({ percent })} />}
      <TextInput label="Name" value={metric.label ?? ''} onChange={(label) => set({ label })} />
      <TextInput
        label="Only records that match (Lucene)"
        value={metric.filter?.text ?? ''}
        onChange={(text) => {
          const { filter, ...rest } = metric;
          onChange(text === '' ? rest : { ...metric, filter: { language: filter?.language ?? 'lucene', text } });
        }}
      />
    </div>
  );
}
