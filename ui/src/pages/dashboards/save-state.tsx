import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { ApiError } from '../../api/http.ts';
import controls from '../../components/controls.module.css';
import { ErrorNote } from '../../components/state-view.tsx';
import { pageLink } from '../../frame/page-link.ts';
import styles from './dashboards.module.css';
import type { Dashboard } from './model/panel.ts';
import { newId, type SavedDashboard, saveDashboard, savedKey } from './saved-dashboards.ts';

export type Saving = Readonly<{
  isSaving: boolean;
  error: unknown;
  /** Someone else saved since this was opened. */
  isConflict: boolean;
  save: (dashboard: Dashboard, replace?: boolean) => Promise<boolean>;
  saveCopy: (dashboard: Dashboard) => Promise<boolean>;
  forget: () => void;
}>;

/** Saves a dashboard; one without an id (built in, or new) becomes a copy of its own, which is then shown. */
export function useSaving(id: string | undefined, updated: string | undefined): Saving {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const search = useSearch();
  const [state, setState] = useState<Readonly<{ isSaving: boolean; error: unknown }>>({ isSaving: false, error: undefined });
  const run = async (write: () => Promise<SavedDashboard>): Promise<SavedDashboard | undefined> => {
    setState({ isSaving: true, error: undefined });
    try {
      const saved = await write();
      client.setQueryData([savedKey, saved.id], saved);
      void client.invalidateQueries({ queryKey: [savedKey], exact: true });
      setState({ isSaving: false, error: undefined });
      return saved;
    } catch (error) {
      setState({ isSaving: false, error });
      return undefined;
    }
  };
  const saveCopy = async (dashboard: Dashboard) => {
    const saved = await run(() => saveDashboard(newId(dashboard.title), dashboard, undefined));
    if (saved !== undefined) navigate(pageLink(`/dashboards/saved/${saved.id}`, search));
    return saved !== undefined;
  };
  return {
    ...state,
    isConflict: state.error instanceof ApiError && state.error.status === 409,
    save: async (dashboard, replace = false) => {
      if (id === undefined) return saveCopy(dashboard);
      return (await run(() => saveDashboard(id, dashboard, replace ? undefined : updated))) !== undefined;
    },
    saveCopy,
    forget: () => setState({ isSaving: false, error: undefined }),
  };
}

type SaveProblemProps = Readonly<{ saving: Saving; dashboard: Dashboard; onSaved: () => void; onTakeTheirs: () => void }>;

/** Why it was not saved, and what can be done about it. */
export function SaveProblem({ saving, dashboard, onSaved, onTakeTheirs }: SaveProblemProps) {
  if (saving.error === undefined) return null;
  if (!saving.isConflict) return <ErrorNote error={saving.error} />;
  return (
    <div role="alert" className={styles.conflict}>
      <span>Someone else saved this dashboard while you changed it. Nothing is lost yet: both are there.</span>
      <span className={styles.actions}>
        <button type="button" className={controls.button} onClick={() => void saving.saveCopy(dashboard)}>
          Save mine as a copy
        </button>
        <button
          type="button"
          className={controls.button}
          onClick={() => void saving.save(dashboard, true).then((isSaved) => isSaved && onSaved())}
        >
          Replace theirs
        </button>
        <button type="button" className={controls.button} onClick={onTakeTheirs}>
          Take theirs
        </button>
      </span>
    </div>
  );
}
