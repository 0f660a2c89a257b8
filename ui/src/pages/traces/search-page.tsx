import { keepPreviousData, useInfiniteQuery, useIsFetching } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useLocation, useSearch as useQueryString } from 'wouter';
import { StateView } from '../../components/state-view.tsx';
import { useDrawer } from '../../drawer/use-drawer.ts';
import { formatTime } from '../../format/times.ts';
import { pageLink } from '../../frame/page-link.ts';
import { useShortcuts } from '../../frame/use-shortcuts.ts';
import type { Interval } from '../../state/time-range.ts';
import { useSearch } from '../../state/use-search.ts';
import { useTimeRange } from '../../state/use-time-range.ts';
import { useSetUrlState, useUrlState } from '../../state/use-url-state.ts';
import { useZone } from '../../state/zone.ts';
import { DifferencePanel } from './difference-panel.tsx';
import { translateSearch } from './frame-search.ts';
import { withCondition, withFilter } from './picks.ts';
import { Scatter } from './scatter.tsx';
import { isInBox, parseBox, printBox, slowestBox } from './scatter-box.ts';
import styles from './search-page.module.css';
import { type FoundTrace, millisOf, searchTraces } from './trace-api.ts';
import { TraceList } from './trace-list.tsx';
import { TracePickers } from './trace-pickers.tsx';
import { TraceQlField } from './traceql-field.tsx';
import controls from './traces.module.css';

/** Finds traces: by TraceQL, pickers, and by selecting points. */
export function SearchPage() {
  const [query] = useUrlState('tq');
  const [boxText, setBox] = useUrlState('box');
  const set = useSetUrlState();
  const { interval } = useTimeRange();
  const { search } = useSearch();
  const [zone] = useZone();
  const translated = useMemo(() => translateSearch(search), [search]);
  const asked = useFoundTraces(withFilter(translated.filter, query), interval);
  const box = useMemo(() => parseBox(boxText), [boxText]);
  const shown = useMemo(
    () => (box === undefined ? asked.traces : asked.traces.filter((trace) => isInBox(trace, box))),
    [asked.traces, box],
  );
  const slowest = useMemo(() => slowestBox(asked.traces, asked.interval), [asked.traces, asked.interval]);
  const { stack, open } = useDrawer();
  const onOpen = useCallback((trace: FoundTrace) => open({ kind: 'trace', id: trace.trace_id }), [open]);
  const opened = stack[0]?.kind === 'trace' ? stack[0].id : undefined;
  const step = (by: number) => {
    const at = shown.findIndex(({ trace_id }) => trace_id === opened);
    const next = at < 0 ? undefined : shown[at + by];
    if (next !== undefined) onOpen(next);
  };
  useShortcuts({ '[': () => step(-1), ']': () => step(1) });
  const { marked, mark, compare } = useMarked();
  const submit = (tq: string) => set({ tq, box: undefined });

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.line}>
          <h1>Traces</h1>
          <TraceQlField query={query} onSubmit={submit} />
          {box === undefined && slowest !== undefined && (
            <button
              type="button"
              className={controls.button}
              onClick={() => setBox(printBox(slowest))}
              title="What is different about the slowest tenth of these traces"
            >
              Explain the slowest
            </button>
          )}
          {marked.length > 0 && (
            <button type="button" className={controls.button} disabled={marked.length !== 2} onClick={compare} title="c in the list">
              {marked.length === 2 ? 'Compare the two' : 'Mark one more to compare'}
            </button>
          )}
        </div>
        <TracePickers query={query} onSubmit={submit} />
        {translated.filter !== '' && (
          <p className={styles.note}>
            From the search above, too: <code>{translated.filter}</code>
          </p>
        )}
        {translated.ignored.length > 0 && (
          <p className={styles.note}>
            Not looked for in traces: <code>{translated.ignored.join(' AND ')}</code>. That concerns logs only; traces are searched by
            TraceQL.
          </p>
        )}
      </header>
      <div className={styles.chart} data-explained={box !== undefined}>
        <Scatter
          traces={asked.traces}
          interval={asked.interval}
          box={box}
          zone={zone}
          onBox={(part) => setBox(printBox(part))}
          onOpen={onOpen}
        />
        {box !== undefined && (
          <DifferencePanel
            selected={shown.map(({ trace_id }) => trace_id)}
            others={asked.traces.filter((trace) => !isInBox(trace, box)).map(({ trace_id }) => trace_id)}
            onClose={() => setBox('')}
            onFilter={(condition) => submit(withCondition(query, condition))}
          />
        )}
      </div>
      <div className={styles.list} aria-busy={asked.isOutdated} data-old={asked.isOutdated}>
        {asked.partial !== undefined && (
          <p className={styles.note} role="status">
            Not everything was looked at: {asked.partial}
          </p>
        )}
        {asked.state.hasNextPage && asked.traces.length > 0 && (
          <p className={styles.note}>
            The newest {asked.traces.length} traces, since {formatTime(oldestMillis(asked.traces), zone, asked.interval.endMillis)}; the end
            of the list reads older ones.
          </p>
        )}
        <StateView
          query={{ ...asked.state, data: asked.state.data === undefined ? undefined : shown }}
          height={260}
          isEmpty={(traces) => traces.length === 0}
          empty={
            box !== undefined && asked.traces.length > 0
              ? 'No trace lies in the selected part.'
              : query === '' && translated.filter === ''
                ? 'No traces in this time. They come from meshscope wrap, the SDK, OpenTelemetry (OTLP), Zipkin, and MCP Mesh by Redis.'
                : 'No trace in this time matches. A longer time or fewer conditions find more.'
          }
        >
          {(traces) => (
            <TraceList
              traces={traces}
              opened={opened}
              marked={marked}
              onMark={mark}
              onCompare={compare}
              onOpen={onOpen}
              onEnd={asked.onEnd}
            />
          )}
        </StateView>
      </div>
    </div>
  );
}

