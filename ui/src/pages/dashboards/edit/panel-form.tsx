import controls from '../../../components/controls.module.css';
import styles from '../dashboards.module.css';
import {
  count,
  type Group,
  isChart,
  kindTitles,
  type Metric,
  type Panel,
  type PanelContent,
  type PanelKind,
  panelKinds,
} from '../model/panel.ts';
import { readPanel } from '../model/read-dashboard.ts';
import { FieldInput, NumberInput, Select, TextInput } from './form-controls.tsx';
import { GroupFields, MetricFields } from './group-fields.tsx';
import { JsonField } from './json-field.tsx';
import { useRestingForm } from './use-resting-form.ts';

const overTime: Group = { role: 'x', by: 'time', field: 'timestamp', interval: 'auto' };
const byAgent: Group = { role: 'split', by: 'terms', field: 'agent.name', size: 10, order: { by: 'count', descending: true } };

/** The content as another kind, with what can be kept. */
export function asKind(content: PanelContent, kind: PanelKind): PanelContent {
  if (kind === 'markdown') return { kind, text: content.kind === 'markdown' ? content.text : 'Some **text**.' };
  if (kind === 'logs')
    return { kind, columns: ['timestamp', 'level', 'agent.name', 'msg'], sort: [{ field: 'timestamp', descending: true }] };
  if (kind === 'map') return { kind, field: 'client.geo.location', metric: count };
  const [groups, metrics] = isChart(content) ? [content.groups, content.metrics] : [[], [count]];
  if (kind === 'statistic') return { kind, groups: [], metrics };
  if (kind === 'histogram') return { kind, groups: [{ role: 'x', by: 'number', field: 'request.duration_ms', step: 0 }], metrics: [count] };
  if (kind === 'table')
    return { kind, groups: (groups.length === 0 ? [byAgent] : groups).map((group) => ({ ...group, role: 'x' })), metrics };
  if (kind === 'heatmap') {
    const rows = groups.find(({ role }) => role === 'split') ?? byAgent;
    return { kind, groups: [rows, groups.find(({ role }) => role === 'x') ?? overTime], metrics };
  }
  return { kind, groups: groups.some(({ role }) => role === 'x') ? groups : [overTime, ...groups], metrics };
}

type PanelFormProps = Readonly<{ panel: Panel; onChange: (panel: Panel) => void; onClose: () => void }>;

/** Everything about one panel; the panel itself shows what changes. */
export function PanelForm({ panel, onChange, onClose }: PanelFormProps) {
  const [form, setForm] = useRestingForm(panel, onChange);
  const { content } = form;
  const set = (changes: Partial<Panel>) => setForm({ ...form, ...changes });
  return (
    <aside className={styles.form} aria-label="Edit the panel">
      <header className={styles.panelHead}>
        <h2>Panel</h2>
        <button type="button" className={controls.button} onClick={onClose}>
          Close
        </button>
      </header>
      <TextInput label="Title" value={form.title} onChange={(title) => set({ title })} />
      <Select
        label="Kind"
        value={content.kind}
        options={Object.fromEntries(panelKinds.map((kind) => [kind, kindTitles[kind]]))}
        onChange={(kind) => set({ content: asKind(content, kind as PanelKind) })}
      />
      {content.kind === 'markdown' ? (
        <label>
          Text (Markdown)
          <textarea
            className={styles.text}
            rows={10}
            value={content.text}
            onChange={(event) => set({ content: { ...content, text: event.target.value } })}
          />
        </label>
      ) : (
        <SourceFields form={form} set={set} />
      )}
      {content.kind === 'logs' && (
        <TextInput
          label="Columns, with commas"
          value={content.columns.join(', ')}
          onChange={(text) => set({ content: { ...content, columns: text.split(/,\s*/) } })}
        />
      )}
      {content.kind === 'map' && (
        <>
          <FieldInput label="Field of places" value={content.field} onChange={(field) => set({ content: { ...content, field } })} />
          <MetricFields metric={content.metric} name="Number" onChange={(metric) => set({ content: { ...content, metric } })} />
        </>
      )}
      {isChart(content) && <ChartFields content={content} onChange={(changed) => set({ content: changed })} />}
      <PlaceFields form={form} set={set} />
      <JsonField label="This panel as JSON" value={form} onApply={(value) => setForm({ ...readPanel(value), id: panel.id })} />
    </aside>
  );
}

