import { useMemo } from 'react';
import { TimeChart } from '../../../components/time-chart.tsx';
import { formatCount } from '../../../format/quantities.ts';
import { formatTime } from '../../../format/times.ts';
import { useTimeRange } from '../../../state/use-time-range.ts';
import { useZone } from '../../../state/zone.ts';
import { coloursOf, formatMetric } from '../format-value.ts';
import { type ChartContent, count, type Metric } from '../model/panel.ts';
import { seriesOf } from '../model/panel-data.ts';
import type { AnsweredPanel } from '../use-panel-data.ts';
import { BarRows } from './bar-rows.tsx';
import { ColumnsChart } from './columns-chart.tsx';
import { HoverLegend, legendHeight } from './series-legend.tsx';

/** Lines, areas and bars over time; columns over numbers; rows of bars for names. */
export function SeriesView({ answered, content, height }: Readonly<{ answered: AnsweredPanel; content: ChartContent; height: number }>) {
  const { zoom } = useTimeRange();
  const [zone] = useZone();
  const { data, context, panel } = answered;
  const { groups, metrics, kind } = content;
  const { axis, series } = useMemo(() => seriesOf(groups, metrics, data.rows, context), [groups, metrics, data.rows, context]);
  const drawn = useMemo(() => {
    const colours = coloursOf(
      groups,
      series.map(({ name }) => name),
    );
    return series.map((one, at) => ({ ...one, colour: colours[at] as string }));
  }, [series, groups]);
  const metric = metrics[0] ?? count;
  const format = useMemo(() => (value: number) => formatMetric(metric, value), [metric]);
  const [axisType, group, end] = [axis.type, groups.find(({ role }) => role === 'x'), context.interval.endMillis];
  const formatPlace = useMemo(() => {
    if (axisType === 'time') return (millis: number) => formatTime(millis, zone, end).replace(/\.\d+$/, '');
    const unit: Metric = { operation: 'max', field: group?.by === 'number' ? group.field : '' };
    return (place: number) => (unit.field === '' ? formatCount(place) : formatMetric(unit, place));
  }, [axisType, group, zone, end]);
  const label = `${panel.title}: ${series.length} series of ${data.total} records`;
  if (axis.type === 'names') return <BarRows names={axis.names} series={drawn} content={content} />;
  const places = axis.type === 'time' ? axis.times : axis.starts;
  const isTimeChart = axis.type === 'time' && (kind !== 'bar' || series.length === 1);
  const step = (axis.type === 'time' ? axis.stepMillis : axis.step) ?? 1;
  const [from, to] = isTimeChart ? [context.interval.startMillis, end] : [places[0] ?? 0, (places.at(-1) ?? 0) + step];
  return (
    <HoverLegend series={drawn} content={content} places={places} from={from} to={to} formatPlace={formatPlace}>
      {isTimeChart ? (
        <TimeChart
          label={label}
          interval={context.interval}
          times={axis.times}
          series={drawn}
          kind={kind === 'line' ? 'lines' : kind === 'area' ? 'areas' : 'bars'}
          format={format}
          height={height - legendHeight}
          onZoom={zoom}
        />
      ) : (
        <ColumnsChart
          label={label}
          axis={axis}
          series={drawn}
          stacked={kind !== 'bar'}
          format={format}
          formatPlace={formatPlace}
          height={height - legendHeight}
        />
      )}
    </HoverLegend>
  );
}
