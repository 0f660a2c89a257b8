import { useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useSearch } from 'wouter';
import controls from '../../components/controls.module.css';
import { StateView } from '../../components/state-view.tsx';
import { pageLink } from '../../frame/page-link.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { DashboardActions } from './dashboard-actions.tsx';
import { DashboardView } from './dashboard-view.tsx';
import styles from './dashboards.module.css';
import { DashboardForm } from './edit/dashboard-form.tsx';
import { EditGrid } from './edit/edit-grid.tsx';
import { PanelForm } from './edit/panel-form.tsx';
import { useDraft } from './edit/use-draft.ts';
import { addPanel } from './model/layout.ts';
import { count, type Dashboard, everything } from './model/panel.ts';
import { SaveProblem, useSaving } from './save-state.tsx';
import { removeDashboard, savedKey, useSavedDashboard } from './saved-dashboards.ts';
import { VariablesBar } from './variables-bar.tsx';

const empty: Dashboard = { title: 'New dashboard', description: '', query: everything, filters: [], variables: [], panels: [] };

export const NewDashboard = () => <DashboardPage name="new" base={empty} />;

export const BuiltInDashboard = ({ name, dashboard }: Readonly<{ name: string; dashboard: Dashboard }>) => (
  <DashboardPage name={name} base={dashboard} isBuiltIn />
);

export function SavedDashboard({ id }: Readonly<{ id: string }>) {
  const query = useSavedDashboard(id);
  return (
    <StateView query={query} height={400}>
      {({ dashboard, updated }) => <DashboardPage name={`saved-${id}`} base={dashboard} id={id} updated={updated} />}
    </StateView>
  );
}

type DashboardPageProps = Readonly<{ name: string; base: Dashboard; isBuiltIn?: boolean; id?: string; updated?: string }>;

/** One dashboard, to look at (`edit` unset) or to change. `panel` in the URL is the panel whose form is open. */
function DashboardPage({ name, base, isBuiltIn = false, id, updated }: DashboardPageProps) {
  const search = useSearch();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [mode, setMode] = useUrlState('edit', name === 'new' ? '1' : '');
  const [open, setOpen] = useUrlState('panel');
  const draft = useDraft(name, updated ?? '', base);
  const saving = useSaving(id, draft.version);
  const { dashboard } = draft;
  const isEditing = mode === '1' && !isBuiltIn;
  const edited = isEditing ? dashboard.panels.find((panel) => `p-${panel.id}` === open) : undefined;
  const saved = () => {
    draft.discard();
    saving.forget();
    if (id !== undefined) setMode('');
  };
  const add = () => {
    const panels = addPanel(
      dashboard.panels,
      {
        title: 'New panel',
        index: '*',
        timeField: 'timestamp',
        query: everything,
        filters: [],
        content: { kind: 'stacked_bar', groups: [{ role: 'x', by: 'time', field: 'timestamp', interval: 'auto' }], metrics: [count] },
      },
      { w: 24, h: 12 },
    );
    draft.change({ ...dashboard, panels });
    setOpen(`p-${panels.at(-1)?.id}`);
  };
  return (
    <div className={styles.dashboard}>
      <header className={styles.head}>
        <Link href={pageLink('/dashboards', search)}>Dashboards</Link>
        <h1>{dashboard.title}</h1>
        <span className={styles.description}>{dashboard.description}</span>
        {draft.isChanged && <span className={styles.unsaved}>not saved</span>}
        <span className={styles.actions}>
          {isEditing && (
            <>
              <button type="button" className={controls.button} onClick={add}>
                Add a panel
              </button>
              <button type="button" className={controls.button} onClick={() => setOpen('settings')}>
                Settings
              </button>
              <button type="button" className={controls.button} onClick={draft.undo} disabled={!draft.isChanged}>
                Undo
              </button>
            </>
          )}
          {draft.isChanged && (
            <button type="button" className={controls.button} onClick={draft.discard}>
              Discard
            </button>
          )}
          {(draft.isChanged || (isEditing && id === undefined)) && (
            <button
              type="button"
              className={controls.primary}
              disabled={saving.isSaving}
              onClick={() => void saving.save(dashboard).then((isSaved) => isSaved && saved())}
            >
              Save
            </button>
          )}
          {!isBuiltIn && id !== undefined && (
            <button type="button" className={controls.button} aria-pressed={isEditing} onClick={() => setMode(isEditing ? '' : '1')}>
              {isEditing ? 'Done' : 'Edit'}
            </button>
          )}
          <DashboardActions
            dashboard={dashboard}
            id={id ?? name}
            onCopy={() => void saving.saveCopy({ ...dashboard, title: `${dashboard.title} (copy)` })}
            {...(id !== undefined && {
              onRemove: async () => {
                await removeDashboard(id);
                draft.discard();
                void client.invalidateQueries({ queryKey: [savedKey], exact: true });
                navigate(pageLink('/dashboards', search));
              },
            })}
          />
        </span>
      </header>
      <SaveProblem
        saving={saving}
        dashboard={dashboard}
        onSaved={saved}
        onTakeTheirs={() => {
          draft.discard();
          saving.forget();
          void client.invalidateQueries({ queryKey: [savedKey, id] });
        }}
      />
      <VariablesBar dashboard={dashboard} />
      {isEditing ? (
        <div className={styles.editor}>
          <div className={styles.canvas}>
            <EditGrid dashboard={dashboard} onChange={draft.change} onEdit={(panel) => setOpen(`p-${panel}`)} edited={edited?.id ?? ''} />
            {dashboard.panels.length === 0 && <p className={styles.empty}>No panels yet: add one.</p>}
          </div>
          {edited !== undefined && (
            <PanelForm
              key={edited.id}
              panel={edited}
              onChange={(next) =>
                draft.change({ ...dashboard, panels: dashboard.panels.map((panel) => (panel.id === edited.id ? next : panel)) })
              }
              onClose={() => setOpen('')}
            />
          )}
          {open === 'settings' && <DashboardForm dashboard={dashboard} onChange={draft.change} onClose={() => setOpen('')} />}
        </div>
      ) : (
        <DashboardView dashboard={dashboard} />
      )}
    </div>
  );
}
