/** Our own wording of what the logging page has: a timeline split by filters, a Lens without a type, a search, and a dashboard of them. */
export const objects = [
  {
    id: 'search-1',
    type: 'search',
    attributes: {
      title: 'All logs',
      columns: ['timestamp', 'level', 'msg'],
      sort: [['timestamp', 'desc']],
      kibanaSavedObjectMeta: { searchSourceJSON: { index: 'mcp-mesh-logs-*', query: { match_all: {} }, filter: [] } },
    },
  },
  {
    id: 'timeline',
    type: 'visualization',
    attributes: {
      title: 'Trouble over time',
      visState: {
        type: 'line',
        params: { grid: {}, addLegend: true },
        aggs: [
          { id: '1', enabled: true, type: 'count', schema: 'metric', params: {} },
          {
            id: '2',
            enabled: true,
            type: 'date_histogram',
            schema: 'segment',
            params: { field: 'timestamp', interval: 'auto', min_doc_count: 1 },
          },
          {
            id: '3',
            enabled: true,
            type: 'filters',
            schema: 'group',
            params: { filters: [{ input: { query: 'level:ERROR' }, label: 'Errors' }, { input: { query: 'level:WARNING' } }] },
          },
        ],
      },
      kibanaSavedObjectMeta: { searchSourceJSON: { index: 'mcp-mesh-logs-*', query: { match_all: {} }, filter: [] } },
    },
  },
  {
    id: 'by-agent',
    type: 'lens',
    attributes: {
      title: 'By agent',
      state: {
        datasourceStates: {
          indexpattern: {
            layers: {
              l: {
                columns: {
                  n: { label: 'Count', operationType: 'count', sourceField: 'Records' },
                  a: {
                    label: 'Agent',
                    operationType: 'terms',
                    sourceField: 'agent.name',
                    params: { size: 10, orderBy: { type: 'column', columnId: 'n' }, orderDirection: 'desc' },
                  },
                  s: {
                    label: 'Level',
                    operationType: 'terms',
                    sourceField: 'level',
                    params: { size: 5, orderBy: { type: 'alphabetical' }, orderDirection: 'asc' },
                  },
                },
              },
            },
          },
        },
        visualization: {
          preferredSeriesType: 'bar_stacked',
          layers: [{ layerId: 'l', seriesType: 'bar_stacked', xAccessor: 'a', accessors: ['n'], splitAccessor: 's' }],
        },
      },
    },
  },
  {
    id: 'board',
    type: 'dashboard',
    attributes: {
      title: 'Board',
      panelsJSON: JSON.stringify([
        {
          version: '8.11.0',
          type: 'visualization',
          gridData: { x: 0, y: 0, w: 48, h: 15, i: '1' },
          panelIndex: '1',
          embeddableConfig: { enhancements: {} },
          panelRefName: 'panel_1',
        },
        { type: 'lens', gridData: { x: 0, y: 15, w: 24, h: 15, i: '2' }, panelIndex: '2', embeddableConfig: {}, panelRefName: 'panel_2' },
        {
          type: 'search',
          gridData: { x: 24, y: 15, w: 24, h: 30, i: '3' },
          panelIndex: '3',
          embeddableConfig: {},
          panelRefName: 'panel_3',
        },
      ]),
      timeRestore: true,
      timeFrom: 'now-24h',
      timeTo: 'now',
      refreshInterval: { pause: false, value: 30000 },
      kibanaSavedObjectMeta: { searchSourceJSON: '{"query":{"query":"","language":"kuery"},"filter":[]}' },
    },
    references: [
      { id: 'timeline', name: 'panel_1', type: 'visualization' },
      { id: 'by-agent', name: 'panel_2', type: 'lens' },
      { id: 'search-1', name: 'panel_3', type: 'search' },
    ],
  },
];

const source = { index: 'mcp-mesh-logs-*', timeField: 'timestamp', query: { language: 'lucene', text: '' }, filters: [] };
/** What becomes of them. */
export const board = {
  title: 'Board',
  description: '',
  time: { from: 'now-24h', to: 'now' },
  refreshSeconds: 30,
  query: { language: 'lucene', text: '' },
  filters: [],
  variables: [],
  panels: [
    {
      id: '1',
      title: 'Trouble over time',
      place: { x: 0, y: 0, w: 48, h: 15 },
      ...source,
      content: {
        kind: 'line',
        groups: [
          { role: 'x', by: 'time', field: 'timestamp', interval: 'auto' },
          {
            role: 'split',
            by: 'filters',
            filters: [
              { label: 'Errors', query: { language: 'lucene', text: 'level:ERROR' } },
              { label: 'level:WARNING', query: { language: 'lucene', text: 'level:WARNING' } },
            ],
          },
        ],
        metrics: [{ operation: 'count' }],
      },
    },
    {
      id: '2',
      title: 'By agent',
      place: { x: 0, y: 15, w: 24, h: 15 },
      ...source,
      content: {
        kind: 'stacked_bar',
        groups: [
          { role: 'x', label: 'Agent', by: 'terms', field: 'agent.name', size: 10, order: { by: 'count', descending: true } },
          { role: 'split', label: 'Level', by: 'terms', field: 'level', size: 5, order: { by: 'name', descending: false } },
        ],
        metrics: [{ operation: 'count', label: 'Count' }],
      },
    },
    {
      id: '3',
      title: 'All logs',
      place: { x: 24, y: 15, w: 24, h: 30 },
      ...source,
      content: { kind: 'logs', columns: ['timestamp', 'level', 'msg'], sort: [{ field: 'timestamp', descending: true }] },
    },
  ],
};
