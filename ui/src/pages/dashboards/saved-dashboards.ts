import { useQuery } from '@tanstack/react-query';
import { deleteJson, getJson, putJson } from '../../api/http.ts';
import { member } from './model/json-value.ts';
import type { Dashboard } from './model/panel.ts';
import { printDashboard, readDashboard } from './model/read-dashboard.ts';

type SavedItem = Readonly<{ id: string; title: string; updated: string; content: unknown }>;

export type SavedDashboard = Readonly<{ id: string; updated: string; dashboard: Dashboard }>;

const path = '/api/saved/dashboard';

const readSaved = ({ id, title, updated, content }: SavedItem): SavedDashboard => ({
  id,
  updated,
  dashboard: { ...readDashboard(member(content, 'dashboard') ?? content), title },
});

export const savedKey = 'saved dashboards';

export const useSavedDashboards = () =>
  useQuery({
    queryKey: [savedKey],
    queryFn: async ({ signal }) => (await getJson<Readonly<{ items: readonly SavedItem[] }>>(path, {}, signal)).items.map(readSaved),
  });

export const useSavedDashboard = (id: string | undefined) =>
  useQuery({
    queryKey: [savedKey, id],
    enabled: id !== undefined,
    queryFn: async ({ signal }) => readSaved(await getJson<SavedItem>(`${path}/${encodeURIComponent(id ?? '')}`, {}, signal)),
  });

/** `expected`: `updated` of what is replaced; ApiError 409 when someone else has saved since. Undefined replaces whatever is there. */
export const saveDashboard = async (id: string, dashboard: Dashboard, expected: string | undefined): Promise<SavedDashboard> =>
  readSaved(
    await putJson<SavedItem>(`${path}/${encodeURIComponent(id)}`, { title: dashboard.title, content: printDashboard(dashboard), expected }),
  );

export const removeDashboard = (id: string): Promise<unknown> => deleteJson(`${path}/${encodeURIComponent(id)}`);

/** A new id that says what it is of. */
export function newId(title: string): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  return `${words || 'dashboard'}-${Math.random().toString(36).slice(2, 8)}`;
}