type PartProps = Readonly<{ form: Panel; set: (changes: Partial<Panel>) => void }>;

function SourceFields({ form, set }: PartProps) {
  const { query, filters } = form;
  return (
    <>
      <TextInput label="Indices" value={form.index} onChange={(index) => set({ index })} />
      <div className={styles.fields}>
        <TextInput label="Only records that match" value={query.text} onChange={(text) => set({ query: { ...query, text } })} />
        <Select
          label="Language"
          value={query.language}
          options={{ lucene: 'Lucene', kql: 'KQL' }}
          onChange={(language) => set({ query: { ...query, language: language === 'kql' ? 'kql' : 'lucene' } })}
        />
      </div>
      <JsonField
        label={`Filters in Elasticsearch's language (${filters.length})`}
        value={filters}
        onApply={(value) => set({ filters: readPanel({ filters: Array.isArray(value) ? value : [value] }).filters })}
      />
    </>
  );
}

function PlaceFields({ form, set }: PartProps) {
  const { place } = form;
  return (
    <fieldset className={styles.fields}>
      <legend>Place</legend>
      {(['x', 'y', 'w', 'h'] as const).map((side) => (
        <NumberInput
          key={side}
          label={{ x: 'Column', y: 'Row', w: 'Width of 48', h: 'Height' }[side]}
          value={place[side]}
          onChange={(value) => set({ place: { ...place, [side]: value } })}
        />
      ))}
    </fieldset>
  );
}

type Chart = Extract<PanelContent, { groups: readonly Group[] }>;

const without = <One,>(all: readonly One[], at: number): readonly One[] => all.filter((_, index) => index !== at);
const replaced = <One,>(all: readonly One[], at: number, one: One): readonly One[] =>
  all.map((before, index) => (index === at ? one : before));

function ChartFields({ content, onChange }: Readonly<{ content: Chart; onChange: (content: Chart) => void }>) {
  const { groups, metrics } = content;
  const setGroups = (next: readonly Group[]) => onChange({ ...content, groups: next });
  const setMetrics = (next: readonly Metric[]) => onChange({ ...content, metrics: next });
  const keyed = <One,>(all: readonly One[], name: string) => all.map((one, at) => ({ one, at, key: `${name} ${at + 1}` }));
  return (
    <>
      {keyed(metrics, 'Number').map(({ one, at, key }) => (
        <fieldset key={key}>
          <legend>{key}</legend>
          <MetricFields metric={one} name={key} onChange={(metric) => setMetrics(replaced(metrics, at, metric))} />
          {metrics.length > 1 && (
            <button type="button" className={controls.button} onClick={() => setMetrics(without(metrics, at))}>
              Remove {key.toLowerCase()}
            </button>
          )}
        </fieldset>
      ))}
      <button type="button" className={controls.button} onClick={() => setMetrics([...metrics, count])}>
        Add a number
      </button>
      {keyed(groups, 'Group').map(({ one, at, key }) => (
        <fieldset key={key}>
          <legend>{key}</legend>
          <GroupFields group={one} metrics={metrics} name={key} onChange={(group) => setGroups(replaced(groups, at, group))} />
          <button type="button" className={controls.button} onClick={() => setGroups(without(groups, at))}>
            Remove {key.toLowerCase()}
          </button>
        </fieldset>
      ))}
      {groups.length < 6 && (
        <button type="button" className={controls.button} onClick={() => setGroups([...groups, groups.length === 0 ? overTime : byAgent])}>
          Add a group
        </button>
      )}
    </>
  );
}
