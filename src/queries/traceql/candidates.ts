import type { Engine, QueryLimits, Row } from '../../store/engine/engine.ts';
import { lookupSettings } from '../traces/lookup-settings.ts';
import { havingSql, type Requirements } from './requirements.ts';
import { earlier, instantSql, later, maxNanos, minNanos, type TimeRange } from './time-range.ts';

/** A trace that may match. `seenAt`: the start of the last of its messages by which it was found. All in nanoseconds since the epoch. */
export type Candidate = Readonly<{
  hash: string;
  startNanos: bigint;
  endNanos: bigint;
  records: number;
  slots: readonly number[];
  seenAt: bigint;
  /** Its messages are known to fulfil the requirements. */
  isProven: boolean;
}>;

/** Where a page ended: messages that began after `resume` need not be looked at, and traces before (`startNanos`, `hash`) follow. */
export type Cursor = Readonly<{ resume: bigint; startNanos: bigint; hash: bigint }>;

export type Batch = Readonly<{
  candidates: readonly Candidate[];
  /** Every candidate that started at this time or later has been given. */
  completeFrom: bigint;
  isLast: boolean;
}>;

/** `rows`: how many the statement gave; `lowest`: the start of the last of them. */
type Found = Readonly<{ rows: number; lowest: bigint | undefined }>;

/** A trace of which only one message is known yet. */
type Sighting = Readonly<{ hash: string; seenAt: bigint; isProven: boolean }>;

const second = 1_000_000_000n;

/** How far before the newest the stretches of time begin that are searched one after the other. */
const stretches = [30n * second, 480n * second, 7200n * second, 122_400n * second];

/**
 * How many times the time of the newest traces the stretches before these cover. So where many spans come, what is frequent is found among some thousand
 * traces, and not by reading the attributes of half a minute.
 */
