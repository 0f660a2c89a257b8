import { isObject, jsonOf, listOf, member, objectOf, textOf } from './json-value.ts';
import { readMetricAgg } from './kibana-aggs.ts';
import { readLens } from './kibana-lens.ts';
import {
  objectKey,
  type PanelSource,
  readFilters,
  readQueryForms,
  readSource,
  type SavedObject,
  type SavedObjects,
  unknownMembers,
} from './kibana-source.ts';
import { readVisualization } from './kibana-visualization.ts';
import { count, type JsonObject, type PanelContent } from './panel.ts';

export type KibanaPanel = Readonly<{ source: PanelSource; content: PanelContent | undefined; detail: string }>;

/** A saved object that a dashboard shows. Without content, with the reason in `lost`, when there is no counterpart. */
export function readKibanaPanel(
  object: SavedObject,
  objects: SavedObjects,
  fallbackIndex: string,
  lost: string[],
): KibanaPanel | undefined {
  switch (object.type) {
    case 'visualization':
      return readVisualizationObject(object, objects, fallbackIndex, lost);
    case 'lens':
      return readLensObject(object, objects, fallbackIndex, lost);
    case 'search':
      return readSearchObject(object, objects, fallbackIndex, lost);
    case 'map':
      return readMapObject(object, objects, fallbackIndex, lost);
    default:
      lost.push(`There is no counterpart to panels of the type ${object.type || '(none)'}.`);
      return undefined;
  }
}

const searchSource = ({ attributes }: SavedObject): unknown => member(attributes.kibanaSavedObjectMeta, 'searchSourceJSON');

function readVisualizationObject(object: SavedObject, objects: SavedObjects, fallbackIndex: string, lost: string[]): KibanaPanel {
  const { attributes, references } = object;
  const state = jsonOf(attributes.visState);
  lost.push(
    ...unknownMembers(
      attributes,
      ['title', 'visState', 'uiStateJSON', 'description', 'version', 'kibanaSavedObjectMeta', 'savedSearchRefName', 'savedSearchId'],
      'of the visualization',
    ),
  );
  const ui = Object.keys(objectOf(jsonOf(attributes.uiStateJSON)));
  if (ui.length > 0) lost.push(`What was chosen on the screen (uiStateJSON): ${ui.join(', ')}.`);
  const content = readVisualization(attributes.visState, lost);
  const isText = content?.kind === 'markdown';
  const own = readSource({ source: searchSource(object), references, objects, fallbackIndex }, isText ? [] : lost);
  const searchId =
    references.find(({ name }) => name === 'search_0' || name === textOf(attributes.savedSearchRefName))?.id ??
    textOf(attributes.savedSearchId);
  const source =
    searchId === '' ? own : withSavedSearch(own, objects.get(objectKey('search', searchId)), searchId, objects, fallbackIndex, lost);
  return { source, content, detail: textOf(member(state, 'type')) };
}

/** A visualization of a saved search looks at what both find. */
function withSavedSearch(
  own: PanelSource,
  search: SavedObject | undefined,
  id: string,
  objects: SavedObjects,
  fallbackIndex: string,
  lost: string[],
): PanelSource {
  if (search === undefined) {
    lost.push(`The search ${id}, on which it is built, is not in the file.`);
    return own;
  }
  const base = readSource({ source: searchSource(search), references: search.references, objects, fallbackIndex }, lost);
  const { text, language } = own.query;
  const both = base.query.text !== '' && text !== '';
  return {
    ...base,
    query: base.query.text === '' ? own.query : base.query,
    filters: [
      ...base.filters,
      ...own.filters,
      ...(both ? [language === 'kql' ? { kql: { query: text } } : { query_string: { query: text } }] : []),
    ],
  };
}

function readLensObject(
  { attributes, references }: SavedObject,
  objects: SavedObjects,
  fallbackIndex: string,
  lost: string[],
): KibanaPanel {
  lost.push(
    ...unknownMembers(
      attributes,
      ['title', 'description', 'visualizationType', 'state', 'visualization', 'references', 'version', 'type'],
      'of the Lens',
    ),
  );
  const { content, layerId } = readLens(attributes, lost);
  const state = objectOf(jsonOf(attributes.state));
  const internal = listOf(state.internalReferences).map((one) => ({
    id: textOf(member(one, 'id')),
    name: textOf(member(one, 'name')),
    type: textOf(member(one, 'type')),
  }));
  const own = [...references, ...internal].filter(({ type }) => type === 'index-pattern');
  const reference = own.find(({ name }) => name.endsWith(`layer-${layerId}`)) ?? own[0];
  const adHoc = member(state.adHocDataViews, reference?.id ?? '');
  const index = isObject(adHoc) ? adHoc : reference?.id;
  const found = readSource(
    { source: { query: state.query, ...(index !== undefined && { index }) }, references: [], objects, fallbackIndex },
    lost,
  );
  return {
    source: { ...found, filters: [...found.filters, ...readFilters(state.filters, lost)] },
    content,
    detail: textOf(attributes.visualizationType),
  };
}

