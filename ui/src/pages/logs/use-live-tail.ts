import { useCallback, useEffect, useRef, useState } from 'react';
import { postJson } from '../../api/http.ts';
import { type Search, searchQuery } from '../../state/search-query.ts';
import { recordOf, rowsBody, type SearchAnswer, searchPath } from './log-record.ts';
import { emptyTail, released, type TailBuffer, withArrived } from './tail-buffer.ts';

const pollMillis = 1000;
const pageSize = 1000;
/** So many full pages at once are more than anyone can watch: the tail then jumps to what is newest. */
const mostPages = 5;
const firstSize = 200;
const firstSpanMillis = 3_600_000;

type Cursor = readonly unknown[];

type TailRequest = Readonly<{ index: string; search: Search; columns: readonly string[] }>;

/**
 * Searches in what is completely stored: records are loaded side by side, and one that appears behind the cursor would never be seen. So each
 * round has a point in time of its own; it expires by itself.
 */
async function ask(index: string, body: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<SearchAnswer> {
  const { id } = await postJson<{ id: string }>(`${searchPath(index).replace(/_search$/, '_pit')}?keep_alive=5s`, undefined, signal);
  return postJson<SearchAnswer>('/elasticsearch/_search', { ...body, pit: { id }, track_total_hits: false }, signal);
}

/** What matches, whenever it happened: a tail shows what arrives. */
const everWhen = (search: Search): unknown =>
  searchQuery(search, { startMillis: -8_640_000_000_000_000, endMillis: 8_640_000_000_000_000 });

/** Shows what arrives, about each second, the newest on top. */
export function useLiveTail(
  request: TailRequest,
  isPaused: boolean,
): Readonly<{ buffer: TailBuffer; error: unknown; hasJumped: boolean; release: () => void }> {
  const [buffer, setBuffer] = useState(emptyTail);
  const [error, setError] = useState<unknown>();
  const [hasJumped, setJumped] = useState(false);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let cursor: Cursor | undefined;
    setBuffer(emptyTail);
    setJumped(false);
    const take = (answer: SearchAnswer, isNewestFirst: boolean) => {
      const arrived = answer.hits.hits.map(recordOf);
      const ordered = isNewestFirst ? arrived.toReversed() : arrived;
      cursor = ordered.at(-1)?.sort ?? cursor;
      setBuffer((before) => withArrived(before, ordered, paused.current));
      return arrived.length;
    };
    const newest = async (size: number) => {
      const query = searchQuery(request.search, { startMillis: Date.now() - firstSpanMillis, endMillis: Date.now() + firstSpanMillis });
      take(await ask(request.index, { ...tailBody(request), query, size, sort: [{ _doc: 'desc' }] }, stop.signal), true);
    };
    const start = async () => {
      // The cursor comes first: what arrives between the two questions is then seen twice and not never.
      const last = await ask(request.index, { size: 1, _source: false, sort: [{ _doc: 'desc' }] }, stop.signal);
      const place = last.hits.hits[0]?.sort;
      await newest(firstSize);
      cursor = place ?? cursor;
    };
    const follow = async () => {
      for (let page = 0; page < mostPages; page += 1) {
        const body = { ...tailBody(request), query: everWhen(request.search), size: pageSize, sort: [{ _doc: 'asc' }] };
        const count = take(
          await ask(request.index, { ...body, ...(cursor === undefined ? {} : { search_after: cursor }) }, stop.signal),
          false,
        );
        if (count < pageSize) return;
      }
      await newest(pageSize);
      setJumped(true);
    };
    let isStarted = false;
    const round = async () => {
      try {
        if (document.visibilityState === 'visible') await (isStarted ? follow() : start());
        isStarted = true;
        setError(undefined);
      } catch (failure) {
        if (stop.signal.aborted) return;
        setError(failure);
      }
      if (!stop.signal.aborted) timer = setTimeout(() => void round(), pollMillis);
    };
    void round();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [request]);
  const release = useCallback(() => setBuffer(released), []);
  return { buffer, error, hasJumped, release };
}

const tailBody = ({ columns, search }: TailRequest) => rowsBody(columns, search.text.trim() !== '');
