import { AppError } from '../../lib/errors.ts';
import type { TraceLimits } from '../../model/trace.ts';
import type { Engine, QueryLimits } from '../../store/engine/engine.ts';
import { readTracesByHash } from '../traces/read-trace.ts';
import type { SpanDetail } from '../traces/span-rows.ts';
import { type Candidate, CandidateSource, type Cursor } from './candidates.ts';
import { evaluateQuery, type SpanGroup } from './evaluate-query.ts';
import type { TraceQuery } from './query.ts';
import { RegexAnswers } from './regex-answers.ts';
import { havingSql, type Requirements, type RowRequirement, requirementsOf } from './requirements.ts';
import { later, maxNanos, type TimeRange } from './time-range.ts';
import { type TraceView, viewTrace } from './trace-view.ts';
import { needsDetail } from './walk-query.ts';

export type SearchLimits = Readonly<{
  timeoutMillis: number;
  memoryBytes: number;
  /** Messages that may be put together to traces, all in all. */
  maxSpanRecords: number;
  /** Rows that the first statement asks for; further ones ask for more and more. */
  firstRows?: number;
}>;

export type TraceSearch = Readonly<{
  query: TraceQuery;
  range: TimeRange;
  limit: number;
  cursor?: Cursor | undefined;
  /** The traces are to be shown whole; otherwise attributes and events are read only when the query needs them. */
  whole?: boolean;
  signal?: AbortSignal | undefined;
}>;

export type FoundTrace = Readonly<{ hash: string; view: TraceView; groups: readonly SpanGroup[] }>;

export type SearchResult = Readonly<{
  /** By start, the newest first. */
  traces: readonly FoundTrace[];
  /** Why not everything was looked at; undefined: it was, as far as `limit` asks. */
  partial: string | undefined;
  /** Further traces may follow. */
  next: Cursor | undefined;
  /** Traces that were put together to be looked at. */
  examined: number;
}>;

const newestFirst = (a: Candidate, b: Candidate): number => {
  if (a.startNanos !== b.startNanos) return a.startNanos > b.startNanos ? -1 : 1;
  return BigInt(a.hash) > BigInt(b.hash) ? -1 : 1;
};

/** Messages of one round: those of a few traces in the first, more when few of them match. */
const [firstRound, maxRound] = [2_000, 32_000];

/**
 * Finds traces by a query. SQL finds candidates, the newest first; whether they match is decided on the whole trace. Stops when `limit` traces are
 * found, or at a limit of time or records, and then says so in `partial`.
 */
export async function searchTraceQl(
  engine: Engine,
  search: TraceSearch,
  limits: SearchLimits,
  traceLimits: TraceLimits,
  nowMillis = Date.now(),
): Promise<SearchResult> {
  const regexes = await RegexAnswers.create(engine, search.query);
  const run = new SearchRun(engine, search, limits, traceLimits, nowMillis, regexes);
  return run.result();
}

class SearchRun {
  readonly #engine: Engine;
  readonly #search: TraceSearch;
  readonly #limits: SearchLimits;
  readonly #traceLimits: TraceLimits;
  readonly #nowMillis: number;
  readonly #regexes: RegexAnswers;
  readonly #detail: SpanDetail;
  readonly #deadline: number;
  readonly #found: FoundTrace[] = [];
  #pending: Candidate[] = [];
  #last: Candidate | undefined;
  #examined = 0;
  #records = 0;
  #round = firstRound;
  #skipped = 0;

  constructor(
    engine: Engine,
    search: TraceSearch,
    limits: SearchLimits,
    traceLimits: TraceLimits,
    nowMillis: number,
    regexes: RegexAnswers,
  ) {
    this.#engine = engine;
    this.#search = search;
    this.#limits = limits;
    this.#traceLimits = traceLimits;
    this.#nowMillis = nowMillis;
    this.#regexes = regexes;
    this.#detail = search.whole || needsDetail(search.query) ? 'full' : 'outline';
    this.#deadline = performance.now() + limits.timeoutMillis;
  }

