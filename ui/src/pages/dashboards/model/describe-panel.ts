import { type Group, isChart, kindTitles, type Panel } from './panel.ts';
import { metricName } from './panel-data.ts';
import { rangeKey } from './panel-request.ts';

/** What a panel shows, in words, one sentence a line. */
export function describePanel({ content, index, query, filters, timeField }: Panel): readonly string[] {
  if (content.kind === 'markdown') return ['Text.'];
  const source = [
    `From ${index}${timeField === 'timestamp' ? '' : `, by the time ${timeField}`}.`,
    ...(query.text.trim() === '' ? [] : [`Where ${query.text.trim()} (${query.language === 'kql' ? 'KQL' : 'Lucene'}).`]),
    ...filters.map((filter) => `Where ${JSON.stringify(filter).slice(0, 300)}.`),
  ];
  if (content.kind === 'logs') {
    const sort = content.sort.map(({ field, descending }) => `${field} ${descending ? 'descending' : 'ascending'}`).join(', ');
    return [`Records with ${content.columns.join(', ')}${sort === '' ? '' : `, by ${sort}`}.`, ...source];
  }
  if (content.kind === 'map') return [`Map of ${metricName(content.metric)} at ${content.field}.`, ...source];
  if (!isChart(content)) return source;
  return [`${kindTitles[content.kind]}: ${content.metrics.map(metricName).join(', ')}.`, ...content.groups.map(describeGroup), ...source];
}

function describeGroup(group: Group): string {
  const how = group.role === 'x' ? 'Along' : 'Split by';
  switch (group.by) {
    case 'time':
      return `${how} ${group.field}, ${group.interval === 'auto' ? 'in steps that fit the time' : `in steps of ${group.interval}`}.`;
    case 'terms': {
      const { order } = group;
      const by = order.by === 'metric' ? `number ${order.metric + 1}` : order.by;
      return `${how} ${group.field}: ${group.size} values, by ${by} ${order.descending ? 'descending' : 'ascending'}.`;
    }
    case 'filters':
      return `${how} filters: ${group.filters.map(({ label, query }) => `${label} (${query.text || 'all'})`).join(', ')}.`;
    case 'number':
      return `${how} ${group.field}, ${group.step > 0 ? `in steps of ${group.step}` : 'in steps that fit'}.`;
    case 'ranges':
      return `${how} ${group.field}: ${group.ranges.map(rangeKey).join(', ')}.`;
  }
}
