import { exactValue, formatMetric } from '../format-value.ts';
import type { ChartContent } from '../model/panel.ts';
import { metricName } from '../model/panel-data.ts';
import type { AnsweredPanel } from '../use-panel-data.ts';
import styles from './panels.module.css';

/** Numbers by themselves: one for each metric and value of the groups. */
export function StatisticView({ answered, content }: Readonly<{ answered: AnsweredPanel; content: ChartContent }>) {
  return (
    <dl className={styles.statistics}>
      {answered.data.rows.slice(0, 30).flatMap(({ keys, values }) =>
        content.metrics.map((metric, at) => {
          const name = keys.map(({ text }) => text).join(' › ');
          const title = metricName(metric);
          return (
            <div key={`${name} ${title}`}>
              <dd title={exactValue(values[at] ?? null)}>{formatMetric(metric, values[at] ?? null)}</dd>
              <dt>{name === '' ? title : content.metrics.length === 1 ? name : `${name} · ${title}`}</dt>
            </div>
          );
        }),
      )}
    </dl>
  );
}
