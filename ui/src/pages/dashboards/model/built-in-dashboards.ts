import { type ChartKind, count, type Dashboard, everything, type Group, type Metric, type Panel, type PanelContent } from './panel.ts';

const lucene = (text: string) => ({ language: 'lucene', text }) as const;
const overTime: Group = { role: 'x', by: 'time', field: 'timestamp', interval: 'auto' };
const byTerms = (role: Group['role'], field: string, label: string, size = 10): Group => ({
  role,
  by: 'terms',
  field,
  label,
  size,
  order: { by: 'count', descending: true },
});
const byLevel = byTerms('split', 'level', 'Level', 8);
const failed = lucene('level:(ERROR OR FATAL OR CRITICAL) OR request.status:(error OR timeout OR timed_out OR tool_error OR rpc_error)');

const chart = (kind: ChartKind, groups: readonly Group[], metrics: readonly Metric[] = [count]): PanelContent => ({
  kind,
  groups,
  metrics,
});

const duration = (operation: Metric['operation'], label: string, percent?: number): Metric => ({
  operation,
  field: 'request.duration_ms',
  label,
  ...(percent !== undefined && { percent }),
});

type Written = Pick<Panel, 'title' | 'content'> & Partial<Panel>;

/** Panels beside each other as their widths allow, in rows of one height. */
function placed(rows: readonly Readonly<{ h: number; panels: readonly (Written & { w: number })[] }>[]): readonly Panel[] {
  let [y, id] = [0, 0];
  return rows.flatMap(({ h, panels }) => {
    let x = 0;
    const row = panels.map(({ w, ...panel }): Panel => {
      id += 1;
      x += w;
      return { id: String(id), place: { x: x - w, y, w, h }, index: '*', timeField: 'timestamp', query: everything, filters: [], ...panel };
    });
    y += h;
    return row;
  });
}

const dashboard = (
  title: string,
  description: string,
  variables: readonly (readonly [string, string])[],
  panels: readonly Panel[],
): Dashboard => ({
  title,
  description,
  query: everything,
  filters: [],
  variables: variables.map(([field, label]) => ({ field, label })),
  panels,
});

const errors = dashboard(
  'Errors',
  'What fails, where, and since when.',
  [
    ['agent.name', 'Agent'],
    ['service.name', 'Service'],
  ],
  placed([
    {
      h: 6,
      panels: [
        { w: 12, title: 'Failures', query: failed, content: chart('statistic', []) },
        {
          w: 12,
          title: 'Agents with failures',
          query: failed,
          content: chart('statistic', [], [{ operation: 'unique', field: 'agent.name', label: 'Agents' }]),
        },
        {
          w: 12,
          title: 'Kinds of exceptions',
          query: failed,
          content: chart('statistic', [], [{ operation: 'unique', field: 'exception.type', label: 'Types' }]),
        },
        {
          w: 12,
          title: 'Traces with failures',
          query: failed,
          content: chart('statistic', [], [{ operation: 'unique', field: 'trace.trace_id', label: 'Traces' }]),
        },
      ],
    },
    {
      h: 11,
      panels: [
        {
          w: 48,
          title: 'Failures over time, by agent',
          query: failed,
          content: chart('stacked_bar', [overTime, byTerms('split', 'agent.name', 'Agent')]),
        },
      ],
    },
    {
      h: 12,
      panels: [
        { w: 16, title: 'Exceptions', query: failed, content: chart('bar', [byTerms('x', 'exception.type', 'Exception')]) },
        {
          w: 16,
          title: 'Failing tools and methods',
          query: failed,
          content: chart('table', [byTerms('x', 'agent.name', 'Agent', 8), byTerms('x', 'request.method', 'Method', 5)]),
        },
        {
          w: 16,
          title: 'Outcomes by agent',
          content: chart('stacked_bar', [byTerms('x', 'agent.name', 'Agent'), byTerms('split', 'request.status', 'Status')]),
        },
      ],
    },
    {
      h: 16,
      panels: [
        {
          w: 48,
          title: 'Newest failures',
          query: failed,
          content: {
            kind: 'logs',
            columns: ['timestamp', 'level', 'agent.name', 'exception.type', 'msg'],
            sort: [{ field: 'timestamp', descending: true }],
          },
        },
      ],
    },
  ]),
);

