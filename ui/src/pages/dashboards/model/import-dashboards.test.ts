import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importDashboards } from './import-dashboards.ts';
import { board, objects } from './testing/exported-board.ts';

const json = JSON.stringify;

describe('Kibana', () => {
  it.each([
    ['an object of objects', json({ version: '8.11.0', objects })],
    ['a list', json(objects)],
    [
      'NDJSON with its summary',
      [...objects, { exportedCount: 4, missingRefCount: 0, missingReferences: [] }].map((one) => json(one)).join('\n'),
    ],
    [
      'JSON with comments and a comma too many',
      `// a file\n${json({ objects }, undefined, 1)
        .replace('"objects": [', '/* here */ "objects": [')
        .replace(/\]\n\}$/, '],\n}')}`,
    ],
    ['texts within texts', json(objects.map((one) => ({ ...one, attributes: json(one.attributes) })))],
  ])('is read from %s', (_name, text) => {
    const { dashboards, lost } = importDashboards(text);
    expect(lost).toEqual([]);
    expect(dashboards.map(({ dashboard }) => dashboard)).toEqual([board]);
    expect(dashboards[0]?.id).toBe('board');
  });

  it('says for each panel what it was and what is not taken over', () => {
    const reports = importDashboards(json(objects)).dashboards[0]?.panels;
    expect(reports?.map(({ from, to, isTranslated }) => [from, to, isTranslated])).toEqual([
      ['visualization line', 'line', true],
      ['lens', 'stacked_bar', true],
      ['search', 'logs', true],
    ]);
    expect(reports?.[0]?.lost).toEqual(['Looks of Kibana, which meshscope draws its own way: grid, addLegend.']);
    expect(reports?.[1]?.lost).toEqual(['It names no index; mcp-mesh-logs-* is taken.']);
    expect(reports?.[0]?.translated).toContain('Along timestamp, in steps that fit the time.');
  });

  it.each([
    ['vega', { visState: { type: 'vega', params: {} } }, /Vega/],
    ['an unknown kind', { visState: { type: 'hologram' } }, /hologram/],
    ['visState that is no JSON', { visState: '{"type":' }, /no JSON/],
    [
      'an unknown number',
      { visState: { type: 'line', aggs: [{ id: '1', type: 'std_dev', schema: 'metric', params: { field: 'a' } }] } },
      /std_dev/,
    ],
    ['an unknown setting', { visState: { type: 'line', params: { sparkles: 7 } } }, /sparkles/],
    [
      'a group that is switched off',
      { visState: { type: 'line', aggs: [{ id: '9', enabled: false, type: 'terms', schema: 'group' }] } },
      /switched off/,
    ],
    [
      'a filter that is switched off',
      { visState: { type: 'line' }, kibanaSavedObjectMeta: { searchSourceJSON: { filter: [{ meta: { disabled: true, key: 'level' } }] } } },
      /switched off: level/,
    ],
  ])('does not drop %s unsaid', (_name, attributes, said) => {
    const { dashboards } = importDashboards(json([{ id: 'v', type: 'visualization', attributes: { title: 'V', ...attributes } }]));
    const lost = dashboards[0]?.panels[0]?.lost ?? [];
    expect(lost.some((sentence) => said.test(sentence))).toBe(true);
    expect(dashboards[0]?.dashboard.panels).toHaveLength(1);
  });

  it('keeps the place of a panel whose object is missing, and says so', () => {
    const [found] = importDashboards(json([objects[3]])).dashboards;
    expect(found?.panels.map(({ isTranslated, lost }) => [isTranslated, lost[0]])).toEqual([
      [false, 'The visualization timeline is not in the file.'],
      [false, 'The lens by-agent is not in the file.'],
      [false, 'The search search-1 is not in the file.'],
    ]);
    expect(found?.dashboard.panels.map(({ place }) => place)).toEqual(board.panels.map(({ place }) => place));
  });

  it('reads panels that the dashboard holds itself, with filters, phrases and controls', () => {
    const lens = {
      visualizationType: 'lnsXY',
      state: {
        datasourceStates: {
          formBased: {
            layers: {
              l: {
                columnOrder: ['s', 't', 'p'],
                columns: {
                  t: { label: 'timestamp', operationType: 'date_histogram', sourceField: 'timestamp', params: { interval: '1h' } },
                  p: {
                    label: '',
                    operationType: 'percentile',
                    sourceField: 'request.duration_ms',
                    params: { percentile: 99 },
                    filter: { query: 'level: ERROR', language: 'kuery' },
                  },
                  s: {
                    label: '',
                    operationType: 'terms',
                    sourceField: 'agent.name',
                    params: { size: 3, orderBy: { type: 'column', columnId: 'p' } },
                  },
                },
              },
            },
          },
        },
        query: { query: 'msg: "no answer"', language: 'kuery' },
        filters: [{ meta: { negate: true, type: 'phrase', key: 'level' }, query: { match_phrase: { level: 'DEBUG' } } }],
        visualization: {
          preferredSeriesType: 'line',
          layers: [{ layerId: 'l', layerType: 'data', seriesType: 'line', xAccessor: 't', accessors: ['p'], splitAccessor: 's' }],
        },
      },
      references: [{ id: 'dv', name: 'indexpattern-datasource-layer-l', type: 'index-pattern' }],
    };
    const file = [
      { id: 'dv', type: 'index-pattern', attributes: { title: 'logs-*', timeFieldName: '@timestamp' } },
      {
        id: 'd',
        type: 'dashboard',
        attributes: {
          title: 'D',
          panelsJSON: [
            {
              type: 'lens',
              gridData: { x: 0, y: 0, w: 24, h: 15, i: 'p1' },
              panelIndex: 'p1',
              embeddableConfig: { title: 'Own title', attributes: lens },
            },
          ],
          controlGroupInput: {
            panelsJSON: json({
              c: { type: 'optionsListControl', order: 0, explicitInput: { fieldName: 'agent.name', title: 'Agent' } },
              r: { type: 'rangeSliderControl', explicitInput: { fieldName: 'x' } },
            }),
          },
        },
      },
    ];
    const [found] = importDashboards(file.map((one) => json(one)).join('\n')).dashboards;
    expect(found?.dashboard.variables).toEqual([{ field: 'agent.name', label: 'Agent' }]);
    expect(found?.lost).toEqual(['A control of the type rangeSliderControl of x.']);
    expect(found?.dashboard.panels[0]).toEqual({
      id: 'p1',
      title: 'Own title',
      place: { x: 0, y: 0, w: 24, h: 15 },
      index: 'logs-*',
      timeField: '@timestamp',
      query: { language: 'kql', text: 'msg: "no answer"' },
      filters: [{ bool: { must_not: [{ match_phrase: { level: 'DEBUG' } }] } }],
      content: {
        kind: 'line',
        groups: [
          { role: 'split', by: 'terms', field: 'agent.name', size: 3, order: { by: 'metric', metric: 0, descending: true } },
          { role: 'x', label: 'timestamp', by: 'time', field: 'timestamp', interval: '1h' },
        ],
        metrics: [
          { operation: 'percentile', field: 'request.duration_ms', percent: 99, filter: { language: 'kql', text: 'level: ERROR' } },
        ],
      },
    });
  });
});

