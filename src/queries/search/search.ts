import type { ReadOptions, ReadTarget } from '../../catalogue/resolve-read.ts';
import { settingText } from '../../catalogue/settings.ts';
import { illegalArgument } from '../../lib/elasticsearch-errors.ts';
import type { JsonObject, JsonValue } from '../../lib/json/json-text.ts';
import type { QueryLimits, Row } from '../../store/engine/engine.ts';
import type { SeenSegments } from '../../store/logs/seen-segments.ts';
import { asPhaseError } from './phase-error.ts';
import { type RunOptions, runSearch, type SearchResult, type Total } from './run-search.ts';
import { SearchContexts } from './search-contexts.ts';
import type { SearchPorts } from './search-ports.ts';
import { parseSearchRequest, type SearchRequest } from './search-request.ts';
import { createScope, type SearchScope } from './search-scope.ts';

export type SearchInput = Readonly<{
  /** Index expression; undefined means all, or the point in time of the body. */
  index: string | undefined;
  body: JsonObject;
  readOptions?: ReadOptions;
  typedKeys?: boolean;
  totalAsInteger?: boolean;
  signal?: AbortSignal | undefined;
}>;

type Snapshot = Readonly<{ targets: readonly ReadTarget[]; segments: SeenSegments }>;
type Scroll = Snapshot &
  Readonly<{
    request: SearchRequest;
    cursor: readonly JsonValue[] | undefined;
    /** Counted once, for the first page. */
    total: Total | undefined;
    typedKeys: boolean;
    totalAsInteger: boolean;
  }>;

/**
 * Searches over the store, in the terms of Elasticsearch's API. Answers are JSON text. Scrolls and points in time page by
 * keys over the segments that were in the store when they were opened.
 */
export class Search {
  readonly ports: SearchPorts;
  readonly #scrolls: SearchContexts<Scroll>;
  readonly #points: SearchContexts<Snapshot>;

  constructor(ports: SearchPorts) {
    this.ports = ports;
    const now = ports.now ?? Date.now;
    this.#scrolls = new SearchContexts(now);
    this.#points = new SearchContexts(now);
  }

  get openContexts(): number {
    return this.#scrolls.size + this.#points.size;
  }

  /** `_search`. Throws `AppError`, wrapped as Elasticsearch does where a shard would have failed. */
  async search(input: SearchInput): Promise<string> {
    const started = performance.now();
    const request = parse(() => parseSearchRequest(input.body));
    const { pit } = request;
    if (pit && input.index !== undefined)
      throw illegalArgument('[indices] cannot be used with point in time. Do not specify any index with point in time.');
    const snapshot = pit ? this.#points.use(pit.id, pit.keepAliveMillis) : undefined;
    const targets = snapshot?.targets ?? this.resolve(input);
    this.#checkWindow(request, targets);
    const { text } = await this.#run(request, { targets, segments: snapshot?.segments }, input);
    const pitText = pit ? `"pit_id":${JSON.stringify(pit.id)},` : '';
    return `{${pitText}"took":${tookSince(started)},${text}}`;
  }

  /** `_search?scroll=`: the first page, and an id for the next. */
  async openScroll(input: SearchInput, keepAliveMillis: number): Promise<string> {
    const started = performance.now();
    const request = parse(() => parseSearchRequest(input.body));
    if (request.size === 0) throw illegalArgument('[size] cannot be [0] in a scroll context');
    if (request.from > 0) throw illegalArgument('using [from] is not allowed in a scroll context');
    if (request.searchAfter) throw illegalArgument('`search_after` cannot be used in a scroll context.');
    if (request.collapse) throw illegalArgument('cannot use `collapse` in a scroll context');
    const targets = this.resolve(input);
    this.#checkScrollSize(request, targets);
    const snapshot = { targets, segments: await this.ports.seenSegments() };
    const { typedKeys = false, totalAsInteger = false } = input;
    const scroll: Scroll = {
      ...snapshot,
      request: { ...request, trackTotal: true },
      cursor: undefined,
      total: undefined,
      typedKeys,
      totalAsInteger,
    };
    const result = await this.#run(scroll.request, snapshot, input);
    const id = this.#scrolls.open({ ...scroll, cursor: result.cursor, total: result.total }, keepAliveMillis);
    return `{"_scroll_id":${JSON.stringify(id)},"took":${tookSince(started)},${result.text}}`;
  }

  /** The next page. Throws 404 `search_context_missing_exception` for an id that is unknown or has expired. */
  async scroll(
    id: string,
    keepAliveMillis: number | undefined,
    options: Pick<SearchInput, 'totalAsInteger' | 'signal'> = {},
  ): Promise<string> {
    const started = performance.now();
    const scroll = this.#scrolls.use(id, keepAliveMillis);
    // After a first page without hits there is no place to go on from, and the snapshot cannot grow.
    const request = { ...scroll.request, aggregations: [], ...(scroll.cursor ? {} : { size: 0 }) };
    const { typedKeys, total } = scroll;
    const totalAsInteger = options.totalAsInteger ?? scroll.totalAsInteger;
    const { signal } = options;
    const { text, cursor } = await this.#run(request, scroll, { typedKeys, totalAsInteger, signal }, { cursor: scroll.cursor, total });
    this.#scrolls.replace(id, { ...scroll, cursor: cursor ?? scroll.cursor });
    return `{"_scroll_id":${JSON.stringify(id)},"took":${tookSince(started)},${text}}`;
  }