const agents = dashboard(
  'Agents',
  'How much each agent says and does, and how long it takes.',
  [
    ['agent.name', 'Agent'],
    ['level', 'Level'],
  ],
  placed([
    {
      h: 12,
      panels: [
        { w: 32, title: 'Records over time, by agent', content: chart('area', [overTime, byTerms('split', 'agent.name', 'Agent')]) },
        { w: 16, title: 'Records by agent and level', content: chart('stacked_bar', [byTerms('x', 'agent.name', 'Agent'), byLevel]) },
      ],
    },
    {
      h: 12,
      panels: [
        {
          w: 24,
          title: '95th percentile of duration, by agent',
          content: chart('line', [byTerms('split', 'agent.name', 'Agent', 6), overTime], [duration('percentile', 'p95', 95)]),
        },
        { w: 24, title: 'Activity', content: chart('heatmap', [byTerms('split', 'agent.name', 'Agent', 15), overTime]) },
      ],
    },
    {
      h: 14,
      panels: [
        {
          w: 48,
          title: 'Agents',
          content: chart(
            'table',
            [byTerms('x', 'agent.name', 'Agent', 100), byTerms('x', 'service.version', 'Version', 5)],
            [
              count,
              { ...count, label: 'Errors', filter: lucene('level:ERROR') },
              duration('median', 'p50'),
              duration('percentile', 'p95', 95),
              duration('max', 'Slowest'),
            ],
          ),
        },
      ],
    },
  ]),
);

const tools = dashboard(
  'Tools',
  'Calls of MCP tools as meshscope wrap and proxy record them.',
  [
    ['service.name', 'Server'],
    ['tool', 'Tool'],
  ],
  placed([
    {
      h: 6,
      panels: [
        { w: 12, title: 'Calls', query: lucene('tool:*'), content: chart('statistic', []) },
        { w: 12, title: 'Failed', query: lucene('tool:* AND ok:false'), content: chart('statistic', []) },
        {
          w: 12,
          title: '95th percentile',
          query: lucene('tool:*'),
          content: chart('statistic', [], [{ operation: 'percentile', percent: 95, field: 'latency_ms', label: 'p95' }]),
        },
        {
          w: 12,
          title: 'Bytes answered',
          query: lucene('tool:*'),
          content: chart('statistic', [], [{ operation: 'sum', field: 'mcp.response_bytes', label: 'Bytes' }]),
        },
      ],
    },
    {
      h: 12,
      panels: [
        {
          w: 24,
          title: 'Calls over time, by tool',
          query: lucene('tool:*'),
          content: chart('stacked_bar', [overTime, byTerms('split', 'tool', 'Tool')]),
        },
        {
          w: 24,
          title: 'Outcomes',
          query: lucene('tool:*'),
          content: chart('stacked_bar', [byTerms('x', 'tool', 'Tool', 12), byTerms('split', 'mcp.outcome', 'Outcome')]),
        },
      ],
    },
    {
      h: 12,
      panels: [
        {
          w: 24,
          title: 'How long calls take',
          query: lucene('tool:*'),
          content: chart('histogram', [{ role: 'x', by: 'number', field: 'latency_ms', step: 0 }]),
        },
        {
          w: 24,
          title: 'Median of duration, by tool',
          query: lucene('tool:*'),
          content: chart(
            'line',
            [byTerms('split', 'tool', 'Tool', 6), overTime],
            [{ operation: 'median', field: 'latency_ms', label: 'p50' }],
          ),
        },
      ],
    },
    {
      h: 14,
      panels: [
        {
          w: 48,
          title: 'Tools',
          query: lucene('tool:*'),
          content: chart(
            'table',
            [byTerms('x', 'service.name', 'Server', 20), byTerms('x', 'tool', 'Tool', 50)],
            [
              { ...count, label: 'Calls' },
              { ...count, label: 'Failed', filter: lucene('ok:false') },
              { operation: 'median', field: 'latency_ms', label: 'p50' },
              { operation: 'percentile', percent: 95, field: 'latency_ms', label: 'p95' },
              { operation: 'max', field: 'latency_ms', label: 'Slowest' },
              { operation: 'avg', field: 'mcp.response_bytes', label: 'Mean answer' },
              { operation: 'unique', field: 'mcp.client', label: 'Clients' },
            ],
          ),
        },
      ],
    },
  ]),
);

const audited = lucene('_exists_:audit.action');