describe('the form of the logging page', () => {
  const form = {
    dashboard: {
      title: 'Who was here',
      panels: [
        { title: 'Events', query: { query_string: { query: 'audit.action:(login OR logout)' } }, visualization: 'data_table' },
        {
          title: 'Access',
          query: { bool: { must: [{ exists: { field: 'audit.user_id' } }] } },
          visualization: 'heatmap',
          x_axis: 'timestamp',
          y_axis: 'audit.user_id',
        },
        {
          title: 'Where',
          query: { bool: { must: [{ term: { 'audit.result': 'failure' } }] } },
          visualization: 'map',
          geo_field: 'client.geo.location',
          colour: 'red',
        },
        { title: 'Odd', query: { match_all: {} }, visualization: 'sonification' },
      ],
    },
  };
  it('becomes a list of logs, a heatmap, a map, and a text in place of what is not known', () => {
    const [found] = importDashboards(json(form)).dashboards;
    expect(found?.dashboard.title).toBe('Who was here');
    expect(found?.dashboard.panels.map(({ content }) => content.kind)).toEqual(['logs', 'heatmap', 'map', 'markdown']);
    expect(found?.dashboard.panels[0]?.query).toEqual({ language: 'lucene', text: 'audit.action:(login OR logout)' });
    expect(found?.dashboard.panels[1]?.filters).toEqual([{ bool: { must: [{ exists: { field: 'audit.user_id' } }] } }]);
    expect(found?.dashboard.panels[2]?.content).toEqual({ kind: 'map', field: 'client.geo.location', metric: { operation: 'count' } });
    expect(found?.panels.map(({ lost }) => lost)).toEqual([
      [],
      [],
      ['Not understood of the panel: colour.'],
      ['There is no panel of the kind sonification.'],
    ]);
  });
});

