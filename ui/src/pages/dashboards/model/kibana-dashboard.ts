import { describePanel } from './describe-panel.ts';
import { isObject, jsonOf, listOf, member, numberOf, objectOf, textOf } from './json-value.ts';
import { readKibanaPanel } from './kibana-panel.ts';
import { objectKey, type Reference, readSource, type SavedObject, type SavedObjects, unknownMembers } from './kibana-source.ts';
import { type Dashboard, everything, type JsonObject, type Panel, type PanelKind, type Place, type Variable } from './panel.ts';
import { readPlace } from './read-dashboard.ts';

/** What became of one panel. */
export type PanelReport = Readonly<{
  title: string;
  /** What it was, such as `lens lnsXY`. */
  from: string;
  /** False: a text stands in its place. */
  isTranslated: boolean;
  to?: PanelKind;
  translated: readonly string[];
  lost: readonly string[];
}>;

export type ImportedDashboard = Readonly<{
  /** Of the file; empty when it names none. */
  id: string;
  dashboard: Dashboard;
  /** In the order of the dashboard's panels. */
  panels: readonly PanelReport[];
  /** Of the dashboard as a whole. */
  lost: readonly string[];
}>;

/** Saved objects among the values of a file, by type and id. */
export function readSavedObjects(values: readonly unknown[]): Readonly<{ objects: SavedObjects; lost: readonly string[] }> {
  const lost: string[] = [];
  const objects = new Map<string, SavedObject>();
  for (const value of values) {
    if (member(value, 'exportedCount') !== undefined) {
      const missing = numberOf(member(value, 'missingRefCount')) ?? 0;
      if (missing > 0)
        lost.push(
          `Kibana left out ${missing} objects that others refer to: ${JSON.stringify(member(value, 'missingReferences')).slice(0, 500)}.`,
        );
      continue;
    }
    const object = isObject(value) ? readObject(value, objects.size) : undefined;
    if (object === undefined) lost.push(`This is no saved object: ${(JSON.stringify(value) ?? 'nothing').slice(0, 120)}.`);
    else if (objects.has(objectKey(object.type, object.id)))
      lost.push(`A second ${object.type} with the id ${object.id}; the first counts.`);
    else objects.set(objectKey(object.type, object.id), object);
  }
  return { objects, lost };
}

function readObject(value: JsonObject, at: number): SavedObject | undefined {
  const attributes = jsonOf(value.attributes);
  const type = textOf(value.type);
  if (type === '' || !isObject(attributes)) return undefined;
  return { id: textOf(value.id, `object-${at + 1}`), type, attributes, references: readReferences(value.references) };
}

const readReferences = (value: unknown): readonly Reference[] =>
  listOf(value).map((one) => ({ id: textOf(member(one, 'id')), name: textOf(member(one, 'name')), type: textOf(member(one, 'type')) }));

const panelTypes = ['visualization', 'lens', 'search', 'map'];

/** Every dashboard of the objects, and one more for the panels that are in none. */
export function importKibana(objects: SavedObjects): Readonly<{ dashboards: readonly ImportedDashboard[]; lost: readonly string[] }> {
  const all = [...objects.values()];
  const fallbackIndex = commonestIndex(all);
  const used = new Set<string>();
  const dashboards = all.filter(({ type }) => type === 'dashboard').map((object) => importDashboard(object, objects, fallbackIndex, used));
  const single = all.filter(({ type, id }) => panelTypes.includes(type) && !used.has(objectKey(type, id)));
  const lost = all.flatMap(({ type, id }) =>
    panelTypes.includes(type) || type === 'dashboard' || type === 'index-pattern'
      ? []
      : [`${type} ${id}: there is no counterpart to ${type}.`],
  );
  return { dashboards: single.length === 0 ? dashboards : [...dashboards, importSingle(single, objects, fallbackIndex)], lost };
}

