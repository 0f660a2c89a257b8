import { useQuery } from '@tanstack/react-query';
import { useId, useMemo } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { type Activity, activityQuery, type ToolName } from '../../api/tools.ts';
import { StateView } from '../../components/state-view.tsx';
import { type ChartSeries, TimeChart, type TimeChartProps } from '../../components/time-chart.tsx';
import { formatBytes, formatCount } from '../../format/quantities.ts';
import { seriesColour } from '../../format/series-colour.ts';
import { pageLink } from '../../frame/page-link.ts';
import { absoluteRange } from '../../state/time-range.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useVersionMarkers } from '../../state/use-version-markers.ts';
import { CallList } from './call-list.tsx';
import { ClientsAndVersions } from './clients-and-versions.tsx';
import { Definitions } from './definitions.tsx';
import { Figures } from './figures.tsx';
import { LatencyHeatmap } from './latency-heatmap.tsx';
import { toolTraceQl } from './tool-id.ts';
import styles from './tools.module.css';
import { useDefinitionMarkers } from './use-definitions.ts';

const outcomeColours: Readonly<Record<string, string>> = {
  ok: 'var(--ok)',
  empty: 'var(--debug)',
  tool_error: 'var(--error)',
  error: 'var(--error)',
  rpc_error: 'var(--fatal)',
  timed_out: 'var(--warning)',
};

const isGood = (outcome: string) => outcome === 'ok' || outcome === 'empty';

/** Everything about one tool. */
export function ToolPage({ name }: Readonly<{ name: ToolName }>) {
  const { interval } = useTimeRange();
  const search = useSearch();
  const query = useQuery(activityQuery(interval, name, 100));
  return (
    <div className={styles.tool}>
      <header>
        <nav aria-label="Where this is" className={styles.soft}>
          <Link href={pageLink('/tools', search)}>Tools</Link> › {name.server}
        </nav>
        <h1 className={styles.title}>{name.tool ?? name.server}</h1>
        <p className={styles.links}>
          <Link href={pageLink('/traces', search, { tq: toolTraceQl(name) })}>All its traces</Link>
          <Link href={pageLink('/traces', search, { tq: toolTraceQl(name, true) })}>Failing ones</Link>
        </p>
      </header>
      <StateView query={query} height={420}>
        {(activity) => (
          <>
            <Figures series={activity.all} />
            <Charts name={name} activity={activity} />
          </>
        )}
      </StateView>
      <div className={styles.columns}>
        <section aria-labelledby="failing">
          <h2 id="failing">Failing calls, the newest first</h2>
          <CallList name={name} order="failing" />
        </section>
        <section aria-labelledby="slowest">
          <h2 id="slowest">Slowest calls</h2>
          <CallList name={name} order="slowest" />
        </section>
        <ClientsAndVersions name={name} clients={query.data?.detail?.clients ?? {}} />
        {name.tool !== undefined && <Definitions server={name.server} tool={name.tool} />}
      </div>
    </div>
  );
}

function Charts({ name, activity }: Readonly<{ name: ToolName; activity: Activity }>) {
  const { interval: wanted, zoom } = useTimeRange();
  const search = useSearch();
  const [, navigate] = useLocation();
  const { start, steps, step_ms, detail, all } = activity;
  const startMillis = Date.parse(start);
  const interval = useMemo(() => ({ startMillis, endMillis: startMillis + steps * step_ms }), [startMillis, steps, step_ms]);
  const times = useMemo(() => Array.from({ length: steps }, (_, at) => startMillis + at * step_ms), [startMillis, steps, step_ms]);
  const outcomes = useMemo(
    () =>
      Object.entries(detail?.outcomes ?? {})
        // What went well is the ground that failures stand on.
        .sort(([a], [b]) => Number(isGood(b)) - Number(isGood(a)))
        .map(([outcome, values]): ChartSeries => ({ name: outcome, colour: outcomeColours[outcome] ?? seriesColour(outcome), values })),
    [detail],
  );
  const sizes = useMemo((): readonly ChartSeries[] => {
    const perCall = (bytes: readonly number[]) =>
      bytes.map((sum, at) => ((all.calls[at] ?? 0) === 0 ? null : sum / (all.calls[at] as number)));
    return [
      { name: 'sent', colour: 'var(--info)', values: perCall(detail?.request_bytes ?? []) },
      { name: 'answered', colour: 'var(--accent)', values: perCall(detail?.response_bytes ?? []) },
    ];
  }, [detail, all]);
  const hasSizes = [...(detail?.request_bytes ?? []), ...(detail?.response_bytes ?? [])].some((bytes) => bytes > 0);
  const versions = useVersionMarkers(interval, true, name.server);
  const definitions = useDefinitionMarkers(wanted, name.server, name.tool);
  const markers = useMemo(() => [...versions, ...definitions], [versions, definitions]);
  const shared = { interval, times, onZoom: zoom, markers };
  return (
    <div className={styles.columns}>
      <SeriesSection
        title="Outcomes over time"
        label={`Calls by outcome: ${outcomes.map((one) => `${one.name} ${one.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)}`).join(', ')}`}
        kind="bars"
        format={formatCount}
        height={150}
        series={outcomes}
        {...shared}
      />
      <section aria-labelledby="latency">
        <h2 id="latency">How long calls took</h2>
        <LatencyHeatmap
          activity={activity}
          onPick={({ fromMillis, toMillis, ...part }) => {
            const durations = ` && duration >= ${nanos(fromMillis)}ns && duration < ${nanos(toMillis)}ns }`;
            const tq = toolTraceQl(name).replace(/ \}$/, () => durations);
            navigate(pageLink('/traces', search, { tq, ...absoluteRange(part) }));
          }}
        />
      </section>
      {hasSizes && (
        <SeriesSection
          title="Payload size of a call"
          label="Mean bytes of arguments and of results"
          kind="lines"
          format={formatBytes}
          height={120}
          series={sizes}
          {...shared}
        />
      )}
    </div>
  );
}

/** Durations are whole nanoseconds, so what is at or above a limit is at or above the next whole one; the rest is for what rounding added. */
const nanos = (millis: number) => Math.ceil(millis * 1e6 - 1e-3);

/** A chart with its name above and the colours of its series below. */
function SeriesSection({ title, ...chart }: TimeChartProps & Readonly<{ title: string }>) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <TimeChart {...chart} />
      <Legend series={chart.series} />
    </section>
  );
}

function Legend({ series }: Readonly<{ series: readonly ChartSeries[] }>) {
  return (
    <ul className={styles.legend}>
      {series.map(({ name, colour }) => (
        <li key={name}>
          <span aria-hidden="true" style={{ background: colour }} /> {name}
        </li>
      ))}
    </ul>
  );
}
