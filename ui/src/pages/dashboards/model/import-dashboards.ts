import { describePanel } from './describe-panel.ts';
import { isObject, listOf, member, textOf } from './json-value.ts';
import { type ImportedDashboard, importKibana, readSavedObjects } from './kibana-dashboard.ts';
import { importPageForm } from './page-form.ts';
import { dashboardFormat, readDashboard } from './read-dashboard.ts';
import { parseTolerantly } from './tolerant-json.ts';

export type ImportResult = Readonly<{
  dashboards: readonly ImportedDashboard[];
  /** What belongs to no dashboard and was left behind. */
  lost: readonly string[];
}>;

/**
 * Dashboards of a text: an export of Kibana (NDJSON, `{objects:[…]}`, a list, single objects), `{dashboard:{panels:[{query, visualization}]}}`, or what
 * meshscope exports. Never throws: what is not understood is in `lost`, there or with the panel that it belongs to.
 */
export function importDashboards(text: string): ImportResult {
  try {
    const { values, notes } = parseTolerantly(text);
    if (values.length === 0)
      return { dashboards: [], lost: [text.trim() === '' ? 'There is nothing to import.' : 'This is no JSON that could be understood.'] };
    const entries = values.flatMap(entriesOf);
    const formOf = (entry: unknown) =>
      member(entry, 'format') === dashboardFormat ? 'own' : isObject(member(entry, 'dashboard')) ? 'page' : 'kibana';
    const [own, forms] = [entries.filter((entry) => formOf(entry) === 'own'), entries.filter((entry) => formOf(entry) === 'page')];
    const objects = readSavedObjects(entries.filter((entry) => formOf(entry) === 'kibana'));
    const kibana = importKibana(objects.objects);
    const dashboards = [...own.map(importOwn), ...forms.map(importPageForm), ...kibana.dashboards];
    const lost = [...notes, ...objects.lost, ...kibana.lost];
    return { dashboards, lost: dashboards.length === 0 ? [...lost, 'There is no dashboard, visualization or search in it.'] : lost };
  } catch (error) {
    // Nothing that was sent may break the page, such as a text that nests too deep to be read.
    return { dashboards: [], lost: [`This could not be read: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** The objects in an export of any age. */
function entriesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.length === 1 && isObject(value[0]) ? entriesOf(value[0]) : value;
  const inside = member(value, 'objects') ?? member(value, 'saved_objects');
  return Array.isArray(inside) ? inside : [value];
}

function importOwn(entry: unknown): ImportedDashboard {
  const dashboard = readDashboard(member(entry, 'dashboard'));
  const sent = listOf(member(member(entry, 'dashboard'), 'panels')).length;
  return {
    id: textOf(member(entry, 'id')),
    dashboard,
    lost: sent > dashboard.panels.length ? [`${sent - dashboard.panels.length} panels more than a dashboard can have.`] : [],
    panels: dashboard.panels.map((panel) => ({
      title: panel.title,
      from: 'meshscope panel',
      isTranslated: true,
      to: panel.content.kind,
      translated: describePanel(panel),
      lost: [],
    })),
  };
}
