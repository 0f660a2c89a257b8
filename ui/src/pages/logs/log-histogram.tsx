import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type PointerEvent, useMemo, useState } from 'react';
import { postJson } from '../../api/http.ts';
import { TimeChart } from '../../components/time-chart.tsx';
import { formatCount } from '../../format/quantities.ts';
import { formatTime } from '../../format/times.ts';
import { useNow } from '../../state/refresh.tsx';
import { type Search, searchQuery } from '../../state/search-query.ts';
import { type Interval, stepOf } from '../../state/time-range.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useVersionMarkers } from '../../state/use-version-markers.ts';
import { useZone } from '../../state/zone.ts';
import { colourOfLevel, type Gap, gapsOf, type Histogram, type HistogramBucket, histogramOf } from './histogram-columns.ts';
import styles from './log-histogram.module.css';
import { searchPath } from './log-record.ts';

const height = 96;
const mostColumns = 90;
const noSearch: Search = { text: '', language: 'lucene' };

type HistogramAnswer = Readonly<{
  timed_out?: boolean;
  aggregations?: Readonly<{ columns: Readonly<{ buckets: readonly HistogramBucket[] }> }>;
}>;

type Columns = Readonly<{ histogram: Histogram; interval: Interval; stepMillis: number; isPartial: boolean }>;

async function fetchColumns(index: string, search: Search, interval: Interval, signal: AbortSignal): Promise<Columns> {
  const stepMillis = stepOf(interval, mostColumns);
  const answer = await postJson<HistogramAnswer>(
    searchPath(index),
    {
      size: 0,
      track_total_hits: false,
      query: searchQuery(search, interval),
      aggs: {
        columns: {
          date_histogram: { field: 'timestamp', fixed_interval: `${stepMillis}ms`, min_doc_count: 1 },
          aggs: { levels: { terms: { field: 'level', size: 30 } } },
        },
      },
    },
    signal,
  );
  const histogram = histogramOf(answer.aggregations?.columns.buckets ?? [], interval, stepMillis);
  return { histogram, interval, stepMillis, isPartial: answer.timed_out === true };
}

function useColumns(index: string, search: Search, enabled = true) {
  const { interval } = useTimeRange();
  return useQuery({
    queryKey: ['log histogram', index, search, interval],
    enabled,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => fetchColumns(index, search, interval, signal),
  });
}

const empty: Histogram = { times: [], levels: [], totals: [] };

/** Records over time by level. Brushing zooms; stretches of which nothing is known are grey. */
export function LogHistogram({
  index,
  search,
  onLevel,
}: Readonly<{ index: string; search: Search; onLevel: (spellings: readonly string[]) => void }>) {
  const { interval: wanted, zoom } = useTimeRange();
  const nowMillis = useNow();
  const isNarrowed = search.text.trim() !== '';
  const { data, isFetching } = useColumns(index, search);
  const all = useColumns(index, noSearch, isNarrowed);
  const { histogram, interval, stepMillis } = data ?? { histogram: empty, interval: wanted, stepMillis: 60_000 };
  const [hovered, setHovered] = useState<number | undefined>();
  const series = useMemo(() => histogram.levels.map(({ name, values }) => ({ name, values, colour: colourOfLevel[name] })), [histogram]);
  const known = data === undefined ? undefined : isNarrowed ? (all.data ?? data) : data;
  const gaps = useMemo(
    () =>
      known === undefined
        ? [{ ...wanted, why: 'not answered' as const }]
        : gapsOf(known.histogram.totals, known.histogram.times, known.stepMillis, known.interval, nowMillis),
    [known, wanted, nowMillis],
  );
  const onMove = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left - axisWidth) / Math.max(1, box.width - axisWidth);
    const at = histogram.times.findLastIndex((time) => time <= interval.startMillis + share * (interval.endMillis - interval.startMillis));
    setHovered(share < 0 || at < 0 ? undefined : at);
  };
  const total = histogram.totals.reduce((sum, one) => sum + one, 0);
  return (
    <section className={styles.histogram} aria-label="Records over time" aria-busy={isFetching}>
      <div className={styles.plot} onPointerMove={onMove} onPointerLeave={() => setHovered(undefined)}>
        <TimeChart
          label={`${total} records over time, by level`}
          interval={interval}
          times={histogram.times}
          series={series}
          kind="bars"
          format={formatCount}
          height={height}
          onZoom={zoom}
          markers={useVersionMarkers(wanted, data !== undefined)}
        />
        <Gaps gaps={gaps} interval={interval} />
      </div>
      <Legend
        histogram={histogram}
        stepMillis={stepMillis}
        hovered={hovered}
        gaps={gaps}
        onLevel={onLevel}
        isPartial={data?.isPartial === true}
      />
    </section>
  );
}

