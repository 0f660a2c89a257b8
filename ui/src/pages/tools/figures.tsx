import type { ActivitySeries } from '../../api/tools.ts';
import { Sparkline } from '../../components/sparkline.tsx';
import { formatCount, formatDuration, formatShare } from '../../format/quantities.ts';
import styles from './tools.module.css';

/** What a series says in four numbers. */
export function Figures({ series }: Readonly<{ series: ActivitySeries }>) {
  const { total, calls, errors, p95_ms } = series;
  const share = total.errors / Math.max(1, total.calls);
  return (
    <dl className={styles.figures}>
      <div>
        <dt>Calls</dt>
        <dd title={String(total.calls)}>{formatCount(total.calls)}</dd>
        <Sparkline values={calls} />
      </div>
      <div>
        <dt>Failed</dt>
        <dd title={`${total.errors} calls`} className={total.errors > 0 ? styles.failed : undefined}>
          {formatShare(share)}
        </dd>
        <Sparkline values={errors} colour="var(--error)" />
      </div>
      <div>
        <dt>p50</dt>
        <dd title={`${total.p50_ms} ms`}>{formatDuration(total.p50_ms)}</dd>
      </div>
      <div>
        <dt>p95</dt>
        <dd title={`${total.p95_ms} ms`}>{formatDuration(total.p95_ms)}</dd>
        <Sparkline values={p95_ms} colour="var(--warning)" />
      </div>
    </dl>
  );
}