describe('anything', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['a number', '5'],
    ['null', 'null'],
    [
      'prototype keys',
      '{"objects":[{"id":"__proto__","type":"dashboard","attributes":{"__proto__":{"x":1},"panelsJSON":"[{\\"panelRefName\\":\\"constructor\\"}]"}}]}',
    ],
    [
      'types that are wrong all over',
      json({
        objects: [
          { id: 1, type: 'lens', attributes: { state: 5 } },
          { type: 'dashboard', attributes: { panelsJSON: { a: 1 } }, references: 'x' },
        ],
      }),
    ],
    ['deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    [
      'a deep query',
      `{"dashboard":{"panels":[{"visualization":"map","geo_field":"a","query":${'{"bool":'.repeat(20_000)}1${'}'.repeat(20_000)}}]}}`,
    ],
  ])('does not throw on %s', (_name, text) => {
    const { dashboards, lost } = importDashboards(text);
    expect(lost.length + dashboards.length).toBeGreaterThan(0);
  });

  it('reads what is there of a file that is cut off, and says that it is', () => {
    const text = json({ objects: [objects[3], ...objects.slice(0, 3)] });
    const { dashboards, lost } = importDashboards(text.slice(0, text.length - 200));
    expect(lost[0]).toMatch(/cut off/);
    expect(dashboards[0]?.dashboard.title).toBe('Board');
    expect(dashboards[0]?.panels.map(({ isTranslated }) => isTranslated)).toEqual([true, false, true]);
  });
});

const page = resolve(import.meta.dirname, '../../../../../../shared/mission/centralized-logging.txt');

describe.runIf(existsSync(page))('the logging page itself', () => {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
  it('has three panels of Kibana, all of them translated', () => {
    const start = text.indexOf('// kibana-dashboard.json');
    const { dashboards, lost } = importDashboards(text.slice(start, text.indexOf('Step 5', start)));
    expect(lost).toEqual([]);
    expect(dashboards[0]?.panels.map(({ to, isTranslated }) => [to, isTranslated])).toEqual([
      ['line', true],
      ['stacked_bar', true],
      ['logs', true],
    ]);
    expect(new Set(dashboards[0]?.dashboard.panels.map(({ index }) => index))).toEqual(new Set(['mcp-mesh-logs-*']));
  });

  it('has a dashboard of its own form', () => {
    const start = text.indexOf('Security Audit Dashboard¶');
    const { dashboards, lost } = importDashboards(text.slice(text.indexOf('{', start), text.indexOf('Example 2', start)));
    expect(lost).toEqual([]);
    expect(dashboards[0]?.panels.map(({ title, to, lost: own }) => [title, to, own.length])).toEqual([
      ['Authentication Events', 'logs', 0],
      ['Access Patterns by User', 'heatmap', 0],
      ['Failed Access Attempts', 'map', 0],
    ]);
  });
});
