import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { postJson } from '../../api/http.ts';
import { ErrorNote } from '../../components/state-view.tsx';
import { formatCount } from '../../format/quantities.ts';
import { levelColour } from '../../format/series-colour.ts';
import { useFields } from '../../state/fields.ts';
import { searchQuery } from '../../state/search-query.ts';
import { conditionText, useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useUrlState } from '../../state/use-url-state.ts';
import { AddField } from './add-field.tsx';
import { hasCondition, toggledCondition } from './conditions.ts';
import { FacetFrame } from './facet-frame.tsx';
import styles from './facets.module.css';
import { searchPath } from './log-record.ts';
import { NumericFacet } from './numeric-facet.tsx';
import { searchProblem } from './search-problem.ts';
import { useSettled } from './use-settled.ts';

const usualFacets = [
  'level',
  'agent.name',
  'tool',
  'request.method',
  'request.status',
  'exception.type',
  'request.duration_ms',
  'service.version',
];

const numericTypes = new Set(['long', 'integer', 'short', 'byte', 'double', 'float', 'half_float', 'scaled_float', 'unsigned_long']);

/** Fields with their commonest values; each value includes or excludes. Which fields is kept in the URL (`facets`). */
export function Facets({ index }: Readonly<{ index: string }>) {
  const [text, setText] = useUrlState('facets', usualFacets.join(','));
  const fields = useFields();
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const chosen = text.split(',').filter((name) => name !== '' && (types.has(name) || fields.length === 0));
  const { search } = useSearch();
  const isNumeric = (name: string) => numericTypes.has(types.get(name) ?? '');
  // Before the types are known it would be another question, asked for nothing.
  const { data, error, refetch } = useFacets(index, fields.length === 0 ? [] : chosen, isNumeric);
  const set = (names: readonly string[]) => setText(names.join(','));
  return (
    <div className={styles.facets}>
      {error !== null && searchProblem(error, search) === undefined && <ErrorNote error={error} retry={() => void refetch()} />}
      {chosen.map((field) => {
        const remove = () => set(text.split(',').filter((name) => name !== field));
        if (!isNumeric(field))
          return <ValueFacet key={field} index={index} field={field} few={data?.values.get(field)} onRemove={remove} />;
        const bounds = data?.bounds.get(field);
        return bounds && <NumericFacet key={field} index={index} field={field} bounds={bounds} onRemove={remove} />;
      })}
      <AddField
        names={fields
          .filter(({ name, aggregatable, type }) => aggregatable && type !== 'date' && !name.endsWith('.keyword') && !chosen.includes(name))
          .map(({ name }) => name)}
        label="Add a facet"
        onAdd={(name) => set([...text.split(',').filter(Boolean), name])}
      />
    </div>
  );
}

type Terms = Readonly<{
  sum_other_doc_count: number;
  buckets: readonly Readonly<{ key: string | number; key_as_string?: string; doc_count: number }>[];
}>;
type Stats = Readonly<{ min: number | null; max: number | null }>;
type FacetsAnswer = Readonly<{ aggregations?: Readonly<Record<string, Terms | Stats>> }>;

type FacetValues = Readonly<{ values: readonly Readonly<{ value: string; count: number }>[]; others: number }>;

const readTerms = ({ buckets, sum_other_doc_count: others }: Terms): FacetValues => ({
  values: buckets.map(({ key, key_as_string, doc_count }) => ({ value: key_as_string ?? String(key), count: doc_count })),
  others,
});

const fewValues = 6;
const manyValues = 50;

const regexpSpecial = /[.?+*|{}[\]()"\\#@&<>~^$]/g;

/** Any part of the value, whatever its case. */
const containing = (text: string): string =>
  `.*${[...text].map((char) => (char.toLowerCase() === char.toUpperCase() ? char.replace(regexpSpecial, '\\$&') : `[${char.toLowerCase()}${char.toUpperCase()}]`)).join('')}.*`;

/** All facets are asked for at once: the server reads the records once for all of them. */
function useFacets(index: string, names: readonly string[], isNumeric: (name: string) => boolean) {
  const { search } = useSearch();
  const { interval } = useTimeRange();
  return useQuery({
    queryKey: ['facets', index, search, interval, names, names.map(isNumeric)],
    enabled: names.length > 0,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const aggs = Object.fromEntries(
        names.map((field, at) => [`f${at}`, isNumeric(field) ? { stats: { field } } : { terms: { field, size: fewValues } }]),
      );
      const body = { size: 0, track_total_hits: false, query: searchQuery(search, interval), aggs };
      const { aggregations = {} } = await postJson<FacetsAnswer>(searchPath(index), body, signal);
      const answers = names.map((name, at) => [name, aggregations[`f${at}`]] as const);
      return {
        values: new Map(answers.flatMap(([name, one]) => (one !== undefined && 'buckets' in one ? [[name, readTerms(one)] as const] : []))),
        bounds: new Map(
          answers.flatMap(([name, one]) =>
            one !== undefined && 'min' in one && one.min !== null && one.max !== null
              ? [[name, { least: one.min, most: one.max }] as const]
              : [],
          ),
        ),
      };
    },
  });
}

