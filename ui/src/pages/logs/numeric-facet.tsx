import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { postJson } from '../../api/http.ts';
import { formatBytes, formatCount, formatDuration } from '../../format/quantities.ts';
import { searchQuery, useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { hasCondition, rangeText, toggledCondition } from './conditions.ts';
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

/** A small histogram of a number; a column includes its range. */
export function NumericFacet({
  index,
  field,
  bounds,
  onRemove,
}: Readonly<{ index: string; field: string; bounds: Bounds; onRemove: () => void }>) {
  const { search, setSearch } = useSearch();
  const { interval } = useTimeRange();
  const { data } = useQuery({
    queryKey: ['numeric facet', index, search, interval, field, bounds],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<readonly NumberRange[]> => {
      const edges = rangeEdges(bounds);
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
  const ranges = data ?? [];
  const most = Math.max(1, ...ranges.map(({ count }) => count));
  const format = formatterOf(field);
  return (
    <FacetFrame field={field} onRemove={onRemove}>
      <div className={styles.numbers}>
        {ranges.map(({ from, to, count }) => {
          const condition = rangeText(search, field, from, to);
          const label = `${format(from)} to ${format(to)}: ${count} records`;
          return (
            <button
              key={from}
              type="button"
              disabled={count === 0}
              aria-pressed={hasCondition(search, condition)}
              aria-label={`${field} ${label}`}
              title={label}
              onClick={() => setSearch({ ...search, text: toggledCondition(search, condition) })}
            >
              <span style={{ height: `${count === 0 ? 0 : Math.max(2, Math.round((40 * count) / most))}px` }} />
            </button>
          );
        })}
      </div>
      <div className={styles.ends}>
        <span>{ranges.length === 0 ? '' : format(ranges[0]?.from ?? 0)}</span>
        <span>{ranges.length === 0 ? '' : format(ranges.at(-1)?.to ?? 0)}</span>
      </div>
    </FacetFrame>
  );
}
