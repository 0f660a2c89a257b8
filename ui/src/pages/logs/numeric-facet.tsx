import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Slider, SliderThumb, SliderTrack } from 'react-aria-components';
import { postJson } from '../../api/http.ts';
import { formatBytes, formatCount, formatDuration } from '../../format/quantities.ts';
import { searchQuery } from '../../state/search-query.ts';
import { useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { rangeConditions, rangeText, toggledCondition } from './conditions.ts';
import { FacetFrame } from './facet-frame.tsx';
import styles from './facets.module.css';
import { searchPath } from './log-record.ts';
import { type Bounds, rangeEdges } from './numeric-ranges.ts';

type RangesAnswer = Readonly<{
  aggregations?: Readonly<{ ranges: Readonly<{ buckets: readonly Readonly<{ from?: number; to?: number; doc_count: number }>[] }> }>;
}>;

type NumberRange = Readonly<{ from: number; to: number; count: number }>;

/** How a number of this field reads: by the unit in its name. */
export const formatterOf = (field: string): ((value: number) => string) =>
  field.endsWith('_ms') ? formatDuration : field.endsWith('bytes') ? formatBytes : formatCount;

function useRanges(index: string, field: string, bounds: Bounds) {
  const { search } = useSearch();
  const { interval } = useTimeRange();
  const { least, most } = bounds;
  return useQuery({
    queryKey: ['numeric facet', index, search, interval, field, least, most],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<readonly NumberRange[]> => {
      const edges = rangeEdges({ least, most });
      const ranges = edges.slice(1).map((to, at) => ({ from: edges[at] as number, to }));
      const body = {
        size: 0,
        track_total_hits: false,
        query: searchQuery(search, interval),
        aggs: { ranges: { range: { field, ranges } } },
      };
      const answer = await postJson<RangesAnswer>(searchPath(index), body, signal);
      return (answer.aggregations?.ranges.buckets ?? []).map(({ from = 0, to = 0, doc_count }) => ({ from, to, count: doc_count }));
    },
  });
}

type NumericFacetProps = Readonly<{ index: string; field: string; bounds: Bounds; onRemove: () => void }>;

/** A small histogram of a number; the slider below it includes a range. */
export function NumericFacet({ index, field, bounds, onRemove }: NumericFacetProps) {
  const { search, setSearch } = useSearch();
  const ranges = useRanges(index, field, bounds).data ?? [];
  const [chosen, setChosen] = useState<readonly [number, number]>([0, ranges.length]);
  // Other ranges are another scale: the handles go to its ends.
  useEffect(() => setChosen([0, ranges.length]), [ranges.length]);
  const most = Math.max(1, ...ranges.map(({ count }) => count));
  const format = formatterOf(field);
  const [first, last] = chosen;
  const edgeAt = (at: number) => (at < ranges.length ? ranges[at]?.from : ranges.at(-1)?.to) ?? 0;
  const given = rangeConditions(search, field);
  const without = given.reduce((text, condition) => toggledCondition({ ...search, text }, condition), search.text);
  const apply = (from: number, to: number) => {
    if (from === to || (from === 0 && to === ranges.length)) return;
    setSearch({ ...search, text: toggledCondition({ ...search, text: without }, rangeText(search, field, edgeAt(from), edgeAt(to))) });
  };
  return (
    <FacetFrame field={field} onRemove={onRemove}>
      <div className={styles.numbers}>
        {ranges.map(({ from, to, count }, at) => (
          <span
            key={from}
            className={styles.column}
            data-chosen={at >= first && at < last}
            title={`${format(from)} to ${format(to)}: ${count} records`}
          >
            <span style={{ height: `${count === 0 ? 0 : Math.max(2, Math.round((40 * count) / most))}px` }} />
          </span>
        ))}
      </div>
      {ranges.length > 1 && (
        <Slider
          aria-label={`Range of ${field}`}
          className={styles.slider}
          minValue={0}
          maxValue={ranges.length}
          value={[...chosen]}
          onChange={([from = 0, to = ranges.length]: number[]) => setChosen([from, to])}
          onChangeEnd={([from = 0, to = ranges.length]: number[]) => apply(from, to)}
        >
          <SliderTrack className={styles.track}>
            <SliderThumb index={0} className={styles.thumb} aria-label={`Least ${field}`} />
            <SliderThumb index={1} className={styles.thumb} aria-label={`Largest ${field}`} />
          </SliderTrack>
        </Slider>
      )}
      <div className={styles.ends}>
        <span>{format(edgeAt(first))}</span>
        {given.length > 0 && (
          <button type="button" className={styles.more} onClick={() => setSearch({ ...search, text: without })}>
            all values
          </button>
        )}
        <span>{format(edgeAt(last))}</span>
      </div>
    </FacetFrame>
  );
}