/** More values of one facet than the usual few, and those that contain a text. */
function useManyValues(index: string, field: string, within: string, enabled: boolean) {
  const { search } = useSearch();
  const { interval } = useTimeRange();
  return useQuery({
    queryKey: ['facet', index, search, interval, field, within],
    enabled,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const terms = { field, size: manyValues, ...(within === '' ? {} : { include: containing(within) }) };
      const body = { size: 0, track_total_hits: false, query: searchQuery(search, interval), aggs: { values: { terms } } };
      const { aggregations } = await postJson<FacetsAnswer>(searchPath(index), body, signal);
      return aggregations?.values !== undefined && 'buckets' in aggregations.values ? readTerms(aggregations.values) : noValues;
    },
  });
}

const noValues: FacetValues = { values: [], others: 0 };

type ValueFacetProps = Readonly<{ index: string; field: string; few: FacetValues | undefined; onRemove: () => void }>;

function ValueFacet({ index, field, few, onRemove }: ValueFacetProps) {
  const [isMore, setMore] = useState(false);
  const [within, setWithin] = useState('');
  const settled = useSettled(within, 200);
  const many = useManyValues(index, field, settled, isMore);
  const { values, others } = (isMore ? many.data : undefined) ?? few ?? noValues;
  const most = Math.max(1, ...values.map(({ count }) => count));
  if (few !== undefined && values.length === 0 && !isMore) return null;
  return (
    <FacetFrame field={field} onRemove={onRemove}>
      {isMore && (
        <input
          className={styles.input}
          aria-label={`Search values of ${field}`}
          placeholder="Search values …"
          value={within}
          onChange={(event) => setWithin(event.target.value)}
        />
      )}
      {many.error !== null && <ErrorNote error={many.error} />}
      <ul className={styles.values} aria-busy={many.isFetching}>
        {values.map(({ value, count }) => (
          <FacetValue key={value} field={field} value={value} count={count} share={count / most} />
        ))}
        {few === undefined && [0, 1, 2].map((at) => <li key={at} className={styles.waiting} />)}
      </ul>
      {isMore && values.length === 0 && !many.isFetching && <p className={styles.note}>No value has this in it.</p>}
      {(isMore || others > 0) && (
        <button type="button" className={styles.more} onClick={() => setMore(!isMore)}>
          {isMore ? 'Fewer' : `${formatCount(others)} with other values …`}
        </button>
      )}
    </FacetFrame>
  );
}

function FacetValue({ field, value, count, share }: Readonly<{ field: string; value: string; count: number; share: number }>) {
  const { search, setSearch } = useSearch();
  const is = conditionText(search.language, field, value, 'is');
  const isNot = conditionText(search.language, field, value, 'isNot');
  const toggle = (condition: string) => setSearch({ ...search, text: toggledCondition(search, condition) });
  const isIncluded = hasCondition(search, is);
  const shown = value === '' ? '(empty)' : value;
  return (
    <li className={styles.value} data-included={isIncluded}>
      <span className={styles.bar} style={{ width: `${share * 100}%`, ...(field === 'level' ? { background: levelColour(value) } : {}) }} />
      <button type="button" className={styles.include} aria-pressed={isIncluded} title={`Only ${shown}`} onClick={() => toggle(is)}>
        <span className={styles.text}>{shown}</span>
        <span className={styles.count} title={String(count)}>
          {formatCount(count)}
        </span>
      </button>
      <button
        type="button"
        className={styles.exclude}
        aria-label={`Without ${field} ${shown}`}
        title={`Without ${shown}`}
        onClick={() => toggle(isNot)}
      >
        −
      </button>
    </li>
  );
}