const oldestMillis = (traces: readonly FoundTrace[]) => Math.min(...traces.map(({ start_nanos }) => millisOf(start_nanos)));

/** Two traces to be told apart. */
function useMarked() {
  const [marked, setMarked] = useState<readonly string[]>([]);
  const [, navigate] = useLocation();
  const queryString = useQueryString();
  const mark = useCallback(
    (id: string) => setMarked((before) => (before.includes(id) ? before.filter((one) => one !== id) : [...before, id].slice(-2))),
    [],
  );
  const compare = () => {
    const [left, right] = marked;
    if (left !== undefined && right !== undefined)
      navigate(pageLink(`/traces/${encodeURIComponent(left)}/compare/${encodeURIComponent(right)}`, queryString));
  };
  return { marked, mark, compare };
}

function useFoundTraces(query: string, wanted: Interval) {
  const interval = useSettledInterval(wanted);
  const state = useInfiniteQuery({
    queryKey: ['traces', query, interval],
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) => searchTraces(query, interval, pageParam, signal),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = state;
  const traces = useMemo(() => (data?.pages ?? []).flatMap((page) => page.traces), [data]);
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  // Those of the query before stay until there are others; a refresh of the same query is not worth a word.
  const [answered, setAnswered] = useState(query);
  if (!state.isPlaceholderData && data !== undefined && answered !== query) setAnswered(query);
  const isOutdated = state.isPlaceholderData && answered !== query;
  return { state, traces, interval, isOutdated, onEnd, partial: data?.pages.at(-1)?.partial_reason ?? undefined };
}

/** Refreshing moves the interval on; while a slow search runs it stays, or none would ever end. Another length is another question. */
function useSettledInterval(wanted: Interval): Interval {
  const isBusy = useIsFetching({ queryKey: ['traces'] }) > 0;
  const [settled, setSettled] = useState(wanted);
  const length = ({ startMillis, endMillis }: Interval) => endMillis - startMillis;
  const isOther = settled.startMillis !== wanted.startMillis || settled.endMillis !== wanted.endMillis;
  if (isOther && (!isBusy || length(settled) !== length(wanted))) {
    setSettled(wanted);
    return wanted;
  }
  return settled;
}
