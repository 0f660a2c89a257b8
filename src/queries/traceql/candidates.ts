import { traceKey } from '../../model/trace-id.ts';
import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';
import { havingSql, type Requirements } from './requirements.ts';
import { earlier, instantSql, type TimeRange } from './time-range.ts';

/** A trace that may match. `seenAt`: the start of the last of its messages by which it was found. All in nanoseconds since the epoch. */
export type Candidate = Readonly<{
  hash: string;
  /** `traceKey` of its id. */
  key: string;
  startNanos: bigint;
  endNanos: bigint;
  records: number;
  hours: readonly number[];
  seenAt: bigint;
}>;

/** Where a page ended: messages that began after `resume` need not be looked at, and traces before (`startNanos`, `hash`) follow. */
export type Cursor = Readonly<{ resume: bigint; startNanos: bigint; hash: bigint }>;

export type Batch = Readonly<{
  candidates: readonly Candidate[];
  /** Every candidate that started at this time or later has been given. */
  completeFrom: bigint;
  isLast: boolean;
}>;

type Found = Readonly<{ rows: number /** The start of the last of them. */; lowest: bigint | undefined; candidates: readonly Candidate[] }>;

const second = 1_000_000_000n;
const earliest = -(2n ** 63n);

/** How far before the newest the stretches of time begin that are searched one after the other. */
const stretches = [30n * second, 480n * second, 7200n * second, 122_400n * second];

/** A trace is found by what began within this time behind the end of the range. */
const reachNanos = 3600n * second;

const maxRows = 16_384;

/** Finds traces that fulfil the driving requirement, the newest first, a batch at a time. */
export class CandidateSource {
  readonly #engine: Pick<Engine, 'select'>;
  readonly #driver: string | undefined;
  /** Conditions on several messages of a trace together, which rows alone cannot tell. */
  readonly #requirements: Requirements;
  readonly #isJoint: boolean;
  readonly #limit: bigint | undefined;
  readonly #having: readonly string[];
  readonly #edges: bigint[];
  readonly #seen = new Set<string>();
  #ceiling: bigint | undefined;
  #rows: number;
  #batches = 0;

