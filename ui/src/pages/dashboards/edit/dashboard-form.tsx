import controls from '../../../components/controls.module.css';
import styles from '../dashboards.module.css';
import type { Dashboard } from '../model/panel.ts';
import { readDashboard } from '../model/read-dashboard.ts';
import { FieldInput, TextInput } from './form-controls.tsx';
import { JsonField } from './json-field.tsx';
import { useRestingForm } from './use-resting-form.ts';

type DashboardFormProps = Readonly<{ dashboard: Dashboard; onChange: (dashboard: Dashboard) => void; onClose: () => void }>;

/** What belongs to the dashboard as a whole. */
export function DashboardForm({ dashboard: shown, onChange: settle, onClose }: DashboardFormProps) {
  const [dashboard, onChange] = useRestingForm(shown, settle);
  const { variables, time } = dashboard;
  const set = (changes: Partial<Dashboard>) => onChange({ ...dashboard, ...changes });
  const setTime = (from: string, to: string) => {
    const { time: _, ...rest } = dashboard;
    onChange(from === '' && to === '' ? rest : { ...rest, time: { from, to } });
  };
  return (
    <aside className={styles.form} aria-label="Settings of the dashboard">
      <header className={styles.panelHead}>
        <h2>Dashboard</h2>
        <button type="button" className={controls.button} onClick={onClose}>
          Close
        </button>
      </header>
      <TextInput label="Title" value={dashboard.title} onChange={(title) => set({ title })} />
      <TextInput label="Description" value={dashboard.description} onChange={(description) => set({ description })} />
      <div className={styles.fields}>
        <TextInput label="Opens with the time from" value={time?.from ?? ''} onChange={(from) => setTime(from, time?.to ?? 'now')} />
        <TextInput label="to" value={time?.to ?? ''} onChange={(to) => setTime(time?.from ?? 'now-1h', to)} />
      </div>
      <TextInput
        label="Only records that match (Lucene)"
        value={dashboard.query.text}
        onChange={(text) => set({ query: { ...dashboard.query, text } })}
      />
      <fieldset>
        <legend>Variables</legend>
        {variables
          .map((variable, at) => ({ variable, at, key: `Variable ${at + 1}` }))
          .map(({ variable, at, key }) => (
            <div key={key} className={styles.fields}>
              <FieldInput
                label={`${key}: field`}
                value={variable.field}
                onChange={(field) => set({ variables: variables.map((one, index) => (index === at ? { ...one, field } : one)) })}
              />
              <TextInput
                label="Name"
                value={variable.label}
                onChange={(label) => set({ variables: variables.map((one, index) => (index === at ? { ...one, label } : one)) })}
              />
              <button
                type="button"
                className={controls.button}
                onClick={() => set({ variables: variables.filter((_, index) => index !== at) })}
              >
                Remove {key.toLowerCase()}
              </button>
            </div>
          ))}
        <button
          type="button"
          className={controls.button}
          onClick={() => set({ variables: [...variables, { field: 'agent.name', label: 'Agent' }] })}
        >
          Add a variable
        </button>
      </fieldset>
      <JsonField label="The dashboard as JSON" value={dashboard} onApply={(value) => onChange(readDashboard(value))} />
    </aside>
  );
}