function readSearchObject(object: SavedObject, objects: SavedObjects, fallbackIndex: string, lost: string[]): KibanaPanel {
  const { attributes, references } = object;
  lost.push(
    ...unknownMembers(
      attributes,
      [
        'title',
        'description',
        'columns',
        'sort',
        'grid',
        'hits',
        'version',
        'hideChart',
        'isTextBasedQuery',
        'usesAdHocDataView',
        'timeRestore',
        'kibanaSavedObjectMeta',
        'rowHeight',
        'headerRowHeight',
        'rowsPerPage',
        'hideAggregatedPreview',
        'viewMode',
        'density',
      ],
      'of the search',
    ),
  );
  if (attributes.timeRestore === true) lost.push('Its own time: panels follow the time of the page.');
  const source = readSource({ source: searchSource(object), references, objects, fallbackIndex }, lost);
  const named = listOf(attributes.columns).flatMap((column) => (typeof column === 'string' && column !== '_source' ? [column] : []));
  if (named.length === 0) lost.push('It shows whole documents: here level, agent and message of each.');
  const columns = named.length === 0 ? ['level', 'agent.name', 'msg'] : named;
  // Kibana shows the time first without being asked.
  const withTime = columns.includes(source.timeField) ? columns : [source.timeField, ...columns];
  return { source, content: { kind: 'logs', columns: withTime, sort: readSorts(attributes.sort, source.timeField) }, detail: '' };
}

/** `[["timestamp", "desc"]]`, or the one pair alone. */
function readSorts(value: unknown, timeField: string): readonly Readonly<{ field: string; descending: boolean }>[] {
  const given = listOf(value);
  const pairs = typeof given[0] === 'string' ? [given] : given.filter(Array.isArray);
  const sorts = pairs.flatMap((pair) =>
    typeof pair[0] === 'string' && pair[0] !== '' ? [{ field: pair[0], descending: pair[1] !== 'asc' }] : [],
  );
  return sorts.length === 0 ? [{ field: timeField, descending: true }] : sorts;
}

function readMapObject({ attributes, references }: SavedObject, objects: SavedObjects, fallbackIndex: string, lost: string[]): KibanaPanel {
  const layers = listOf(jsonOf(attributes.layerListJSON)).map(objectOf);
  const grid = layers.find((layer) => /^ES_GEO_GRID$/.test(textOf(member(layer.sourceDescriptor, 'type'))));
  for (const layer of layers) {
    const type = textOf(member(layer.sourceDescriptor, 'type'));
    if (layer !== grid && !/^EMS_/.test(type))
      lost.push(`The layer ${textOf(layer.label) || type || '(no name)'}: only one grid of records is shown.`);
  }
  const state = objectOf(jsonOf(attributes.mapStateJSON));
  lost.push(...unknownMembers(attributes, ['title', 'description', 'layerListJSON', 'mapStateJSON', 'uiStateJSON'], 'of the map'));
  const descriptor: JsonObject = objectOf(grid?.sourceDescriptor);
  const source = readSource(
    {
      source: { query: state.query, filter: state.filters, indexRefName: descriptor.indexPatternRefName, index: descriptor.indexPatternId },
      references,
      objects,
      fallbackIndex,
    },
    lost,
  );
  const field = textOf(descriptor.geoField);
  if (field === '') {
    lost.push('Maps without a grid of a field of places have no counterpart.');
    return { source, content: undefined, detail: '' };
  }
  const metrics = listOf(descriptor.metrics).flatMap((metric, at) => {
    const { type, label, ...params } = objectOf(metric);
    return readMetricAgg(
      {
        id: String(at + 1),
        type: textOf(type),
        schema: 'metric',
        params: { ...params, ...(label !== undefined && { customLabel: label }) },
      },
      lost,
    );
  });
  const layerQuery = readQueryForms(grid?.query, lost);
  if (layerQuery.query.text !== '' && source.query.text === '')
    return { source: { ...source, query: layerQuery.query }, content: { kind: 'map', field, metric: metrics[0] ?? count }, detail: '' };
  if (layerQuery.query.text !== '') lost.push(`The query of the layer: ${layerQuery.query.text}.`);
  return { source, content: { kind: 'map', field, metric: metrics[0] ?? count }, detail: '' };
}