  /** `driver`: SQL over `spans`, or undefined for every trace. */
  constructor(
    engine: Pick<Engine, 'select'>,
    driver: string | undefined,
    requirements: Requirements,
    { from, to }: TimeRange,
    cursor: Cursor | undefined,
    nowMillis: number,
    firstRows: number,
  ) {
    this.#rows = firstRows;
    this.#engine = engine;
    this.#driver = driver;
    const { rows, pairs, trace } = requirements;
    this.#requirements = requirements;
    this.#isJoint =
      driver === undefined ? trace.length > 0 : rows.length > 1 || pairs.length > 0 || rows.some(({ atLeast }) => atLeast > 1);
    this.#having = [
      ...(from === undefined ? [] : [`s >= ${instantSql(from)}`]),
      ...(to === undefined ? [] : [`s <= ${instantSql(to)}`]),
      ...(cursor === undefined
        ? []
        : [`(s < ${instantSql(cursor.startNanos)} OR s = ${instantSql(cursor.startNanos)} AND trace_hash < ${cursor.hash})`]),
      ...trace,
    ];
    const bounds = [to === undefined ? undefined : to + reachNanos, cursor?.resume].filter((bound) => bound !== undefined);
    this.#ceiling = bounds.length === 0 ? undefined : bounds.reduce(earlier);
    this.#limit = this.#ceiling;
    const now = BigInt(nowMillis) * 1_000_000n;
    const newest = [this.#ceiling, cursor?.startNanos].reduce<bigint>(
      (first, bound) => (bound === undefined ? first : earlier(first, bound)),
      now,
    );
    const lowest = from ?? earliest;
    this.#edges = [...stretches.map((stretch) => newest - stretch).filter((edge) => edge > lowest), lowest];
  }

  async next(limits: QueryLimits): Promise<Batch> {
    const lowest = this.#edges[0] as bigint;
    // What needs the messages of a trace put together is dear, so the newest are looked at one by one before.
    const isJoint = this.#isJoint && this.#batches++ > 0;
    if (isJoint && this.#batches === 2) this.#ceiling = this.#limit;
    const read = isJoint ? (this.#driver === undefined ? this.#readTraces : this.#readJoint) : this.#readRows;
    const found = await read.call(this, lowest, limits);
    const isFull = found.rows === this.#rows;
    if (isFull && found.lowest === this.#ceiling) {
      // All of them began in the same nanosecond: only more rows can lead on.
      this.#rows *= 4;
      return { candidates: found.candidates, completeFrom: (this.#ceiling as bigint) + 1n, isLast: false };
    }
    this.#rows = Math.max(Math.min(this.#rows * 4, maxRows), this.#rows);
    if (isFull && found.lowest !== undefined) {
      this.#ceiling = found.lowest;
      return { candidates: found.candidates, completeFrom: found.lowest + 1n, isLast: false };
    }
    this.#edges.shift();
    // Messages of a trace may lie on both sides of the edge, so put together they are looked for from the newest again.
    this.#ceiling = isJoint ? this.#limit : lowest - 1n;
    return { candidates: found.candidates, completeFrom: lowest, isLast: this.#edges.length === 0 };
  }

  /** Where the rest of the messages begins. */
  get ceiling(): bigint | undefined {
    return this.#ceiling;
  }

  #bounds(lowest: bigint): string {
    const below = this.#ceiling === undefined ? '' : ` AND start <= ${instantSql(this.#ceiling)}`;
    return `start >= ${instantSql(lowest)}${below}`;
  }

  /** By the messages that fulfil the requirement; or by rows of `traces`, whose starts are not before that of their trace. */
  async #readRows(lowest: bigint, limits: QueryLimits): Promise<Found> {
    const source = this.#driver === undefined ? 'traces' : `spans PREWHERE ${this.#driver}`;
    const rows = await this.#engine.select(
      `SELECT trace_hash, toUnixTimestamp64Nano(start) AS at FROM ${source} WHERE ${this.#bounds(lowest)} ORDER BY start DESC LIMIT ${this.#rows}`,
      limits,
    );
    return this.#describeNew(rows, limits);
  }

  /** `rows` have `trace_hash` and `at`, descending. */
  async #describeNew(rows: readonly Row[], limits: QueryLimits): Promise<Found> {
    const seenAt = new Map<string, bigint>();
    for (const { trace_hash, at } of rows) {
      const hash = String(trace_hash);
      if (!this.#seen.has(hash)) seenAt.set(hash, BigInt(String(at)));
      this.#seen.add(hash);
    }
    const last = rows.at(-1);
    return {
      rows: rows.length,
      lowest: last === undefined ? undefined : BigInt(String(last.at)),
      candidates: await this.#describe(seenAt, limits),
    };
  }

  async #describe(seenAt: ReadonlyMap<string, bigint>, limits: QueryLimits): Promise<readonly Candidate[]> {
    if (seenAt.size === 0) return [];
    const rows = await this.#engine.select(
      `SELECT ${described} FROM traces WHERE trace_hash IN (${[...seenAt.keys()].join(', ')}) GROUP BY trace_hash${this.#conditions()}`,
      limits,
    );
    return rows.map((row) => candidateOf(row, seenAt.get(String(row.trace_hash))));
  }

  /** By all messages together that fulfil one of the requirements. */
  async #readJoint(lowest: bigint, limits: QueryLimits): Promise<Found> {
    const { rows } = this.#requirements;
    const below = this.#limit === undefined ? '' : ` AND start <= ${instantSql(this.#limit)}`;
    const ceiling = this.#ceiling === undefined ? [] : [`last <= ${instantSql(this.#ceiling)}`];
    const found = await this.#engine.select(
      `SELECT trace_hash, max(start) AS last, toUnixTimestamp64Nano(last) AS at FROM spans PREWHERE ${rows.map(({ sql }) => sql).join(' OR ')}
WHERE start >= ${instantSql(lowest)}${below} GROUP BY trace_hash HAVING ${[...ceiling, ...havingSql(this.#requirements)].join(' AND ')} ORDER BY last DESC LIMIT ${this.#rows}`,
      limits,
    );
    return this.#describeNew(found, limits);
  }

  /** By the rows of each trace together, for conditions on whole traces alone. */
  async #readTraces(lowest: bigint, limits: QueryLimits): Promise<Found> {
    const below = this.#ceiling === undefined ? [] : [`s <= ${instantSql(this.#ceiling)}`];
    const rows = await this.#engine.select(
      `SELECT ${described} FROM traces WHERE start >= ${instantSql(lowest)} GROUP BY trace_hash${this.#conditions(below)} ORDER BY s DESC LIMIT ${this.#rows}`,
      limits,
    );
    const found = rows.map((row) => candidateOf(row, undefined));
    const candidates = found.filter(({ hash }) => !this.#seen.has(hash));
    for (const { hash } of candidates) this.#seen.add(hash);
    return { rows: rows.length, lowest: found.at(-1)?.startNanos, candidates };
  }

  #conditions(further: readonly string[] = []): string {
    const all = [...further, ...this.#having];
    return all.length === 0 ? '' : ` HAVING ${all.join(' AND ')}`;
  }
}

/** `max(end)` may be before the start where agents sent nonsense. */
const described = `trace_hash, any(traces.trace_id) AS id, min(start) AS s, max(end) AS e, sum(traces.records) AS records, groupUniqArray(toUnixTimestamp(hour)) AS hours,
  toUnixTimestamp64Nano(s) AS start_ns, toUnixTimestamp64Nano(e) AS end_ns`;

function candidateOf(row: Row, seenAt: bigint | undefined): Candidate {
  const startNanos = BigInt(String(row.start_ns));
  return {
    hash: String(row.trace_hash),
    key: traceKey(String(row.id)),
    startNanos,
    endNanos: BigInt(String(row.end_ns)),
    records: Number(row.records),
    hours: (row.hours as readonly unknown[]).map(Number),
    seenAt: seenAt ?? startNanos,
  };
}
