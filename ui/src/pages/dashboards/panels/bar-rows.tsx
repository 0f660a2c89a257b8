import { FieldMenu } from '../../../components/field-menu.tsx';
import { exactValue, formatMetric } from '../format-value.ts';
import { type ChartContent, count } from '../model/panel.ts';
import type { Series } from '../model/panel-data.ts';
import styles from './panels.module.css';

type BarRowsProps = Readonly<{
  names: readonly string[];
  series: readonly (Series & { colour: string })[];
  content: ChartContent;
}>;

/** A row for each name: bars beside each other for readers who compare totals, on each other for those who compare shares. */
export function BarRows({ names, series, content }: BarRowsProps) {
  const stacked = content.kind !== 'bar';
  const along = content.groups.filter(({ role }) => role === 'x');
  const field = along.length === 1 && along[0]?.by === 'terms' ? along[0].field : undefined;
  const totals = names.map((_, at) => series.reduce((sum, { values }) => sum + Math.max(0, values[at] ?? 0), 0));
  const most = Math.max(1e-9, ...(stacked ? totals : series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const metric = content.metrics[0] ?? count;
  return (
    <div className={styles.barRows}>
      {series.length > 1 && (
        <ul className={styles.legend}>
          {series.map(({ name, colour }) => (
            <li key={name}>
              <span className={styles.swatch} style={{ background: colour }} aria-hidden="true" />
              {name}
            </li>
          ))}
        </ul>
      )}
      <ul>
        {names.map((name, at) => (
          <li key={name} className={styles.barRow}>
            <span className={styles.barName} title={name}>
              {field === undefined ? (
                name
              ) : (
                <FieldMenu field={field} value={name}>
                  {name || '(empty)'}
                </FieldMenu>
              )}
            </span>
            <span className={stacked ? styles.stack : styles.beside}>
              {series.map(({ name: one, colour, values }) => {
                const value = values[at] ?? null;
                return value === null || value <= 0 ? null : (
                  <span
                    key={one}
                    className={styles.bar}
                    style={{ width: `${(100 * value) / most}%`, background: colour }}
                    title={`${name}, ${one}: ${exactValue(value)}`}
                  />
                );
              })}
            </span>
            <span className={styles.barValue} title={exactValue(stacked ? (totals[at] ?? 0) : (series[0]?.values[at] ?? null))}>
              {stacked
                ? formatMetric(metric, totals[at] ?? 0)
                : series.map(({ values }) => formatMetric(metric, values[at] ?? null)).join(' · ')}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