  /** Number of scrolls that were open. `_all` closes all. */
  closeScrolls(ids: readonly string[]): number {
    if (ids.length === 1 && ids[0] === '_all') return this.#scrolls.closeAll();
    return ids.filter((id) => this.#scrolls.close(id)).length;
  }

  async openPointInTime(input: Omit<SearchInput, 'body'>, keepAliveMillis: number): Promise<Readonly<{ id: string; indices: number }>> {
    const targets = this.resolve(input);
    const id = this.#points.open({ targets, segments: await this.ports.seenSegments() }, keepAliveMillis);
    return { id, indices: targets.length };
  }

  closePoint(id: string): boolean {
    return this.#points.close(id);
  }

  resolve({ index, readOptions }: Pick<SearchInput, 'index' | 'readOptions'>): readonly ReadTarget[] {
    return this.ports.catalogue.resolveRead(index, readOptions ?? {});
  }

  /** The rows of these targets, with their fields as they are now. */
  async scope(targets: readonly ReadTarget[], segments?: SeenSegments): Promise<SearchScope> {
    const fields = await this.ports.fieldsOf(targets.map(({ index }) => index));
    return createScope({ targets, fields, now: (this.ports.now ?? Date.now)(), segments });
  }

  /** Runs a SELECT within the limits of one query. */
  select(sql: string, more: QueryLimits = {}): Promise<readonly Row[]> {
    const { timeoutMillis, memoryBytes, maxRows } = this.ports.limits;
    return this.ports.engine.select(sql, {
      memoryBytes,
      maxRows,
      ...more,
      timeoutMillis: Math.min(timeoutMillis, more.timeoutMillis ?? timeoutMillis),
    });
  }

  async #run(
    request: SearchRequest,
    snapshot: Readonly<{ targets: readonly ReadTarget[]; segments: SeenSegments | undefined }>,
    input: Pick<SearchInput, 'typedKeys' | 'totalAsInteger' | 'signal'>,
    place: Pick<RunOptions, 'cursor' | 'total'> = {},
  ): Promise<SearchResult> {
    const { signal } = input;
    const indices = snapshot.targets.map(({ index }) => index);
    try {
      const scope = await this.scope(snapshot.targets, snapshot.segments);
      return await runSearch(request, scope, {
        select: (sql, limits) => this.select(sql, { ...limits, signal }),
        typedKeys: input.typedKeys === true,
        totalAsInteger: input.totalAsInteger === true,
        maxBuckets: this.ports.limits.maxBuckets,
        ...place,
      });
    } catch (error) {
      throw asPhaseError(error, indices, 'query');
    }
  }

  /** The smallest window of the indices, since each would refuse what is beyond its own. */
  #maxWindow(targets: readonly ReadTarget[]): number {
    const { maxResultWindow } = this.ports.limits;
    const windows = targets.map(({ index }) =>
      Number(settingText(this.ports.catalogue.settingsOf(index) ?? {}, 'index.max_result_window')),
    );
    return windows.reduce(
      (least, window) => Math.min(least, window > 0 ? window : maxResultWindow),
      windows.length > 0 ? Number.MAX_SAFE_INTEGER : maxResultWindow,
    );
  }

  #checkWindow({ from, size }: SearchRequest, targets: readonly ReadTarget[]): void {
    const max = this.#maxWindow(targets);
    if (from + size <= max) return;
    throw windowError(
      `Result window is too large, from + size must be less than or equal to: [${max}] but was [${from + size}]. See the scroll api for a more efficient way to request large data sets. This limit can be set by changing the [index.max_result_window] index level setting.`,
      targets,
    );
  }

  #checkScrollSize({ size }: SearchRequest, targets: readonly ReadTarget[]): void {
    const max = this.#maxWindow(targets);
    if (size <= max) return;
    throw windowError(
      `Batch size is too large, size must be less than or equal to: [${max}] but was [${size}]. Scroll batch sizes cost as much memory as result windows so they are controlled by the [index.max_result_window] index level setting.`,
      targets,
    );
  }
}

function windowError(reason: string, targets: readonly ReadTarget[]): unknown {
  const indices = targets.map(({ index }) => index);
  return asPhaseError(illegalArgument(reason), indices, 'query');
}

/** Errors of the parser that Elasticsearch would only find in a shard are wrapped like those. */
function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw asPhaseError(error, [], 'parse');
  }
}

/** Whole milliseconds. */
export function tookSince(started: number): number {
  return Math.round(performance.now() - started);
}