/** Of TimeChart's vertical axis, in pixels. */
const axisWidth = 52;

const gapText: Readonly<Record<Gap['why'], string>> = {
  ahead: 'Not known yet',
  'not answered': 'There is no answer yet',
  'nothing stored':
    'No records of any kind are stored for this time: nothing was logged, or it was not collected, or it was deleted by retention',
};

function Gaps({ gaps, interval }: Readonly<{ gaps: readonly Gap[]; interval: Interval }>) {
  const length = interval.endMillis - interval.startMillis;
  return (
    <div className={styles.gaps} style={{ left: axisWidth }}>
      {gaps.map(({ startMillis, endMillis, why }) => (
        <div
          key={startMillis}
          className={styles.gap}
          title={gapText[why]}
          style={{
            left: `${(100 * Math.max(0, startMillis - interval.startMillis)) / length}%`,
            width: `${(100 * (Math.min(endMillis, interval.endMillis) - Math.max(startMillis, interval.startMillis))) / length}%`,
          }}
        />
      ))}
    </div>
  );
}

type LegendProps = Readonly<{
  histogram: Histogram;
  stepMillis: number;
  hovered: number | undefined;
  gaps: readonly Gap[];
  isPartial: boolean;
  onLevel: (spellings: readonly string[]) => void;
}>;

/** Counts by level: of all, or of the column under the pointer. */
function Legend({ histogram, stepMillis, hovered, gaps, isPartial, onLevel }: LegendProps) {
  const [zone] = useZone();
  const nowMillis = useNow();
  const startMillis = hovered === undefined ? undefined : histogram.times[hovered];
  const gap =
    startMillis === undefined ? undefined : gaps.find((one) => one.startMillis < startMillis + stepMillis && one.endMillis > startMillis);
  return (
    <div className={styles.legend}>
      {histogram.levels.map(({ name, total, values, spellings }) => {
        const count = hovered === undefined ? total : (values[hovered] ?? 0);
        return (
          <button
            key={name}
            type="button"
            title={`${count} records; click to see only these`}
            disabled={spellings.length === 0}
            onClick={() => onLevel(spellings)}
          >
            <span className={styles.swatch} style={{ background: colourOfLevel[name] }} aria-hidden="true" />
            {name} <span className={styles.count}>{formatCount(count)}</span>
          </button>
        );
      })}
      <span className={styles.when}>
        {startMillis === undefined
          ? gaps.some(({ why }) => why === 'nothing stored') && (
              <>
                <span className={styles.greySwatch} aria-hidden="true" /> nothing stored
              </>
            )
          : `${formatTime(startMillis, zone, nowMillis)} + ${printStep(stepMillis)}${gap?.startMillis === undefined || histogram.totals[hovered ?? 0] !== 0 ? '' : ` · ${gap.why === 'ahead' ? 'not known yet' : 'nothing stored'}`}`}
        {isPartial && <strong> Not all were counted in time.</strong>}
      </span>
    </div>
  );
}

const printStep = (millis: number): string => {
  if (millis < 1000) return `${millis} ms`;
  if (millis < 60_000) return `${millis / 1000} s`;
  if (millis < 3_600_000) return `${millis / 60_000} min`;
  return millis < 86_400_000 ? `${millis / 3_600_000} h` : `${millis / 86_400_000} d`;
};