  async result(): Promise<SearchResult> {
    const requirements = requirementsOf(this.#search.query);
    let partial: string | undefined;
    let source: CandidateSource | undefined;
    try {
      const driver = await this.#chooseDriver(requirements.rows);
      source = new CandidateSource(
        this.#engine,
        driver?.sql,
        requirements,
        this.#search.range,
        this.#search.cursor,
        this.#nowMillis,
        this.#limits.firstRows ?? 256,
      );
      partial = await this.#run(source, havingSql(requirements));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'query_too_expensive') throw error;
      partial = `the search went over its limit of time or memory: ${error.message}`;
    }
    if (this.#skipped > 0) partial ??= `${this.#skipped} traces have more than ${this.#limits.maxSpanRecords} records and were left out`;
    return { traces: this.#found, partial, next: this.#next(source, partial), examined: this.#examined };
  }

  /** Resolves with the reason why it stopped early. */
  async #run(source: CandidateSource, having: readonly string[]): Promise<string | undefined> {
    for (let isLast = false; !isLast; ) {
      const batch = await source.next(this.#queryLimits());
      isLast = batch.isLast;
      this.#pending = [...this.#pending, ...batch.candidates].sort(newestFirst);
      for (;;) {
        const ready = this.#takeRound(batch.completeFrom);
        if (ready.length === 0) break;
        await this.#examine(ready, having).catch((error: unknown) => {
          this.#pending.unshift(...ready);
          throw error;
        });
        if (this.#found.length >= this.#search.limit) return undefined;
        if (this.#records > this.#limits.maxSpanRecords)
          return `more than ${this.#limits.maxSpanRecords} records were looked at; narrow the query or the time range`;
      }
    }
    return undefined;
  }

  /** Pending traces whose turn it is, as many as one round takes. */
  #takeRound(completeFrom: bigint): readonly Candidate[] {
    let records = 0;
    let count = 0;
    for (const candidate of this.#pending) {
      if (candidate.startNanos < completeFrom || (count > 0 && records + candidate.records > this.#round)) break;
      records += candidate.records;
      count++;
    }
    return this.#pending.splice(0, count);
  }

  async #examine(round: readonly Candidate[], having: readonly string[]): Promise<void> {
    const small = round.filter(({ records }) => records <= this.#limits.maxSpanRecords);
    this.#skipped += round.length - small.length;
    const promising = await this.#verify(small, having);
    // As many as may be needed first, because most of them match as a rule.
    for (let at = 0, size = Math.max(this.#search.limit, 20); at < promising.length; at += size, size *= 2) {
      const part = promising.slice(at, at + size);
      const rest = promising.slice(at + size);
      if (await this.#evaluate(part, rest)) return;
    }
    this.#last = round.at(-1) ?? this.#last;
    this.#round = Math.min(this.#round * 2, maxRound);
  }

  /** Whether the limit is reached; what was not needed is pending again. */
  async #evaluate(part: readonly Candidate[], rest: readonly Candidate[]): Promise<boolean> {
    const read = await readTracesByHash(this.#engine, part, this.#traceLimits, this.#nowMillis, this.#queryLimits(), this.#detail);
    for (const { records } of part) this.#records += records;
    const views = new Map(part.map(({ hash }) => [hash, (read.get(hash) ?? []).map(viewTrace)]));
    await this.#regexes.learn([...views.values()].flat(), this.#queryLimits());
    for (const [at, candidate] of part.entries()) {
      for (const view of views.get(candidate.hash) ?? []) {
        this.#examined++;
        const groups = evaluateQuery(this.#search.query, view, this.#regexes.matches);
        if (groups.length > 0) this.#found.push({ hash: candidate.hash, view, groups });
      }
      if (this.#found.length >= this.#search.limit) {
        this.#last = candidate;
        this.#pending = [...part.slice(at + 1), ...rest, ...this.#pending];
        return true;
      }
    }
    this.#last = part.at(-1) ?? this.#last;
    return false;
  }

  /** Which of these also fulfil the other requirements. */
  async #verify(candidates: readonly Candidate[], having: readonly string[]): Promise<readonly Candidate[]> {
    const unproven = candidates.filter(({ isProven }) => !isProven);
    if (having.length === 0 || unproven.length === 0) return candidates;
    const slots = [...new Set(unproven.flatMap((candidate) => candidate.slots))].map((slot) => `toDateTime(${slot}, 'UTC')`);
    const rows = await this.#engine.select(
      `SELECT trace_hash FROM spans WHERE slot IN (${slots.join(', ')}) AND trace_hash IN (${unproven.map(({ hash }) => hash).join(', ')})
GROUP BY trace_hash HAVING ${having.join(' AND ')}`,
      this.#queryLimits(),
    );
    const kept = new Set(rows.map(({ trace_hash }) => String(trace_hash)));
    return candidates.filter(({ hash, isProven }) => isProven || kept.has(hash));
  }

  /** The requirement that the fewest rows fulfil, by a sample. */
  async #chooseDriver(rows: Requirements['rows']): Promise<RowRequirement | undefined> {
    if (rows.length <= 1) return rows[0];
    const counts = rows.map(({ sql }, at) => `countIf(${sql}) AS c${at}`).join(', ');
    const [row] = await this.#engine.select(`SELECT ${counts} FROM (SELECT * FROM spans LIMIT 50000)`, this.#queryLimits());
    const count = (at: number) => Number(row?.[`c${at}`] ?? 0);
    return rows[rows.reduce((best, _, at) => (count(at) < count(best) ? at : best), 0)];
  }

  #queryLimits(): QueryLimits {
    const timeoutMillis = this.#deadline - performance.now();
    if (timeoutMillis <= 0) throw new AppError('query_too_expensive', `it took longer than ${this.#limits.timeoutMillis} ms`);
    return { timeoutMillis: Math.max(1, Math.ceil(timeoutMillis)), memoryBytes: this.#limits.memoryBytes, signal: this.#search.signal };
  }

  /** After the last trace that was looked at; also after an early stop, so that the search can be continued. */
  #next(source: CandidateSource | undefined, partial: string | undefined): Cursor | undefined {
    const isFull = this.#found.length >= this.#search.limit;
    if (this.#last === undefined || (!isFull && partial === undefined)) return undefined;
    // Without a ceiling anything may follow.
    const resume = this.#pending.map(({ seenAt }) => seenAt).reduce(later, source?.resume ?? maxNanos);
    return { resume, startNanos: this.#last.startNanos, hash: BigInt(this.#last.hash) };
  }
}
