import { byLevel, byTerms, chart, dashboard, duration, failed, lucene, overTime, placed } from './built-in-parts.ts';
import { count } from './panel.ts';

export const errors = dashboard(
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

export const agents = dashboard(
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

export const tools = dashboard(
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