/** The index that most objects name in so many words, for those that name none. */
function commonestIndex(all: readonly SavedObject[]): string {
  const counts = new Map<string, number>();
  for (const { type, attributes } of all) {
    const source = objectOf(jsonOf(member(attributes.kibanaSavedObjectMeta, 'searchSourceJSON')));
    const title = type === 'index-pattern' ? textOf(attributes.title) : textOf(source.index);
    if (title !== '') counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? '*';
}

const noSource = { query: everything, filters: [], variables: [] };

function importSingle(single: readonly SavedObject[], objects: SavedObjects, fallbackIndex: string): ImportedDashboard {
  const made = single.slice(0, 100).map((object, at) => {
    const place = { x: (at % 2) * 24, y: Math.floor(at / 2) * 15, w: 24, h: 15 };
    return readPanel({ object, id: String(at + 1), place, title: textOf(object.attributes.title), objects, fallbackIndex, lost: [] });
  });
  return {
    id: '',
    dashboard: {
      title: 'Imported panels',
      description: 'Panels of the file that are in none of its dashboards.',
      ...noSource,
      panels: made.map(({ panel }) => panel),
    },
    panels: made.map(({ report }) => report),
    lost: single.length > 100 ? [`${single.length - 100} panels more than a dashboard can have.`] : [],
  };
}

type Given = Readonly<{
  object: SavedObject | undefined;
  id: string;
  place: Place;
  title: string;
  objects: SavedObjects;
  fallbackIndex: string;
  lost: string[];
}>;

function readPanel({ object, id, place, title, objects, fallbackIndex, lost }: Given): Readonly<{ panel: Panel; report: PanelReport }> {
  const read = object === undefined ? undefined : readKibanaPanel(object, objects, fallbackIndex, lost);
  const from = object === undefined ? 'missing' : `${object.type} ${read?.detail ?? ''}`.trim();
  const text = `This panel (${from}) could not be translated: ${lost[0] ?? ''}`;
  const panel: Panel = {
    id,
    title,
    place,
    ...(read?.source ?? { index: fallbackIndex, timeField: 'timestamp', query: everything, filters: [] }),
    content: read?.content ?? { kind: 'markdown', text },
  };
  const isTranslated = read?.content !== undefined;
  return {
    panel,
    report: {
      title,
      from,
      isTranslated,
      ...(isTranslated && { to: panel.content.kind }),
      translated: isTranslated ? describePanel(panel) : [],
      lost,
    },
  };
}

const known = [
  'title',
  'hits',
  'description',
  'panelsJSON',
  'optionsJSON',
  'version',
  'timeRestore',
  'timeTo',
  'timeFrom',
  'refreshInterval',
  'kibanaSavedObjectMeta',
  'controlGroupInput',
];

function importDashboard(object: SavedObject, objects: SavedObjects, fallbackIndex: string, used: Set<string>): ImportedDashboard {
  const { attributes } = object;
  const lost: string[] = [...unknownMembers(attributes, known, 'of the dashboard')];
  const entries = jsonOf(attributes.panelsJSON ?? attributes.panels);
  if (!Array.isArray(entries)) lost.push('Its panelsJSON is missing or no JSON.');
  const made = listOf(entries)
    .slice(0, 100)
    .map((entry, at) => importPanel(objectOf(entry), at, object, objects, fallbackIndex, used));
  if (listOf(entries).length > 100) lost.push(`${listOf(entries).length - 100} panels more than a dashboard can have.`);
  const search = readSource(
    { source: member(attributes.kibanaSavedObjectMeta, 'searchSourceJSON'), references: [], objects, fallbackIndex },
    [],
  );
  const refresh = objectOf(attributes.refreshInterval);
  const seconds = Math.round((numberOf(refresh.value) ?? 0) / 1000);
  const [from, to] = [textOf(attributes.timeFrom), textOf(attributes.timeTo)];
  return {
    id: object.id,
    dashboard: {
      title: textOf(attributes.title, 'Imported dashboard').slice(0, 200) || 'Imported dashboard',
      description: textOf(attributes.description),
      ...(attributes.timeRestore === true && from !== '' && to !== '' && { time: { from, to } }),
      ...(refresh.pause !== true && seconds >= 1 && { refreshSeconds: seconds }),
      query: search.query,
      filters: search.filters,
      variables: readControls(attributes.controlGroupInput, lost),
      panels: made.map(({ panel }) => panel),
    },
    panels: made.map(({ report }) => report),
    lost,
  };
}

function importPanel(
  entry: JsonObject,
  at: number,
  dashboard: SavedObject,
  objects: SavedObjects,
  fallbackIndex: string,
  used: Set<string>,
) {
  const lost: string[] = [];
  const config = objectOf(jsonOf(entry.embeddableConfig));
  const index = textOf(entry.panelIndex) || textOf(member(entry.gridData, 'i')) || String(at + 1);
  const object = byValue(entry, config, index, dashboard) ?? byReference(entry, index, dashboard, objects, lost);
  if (object !== undefined) used.add(objectKey(object.type, object.id));
  if (isObject(config.timeRange))
    lost.push(`Its own time (${textOf(config.timeRange.from)} to ${textOf(config.timeRange.to)}): panels follow the time of the page.`);
  const drilldowns = listOf(member(member(member(config, 'enhancements'), 'dynamicActions'), 'events'));
  if (drilldowns.length > 0) lost.push(`${drilldowns.length} drilldowns.`);
  lost.push(
    ...unknownMembers(
      config,
      ['title', 'hidePanelTitles', 'description', 'attributes', 'savedVis', 'enhancements', 'timeRange', 'savedObjectId', 'type', 'id'],
      'of the panel',
    ),
  );
  if (member(entry.gridData, 'sectionId') !== undefined) lost.push('Sections that fold are not kept.');
  const given = textOf(config.title) || textOf(entry.title) || textOf(object?.attributes.title);
  const title = config.hidePanelTitles === true ? '' : given;
  return readPanel({ object, id: index.slice(0, 64), place: placeOf(entry, at), title, objects, fallbackIndex, lost });
}

/** Kibana 5 had 12 columns, and rows of about five of ours. */
function placeOf(entry: JsonObject, at: number): Place {
  if (isObject(entry.gridData)) return readPlace(entry.gridData);
  const [col, row, w, h] = [entry.col, entry.row, entry.size_x, entry.size_y].map(numberOf);
  if (w === undefined || h === undefined) return { x: (at % 2) * 24, y: Math.floor(at / 2) * 15, w: 24, h: 15 };
  return readPlace({ x: ((col ?? 1) - 1) * 4, y: ((row ?? 1) - 1) * 5, w: w * 4, h: h * 5 });
}

/** Panels that the dashboard holds itself. */
function byValue(entry: JsonObject, config: JsonObject, index: string, dashboard: SavedObject): SavedObject | undefined {
  const type = textOf(entry.type);
  const mark = `${index}:`;
  const outer = dashboard.references.flatMap((one) => (one.name.startsWith(mark) ? [{ ...one, name: one.name.slice(mark.length) }] : []));
  const attributes = jsonOf(config.attributes);
  if (isObject(attributes))
    return { id: `${dashboard.id}/${index}`, type, attributes, references: [...outer, ...readReferences(attributes.references)] };
  if (!isObject(config.savedVis)) return undefined;
  const vis = config.savedVis;
  const data = objectOf(vis.data);
  const state = { type: vis.type, params: vis.params, aggs: data.aggs };
  const own = { title: vis.title, visState: state, kibanaSavedObjectMeta: { searchSourceJSON: data.searchSource } };
  return { id: `${dashboard.id}/${index}`, type: 'visualization', attributes: own, references: outer };
}

function byReference(
  entry: JsonObject,
  index: string,
  dashboard: SavedObject,
  objects: SavedObjects,
  lost: string[],
): SavedObject | undefined {
  const name = textOf(entry.panelRefName);
  const reference = dashboard.references.find((one) => name !== '' && (one.name === name || one.name === `${index}:${name}`));
  const [type, id] = [reference?.type ?? textOf(entry.type), reference?.id ?? textOf(entry.id)];
  const found = objects.get(objectKey(type, id)) ?? [...objects.values()].find((one) => id !== '' && one.id === id);
  if (found === undefined)
    lost.push(id === '' ? `It refers to nothing (${name || 'no panelRefName'}).` : `The ${type} ${id} is not in the file.`);
  return found;
}

/** Lists of options above a dashboard become variables. */
function readControls(value: unknown, lost: string[]): readonly Variable[] {
  if (value === undefined || value === null) return [];
  const panels = objectOf(jsonOf(member(value, 'panelsJSON') ?? member(value, 'controls')));
  const ordered = Object.values(panels).toSorted(
    (one, other) => (numberOf(member(one, 'order')) ?? 0) - (numberOf(member(other, 'order')) ?? 0),
  );
  return ordered.flatMap((control) => {
    const input = objectOf(member(control, 'explicitInput'));
    const [type, field] = [textOf(member(control, 'type')), textOf(input.fieldName)];
    if (type === 'optionsListControl' && field !== '') return [{ field, label: textOf(input.title) || field }];
    lost.push(`A control of the type ${type || '(none)'}${field === '' ? '' : ` of ${field}`}.`);
    return [];
  });
}
