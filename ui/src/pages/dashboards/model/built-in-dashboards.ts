import { agents, errors, tools } from './built-in-operations.ts';
import { byTerms, chart, dashboard, lucene, overTime, placed } from './built-in-parts.ts';
import { count, type Dashboard } from './panel.ts';

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