const nearer = [65_536n, 1024n, 16n];

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
  /** Traces that are described at a time. */
  #portion: number;
  #sightings: Sighting[] = [];
  #described: readonly Candidate[] = [];
  #completeFrom: bigint = maxNanos;
  /** More messages than one statement gives fulfil the driving requirement. */
  #wasFull = false;
  #hasTriedNewest = false;

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
    this.#portion = Math.ceil(firstRows / 2);
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
    const lowest = from ?? minNanos;
    this.#edges = [...stretches.map((stretch) => newest - stretch).filter((edge) => edge > lowest), lowest];
  }

  /** First what was found before, a few traces at a time, because most searches need but a few. */
  async next(limits: QueryLimits): Promise<Batch> {
    if (this.#sightings.length === 0 && this.#described.length === 0) await this.#find(limits);
    const sightings = this.#sightings.splice(0, this.#portion);
    if (sightings.length === this.#portion) this.#portion = Math.min(this.#portion * 4, maxRows);
    const candidates = [...this.#described, ...(await this.#describe(sightings, limits))];
    this.#described = [];
    const [following] = this.#sightings;
    // What is not described yet began before it was seen.
    if (following !== undefined) return { candidates, completeFrom: following.seenAt + 1n, isLast: false };
    return { candidates, completeFrom: this.#completeFrom, isLast: this.#edges.length === 0 };
  }

  /** No message after this time leads to a trace that has not been given yet; undefined when that is not known. */
  get resume(): bigint | undefined {
    const [following] = this.#sightings;
    return following === undefined || this.#ceiling === undefined ? this.#ceiling : later(following.seenAt, this.#ceiling);
  }

  /**
   * The newest traces, whatever they have: of what is frequent, enough is among them, and to look at these few is cheaper than to look for the driving
   * requirement among all messages of the slot.
   */
  async #tryNewest(limits: QueryLimits): Promise<void> {
    const last = this.#edges.length - 1;
    const count = Math.ceil(this.#rows / 2);
    for (let at = 0; at <= last; at++) {
      const lowest = this.#edges[at] as bigint;
      const rows = await this.#engine.select(
        `SELECT trace_hash, toUnixTimestamp64Nano(start) AS at FROM traces WHERE ${this.#bounds(lowest)} ORDER BY start DESC LIMIT ${count}`,
        limits,
      );
      const isFull = rows.length === count;
      if (!isFull && at < last) continue;
      const found = this.#note(rows, false);
      if (isFull) {
        this.#completeFrom = (found.lowest as bigint) + 1n;
        this.#addNearerEdges(BigInt(String(rows[0]?.at)), found.lowest as bigint);
      } else {
        this.#completeFrom = lowest;
        this.#edges.splice(0, at + 1);
      }
      return;
    }
  }

  #addNearerEdges(newest: bigint, oldest: bigint): void {
    // Behind the newest there is nothing to look for.
    while (this.#edges.length > 1 && (this.#edges[0] as bigint) > newest) this.#edges.shift();
    for (const times of newest === oldest ? [] : nearer) {
      const edge = newest - (newest - oldest) * times;
      if (edge > (this.#edges[0] as bigint)) this.#edges.unshift(edge);
    }
  }

  async #find(limits: QueryLimits): Promise<void> {
    if (this.#driver !== undefined && !this.#hasTriedNewest) {
      this.#hasTriedNewest = true;
      return this.#tryNewest(limits);
    }
    const lowest = this.#edges[0] as bigint;
    // What needs the messages of a trace put together is dear, and not worth it where few messages fulfil the driving requirement.
    const isJoint = this.#isJoint && this.#wasFull;
    const read = isJoint ? (this.#driver === undefined ? this.#readTraces : this.#readJoint) : this.#readRows;
    const found = await read.call(this, lowest, limits);
    const isFull = found.rows === this.#rows;
    const isStuck = isFull && found.lowest === this.#ceiling;
    this.#rows = Math.max(Math.min(this.#rows * 4, maxRows), isStuck ? this.#rows * 4 : this.#rows);
    // When all of them began in the same nanosecond, only more rows can lead on.
    if (isStuck) this.#completeFrom = (this.#ceiling as bigint) + 1n;
    else if (isFull) {
      this.#ceiling = found.lowest;
      this.#completeFrom = (found.lowest as bigint) + 1n;
    } else {
      this.#edges.shift();
      this.#ceiling = lowest - 1n;
      this.#completeFrom = lowest;
    }
    // What is put together may have messages on both sides of an edge, and some that were passed over before: so from the newest again.
    if ((isJoint && !isFull) || (this.#isJoint && isFull && !this.#wasFull)) this.#ceiling = this.#limit;
    this.#wasFull ||= isFull;
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
    return this.#note(rows, this.#driver === undefined || !this.#isJoint);
  }

  /** `rows` have `trace_hash` and `at`, descending. */
  #note(rows: readonly Row[], isProven: boolean): Found {
    for (const { trace_hash, at } of rows) {
      const hash = String(trace_hash);
      if (!this.#seen.has(hash)) this.#sightings.push({ hash, seenAt: BigInt(String(at)), isProven });
      this.#seen.add(hash);
    }
    const last = rows.at(-1);
    return { rows: rows.length, lowest: last === undefined ? undefined : BigInt(String(last.at)) };
  }

  async #describe(sightings: readonly Sighting[], limits: QueryLimits): Promise<readonly Candidate[]> {
    if (sightings.length === 0) return [];
    const byHash = new Map(sightings.map((sighting) => [sighting.hash, sighting]));
    const rows = await this.#engine.select(
      `SELECT ${described} FROM traces WHERE trace_hash IN (${[...byHash.keys()].join(', ')}) GROUP BY trace_hash${this.#conditions()}${lookupSettings(byHash.size)}`,
      limits,
    );
    return rows.map((row) => candidateOf(row, byHash.get(String(row.trace_hash))));
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
    return this.#note(found, true);
  }

  /** By the rows of each trace together, for conditions on whole traces alone. */
  async #readTraces(lowest: bigint, limits: QueryLimits): Promise<Found> {
    const below = this.#ceiling === undefined ? [] : [`s <= ${instantSql(this.#ceiling)}`];
    const rows = await this.#engine.select(
      `SELECT ${described} FROM traces WHERE start >= ${instantSql(lowest)} GROUP BY trace_hash${this.#conditions(below)} ORDER BY s DESC LIMIT ${this.#rows}`,
      limits,
    );
    const found = rows.map((row) => candidateOf(row, undefined));
    this.#described = found.filter(({ hash }) => !this.#seen.has(hash));
    for (const { hash } of this.#described) this.#seen.add(hash);
    return { rows: rows.length, lowest: found.at(-1)?.startNanos };
  }

  #conditions(further: readonly string[] = []): string {
    const all = [...further, ...this.#having];
    return all.length === 0 ? '' : ` HAVING ${all.join(' AND ')}`;
  }
}

/** `max(end)` may be before the start where agents sent nonsense. */
const described = `trace_hash, min(start) AS s, max(end) AS e, sum(traces.records) AS records, groupUniqArray(toUnixTimestamp(slot)) AS slots,
  toUnixTimestamp64Nano(s) AS start_ns, toUnixTimestamp64Nano(e) AS end_ns`;

function candidateOf(row: Row, sighting: Sighting | undefined): Candidate {
  const startNanos = BigInt(String(row.start_ns));
  return {
    hash: String(row.trace_hash),
    startNanos,
    endNanos: BigInt(String(row.end_ns)),
    records: Number(row.records),
    slots: (row.slots as readonly unknown[]).map(Number),
    seenAt: sighting?.seenAt ?? startNanos,
    isProven: sighting?.isProven ?? true,
  };
}
