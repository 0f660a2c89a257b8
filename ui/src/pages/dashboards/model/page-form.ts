import { describePanel } from './describe-panel.ts';
import { isObject, listOf, member, objectOf, textOf } from './json-value.ts';
import type { ImportedDashboard } from './kibana-dashboard.ts';
import { type PanelSource, readQueryForms, unknownMembers } from './kibana-source.ts';
import { count, everything, type Group, type Panel, type PanelContent } from './panel.ts';

/** In which index and by which time MCP Mesh's dashboards look, which do not say so. */
const index = 'mcp-mesh-logs-*';
const timeField = 'timestamp';
const known = ['title', 'query', 'visualization', 'x_axis', 'y_axis', 'geo_field', 'index', 'description'];

/** `{dashboard: {title, panels: [{title, query, visualization, x_axis, y_axis, geo_field}]}}`, as MCP Mesh's logging page writes dashboards. */
export function importPageForm(entry: unknown): ImportedDashboard {
  const form = objectOf(member(entry, 'dashboard'));
  const made = listOf(form.panels).slice(0, 100).map(importPanel);
  return {
    id: textOf(form.id),
    dashboard: {
      title: textOf(form.title, 'Imported dashboard') || 'Imported dashboard',
      description: textOf(form.description),
      query: everything,
      filters: [],
      variables: [],
      panels: made.map(({ panel }) => panel),
    },
    panels: made.map(({ report }) => report),
    lost: [
      ...unknownMembers(form, ['id', 'title', 'description', 'panels'], 'of the dashboard'),
      ...unknownMembers(objectOf(entry), ['dashboard', 'id', 'version'], 'of the file'),
    ],
  };
}

function importPanel(value: unknown, at: number) {
  const form = objectOf(value);
  const lost = [...unknownMembers(form, known, 'of the panel')];
  if (!isObject(value)) lost.push('This is no panel.');
  const source: PanelSource = { index: textOf(form.index, index) || index, timeField, ...readQueryForms(form.query, lost) };
  const content = contentOf(form, source, lost);
  const panel: Panel = {
    id: String(at + 1),
    title: textOf(form.title, `Panel ${at + 1}`),
    place: { x: (at % 2) * 24, y: Math.floor(at / 2) * 15, w: 24, h: 15 },
    ...source,
    content: content ?? {
      kind: 'markdown',
      text: `A panel of the kind **${textOf(form.visualization, 'unknown')}** could not be translated.`,
    },
  };
  const from = textOf(form.visualization, 'panel');
  return {
    panel,
    report: {
      title: panel.title,
      from,
      isTranslated: content !== undefined,
      ...(content !== undefined && { to: content.kind }),
      translated: content === undefined ? [] : describePanel(panel),
      lost,
    },
  };
}

function contentOf(form: Readonly<Record<string, unknown>>, source: PanelSource, lost: string[]): PanelContent | undefined {
  const kind = textOf(form.visualization).toLowerCase();
  const [x, y, place] = [textOf(form.x_axis), textOf(form.y_axis), textOf(form.geo_field)];
  const groups: readonly Group[] = [...(x === '' ? [] : [groupOf(x, 'x')]), ...(y === '' ? [] : [groupOf(y, 'split')])];
  if (kind === 'map' || kind === 'geo_map') {
    if (place === '') lost.push('A map needs geo_field.');
    return place === '' ? undefined : { kind: 'map', field: place, metric: count };
  }
  if (place !== '') lost.push('geo_field belongs to maps.');
  if (kind === 'heatmap') {
    if (groups.length < 2) lost.push('A heatmap needs x_axis and y_axis.');
    // The rows are chosen once for the whole time, so the axis of time comes second.
    return groups.length < 2 ? undefined : { kind: 'heatmap', groups: groups.toReversed(), metrics: [count] };
  }
  if (/^(?:data_)?table$/.test(kind)) {
    if (groups.length > 0) return { kind: 'table', groups: groups.map((group) => ({ ...group, role: 'x' })), metrics: [count] };
    return { kind: 'logs', columns: columnsFor(source), sort: [{ field: timeField, descending: true }] };
  }
  const chart = (
    { line: 'line', line_chart: 'line', area: 'area', bar: 'bar', bar_chart: 'bar', stacked_bar: 'stacked_bar', histogram: 'bar' } as const
  )[kind];
  if (chart !== undefined) return { kind: chart, groups: groups.length === 0 ? [groupOf(timeField, 'x')] : groups, metrics: [count] };
  if (/^(?:metric|number|statistic|count)$/.test(kind)) return { kind: 'statistic', groups: [], metrics: [count] };
  lost.push(kind === '' ? 'It does not say how it looks (visualization).' : `There is no panel of the kind ${kind}.`);
  return undefined;
}

const groupOf = (field: string, role: Group['role']): Group =>
  /(?:^|\.|@)time(?:stamp)?$/i.test(field)
    ? { role, by: 'time', field, interval: 'auto' }
    : { role, by: 'terms', field, size: 20, order: { by: 'count', descending: true } };

/** A table without columns shows when, the fields that it is about, who, and what was said. */
function columnsFor({ query, filters }: PanelSource): readonly string[] {
  const named = [query.text, JSON.stringify(filters)].flatMap((text) =>
    [...text.matchAll(/([a-z_][\w.]*\.[\w.]+)(?=\s*:|")/gi)].map(([, name]) => name as string),
  );
  const audit = named.some((name) => name.startsWith('audit.')) ? ['audit.action', 'audit.user_id', 'audit.result'] : [];
  return [...new Set([timeField, ...named, ...audit, 'level', 'agent.name', 'msg'])];
}