const securityAudit = dashboard(
  'Security audit',
  'Who did what, and what was refused, from the audit records among the logs. The chained audit log itself is on the page Audit.',
  [
    ['audit.user_id', 'User'],
    ['audit.action', 'Action'],
  ],
  placed([
    {
      h: 6,
      panels: [
        { w: 16, title: 'Audited actions', query: audited, content: chart('statistic', []) },
        {
          w: 16,
          title: 'Refused or failed',
          query: lucene('_exists_:audit.action AND NOT audit.result:success'),
          content: chart('statistic', []),
        },
        {
          w: 16,
          title: 'Users',
          query: audited,
          content: chart('statistic', [], [{ operation: 'unique', field: 'audit.user_id', label: 'Users' }]),
        },
      ],
    },
    {
      h: 12,
      panels: [
        {
          w: 24,
          title: 'Actions over time, by result',
          query: audited,
          content: chart('stacked_bar', [overTime, byTerms('split', 'audit.result', 'Result', 5)]),
        },
        {
          w: 24,
          title: 'Who is active when',
          query: audited,
          content: chart('heatmap', [byTerms('split', 'audit.user_id', 'User', 20), overTime]),
        },
      ],
    },
    {
      h: 13,
      panels: [
        {
          w: 24,
          title: 'Actions by user and result',
          query: audited,
          content: chart('table', [
            byTerms('x', 'audit.user_id', 'User', 30),
            byTerms('x', 'audit.action', 'Action', 10),
            byTerms('x', 'audit.result', 'Result', 5),
          ]),
        },
        {
          w: 24,
          title: 'Failed, by where they came from',
          query: lucene('audit.result:(failure OR denied)'),
          content: { kind: 'map', field: 'client.geo.location', metric: count },
        },
      ],
    },
    {
      h: 14,
      panels: [
        {
          w: 48,
          title: 'Logins, logouts and failures',
          query: lucene('audit.action:(login OR logout OR auth_failure)'),
          content: {
            kind: 'logs',
            columns: ['timestamp', 'audit.action', 'audit.user_id', 'audit.result', 'agent.name', 'msg'],
            sort: [{ field: 'timestamp', descending: true }],
          },
        },
      ],
    },
  ]),
);

const pipelineHealth = dashboard(
  'Pipeline health',
  'Whether everything still arrives, as complete as it should be. Losses and waiting records are on the page Pipeline.',
  [['agent.name', 'Agent']],
  placed([
    {
      h: 11,
      panels: [
        { w: 48, title: 'Records over time, by index', content: chart('area', [overTime, byTerms('split', '_index', 'Index', 12)]) },
      ],
    },
    {
      h: 12,
      panels: [
        { w: 24, title: 'Who has gone quiet', content: chart('heatmap', [byTerms('split', 'service.name', 'Service', 25), overTime]) },
        {
          w: 24,
          title: 'What records lack, by service',
          content: chart(
            'table',
            [byTerms('x', 'service.name', 'Service', 50)],
            [
              count,
              { ...count, label: 'No level', filter: lucene('NOT _exists_:level') },
              { ...count, label: 'No message', filter: lucene('NOT _exists_:msg') },
              { ...count, label: 'No trace', filter: lucene('NOT _exists_:trace.trace_id') },
            ],
          ),
        },
      ],
    },
    {
      h: 12,
      panels: [
        {
          w: 16,
          title: 'Services by index',
          content: chart('stacked_bar', [byTerms('x', 'service.name', 'Service'), byTerms('split', '_index', 'Index', 12)]),
        },
        { w: 16, title: 'Without a trace, over time', query: lucene('NOT _exists_:trace.trace_id'), content: chart('line', [overTime]) },
        {
          w: 16,
          title: 'About this',
          content: {
            kind: 'markdown',
            text: 'A service that **stops** in the heatmap has gone quiet: it is idle, stopped, or cut off.\n\nWhat arrived and was refused, what waits for the store, and what could not be read is on the page [Pipeline](/ui/pipeline).',
          },
        },
      ],
    },
  ]),
);

/** Dashboards that come with meshscope, by their id in the URL. They cannot be changed, only copied. */
export const builtInDashboards: Readonly<Record<string, Dashboard>> = {
  errors,
  agents,
  tools,
  'security-audit': securityAudit,
  'pipeline-health': pipelineHealth,
};
