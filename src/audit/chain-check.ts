import { type AuditRecord, type Link, parseRecord } from './audit-record.ts';

export type FindingKind = 'changed' | 'missing' | 'inserted' | 'reordered' | 'truncated' | 'checkpoint' | 'anchor' | 'key';

/** Something that is not as it was written. */
export type AuditFinding = Readonly<{
  kind: FindingKind;
  /** First and last record that it is about; null when it is about none. */
  seq: number | null;
  until: number | null;
  file: string;
  /** From 1; null when the whole file is meant, or what is not in it. */
  line: number | null;
  message: string;
}>;

export type Place = Readonly<{ file: string; line: number }>;

type Placed = Readonly<{ link: Link; prev: string; place: Place }>;
type Gap = Readonly<{ from: number; to: number; place: Place }>;

/** More findings are counted, not kept. */
export const maxFindings = 100;
const maxKept = 1000;

export const records = (from: number, to: number): string => (from === to ? `record ${from}` : `records ${from} to ${to}`);

/**
 * Follows the chain line by line, in bounded memory, and says how what it sees differs from what was written. A record ahead of its turn is held
 * until the next line tells whether those before it are missing or it stands in a wrong place.
 */
export class ChainCheck {
  readonly #report: (finding: AuditFinding) => void;
  #seq: number;
  /** What may be the record `#seq`: several when there are lines of that number. Empty: it is not known what the next is chained to. */
  #candidates: readonly Placed[];
  #bad: Place[] = [];
  #badCount = 0;
  #held: Placed | undefined;
  readonly #gaps: Gap[] = [];
  readonly #displaced: Placed[] = [];
  #settled: (readonly Link[])[] = [];
  #count = 0;
  /** Number of things found that are not as they were written. */
  troubles = 0;

  constructor(start: Link, report: (finding: AuditFinding) => void) {
    this.#seq = start.seq;
    this.#candidates = [{ link: start, prev: '', place: { file: '', line: 0 } }];
    this.#report = report;
  }

  /** Number of the last record that stands in its place. */
  get seq(): number {
    return this.#seq;
  }

  /** Records that are as they were written. */
  get count(): number {
    return this.#count;
  }

  get head(): Link | undefined {
    return this.#candidates[0]?.link;
  }

  /** What may stand at the places that are decided since the last call: one link each, or several where there are copies. */
  takeSettled(): readonly (readonly Link[])[] {
    const settled = this.#settled;
    this.#settled = [];
    return settled;
  }

  push(line: Buffer, torn: boolean, place: Place): void {
    const record = torn ? undefined : parseRecord(line);
    if (record === undefined) this.#pushBad(place);
    else this.#pushRecord(record, place);
  }

  /**
   * `signedSeq`: the newest place that is known from elsewhere; lines behind it that are no records were never any. `signed`: the newest
   * checkpoint, which decides between several last records.
   */
  finish(signedSeq: number, signed: Link | undefined): void {
    this.#releaseHeld();
    this.#returnDisplaced();
    if (this.#badCount > 0) {
      const changed = Math.max(0, Math.min(this.#badCount, signedSeq - this.#seq));
      if (changed > 0) this.#foundChanged(this.#seq + 1, this.#seq + changed, this.#bad[0] as Place);
      for (const place of this.#bad.slice(changed))
        this.#found('inserted', this.#seq + 1, this.#seq + 1, place, 'this line is no audit record');
      this.#seq += changed;
      if (changed > 0) this.#candidates = [];
    } else this.#settle(signed?.seq === this.#seq ? signed.hash : undefined);
    this.#sortOut();
  }

  #pushBad(place: Place): void {
    this.#releaseHeld();
    this.troubles++;
    this.#badCount++;
    if (this.#bad.length < maxKept) this.#bad.push(place);
  }

  #pushRecord({ seq, hash, prev }: AuditRecord, place: Place): void {
    const placed: Placed = { link: { seq, hash }, prev, place };
    this.#count++;
    const held = this.#held;
    if (held !== undefined) {
      const next = this.#seq + 1;
      if (seq === next || (seq === next + 1 && seq !== held.link.seq + 1)) {
        this.#held = undefined;
        this.#displace(held);
        if (seq !== next) this.#skip(next, next, held.place);
      } else this.#releaseHeld();
    }
    if (seq === this.#seq + 1) this.#follow(placed);
    else if (seq > this.#seq + 1) this.#ahead(placed);
    else if (seq === this.#seq && this.#candidates.length > 0 && this.#candidates.length < maxKept && this.#badCount === 0) {
      this.troubles++;
      this.#candidates = [...this.#candidates, placed];
    } else this.#displace(placed);
  }

  /** The number is the next one; is it chained to what stands before? */
  #follow(placed: Placed): void {
    const isKnown = this.#candidates.length > 0;
    const isLinked = this.#candidates.some(({ link }) => link.hash === placed.prev);
    for (const place of this.#bad) this.#found('inserted', placed.link.seq, placed.link.seq, place, 'this line is no audit record');
    if (isKnown && !isLinked) this.#foundRewritten(placed);
    this.#settle(placed.prev);
    this.#advance(placed);
  }

  /** Both have the hashes of their contents, but they are not chained: the older one was replaced, or the first one of the log. */
  #foundRewritten(placed: Placed): void {
    const { link, place } = this.#candidates[0] as Placed;
    const isStart = place.line === 0;
    const { seq } = isStart ? placed.link : link;
    const message = isStart
      ? `record ${seq} is not chained to the begin of the log`
      : `record ${seq} is not the one that the next was chained to`;
    this.#found('changed', seq, seq, isStart ? placed.place : place, `${message}: it was written anew`);
  }

  /** The number is larger than the next one: lines that are no records stand for those between, or there are none. */
  #ahead(placed: Placed): void {
    if (this.#badCount === 0) {
      this.#held = placed;
      return;
    }
    const from = this.#seq + 1;
    const changed = Math.min(this.#badCount, placed.link.seq - from);
    this.#settle(undefined);
    this.#foundChanged(from, from + changed - 1, this.#bad[0] as Place);
    for (const place of this.#bad.slice(changed))
      this.#found('inserted', placed.link.seq, placed.link.seq, place, 'this line is no audit record');
    if (from + changed < placed.link.seq) this.#skip(from + changed, placed.link.seq - 1, placed.place);
    this.#advance(placed);
  }

  #foundChanged(from: number, to: number, place: Place): void {
    this.#found('changed', from, to, place, `${records(from, to)}: not as written`);
  }

  #releaseHeld(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#skip(this.#seq + 1, held.link.seq - 1, held.place);
    this.#advance(held);
  }

  #skip(from: number, to: number, place: Place): void {
    this.#settle(undefined);
    this.troubles++;
    if (this.#gaps.length < maxKept) this.#gaps.push({ from, to, place });
    this.#seq = to;
    this.#candidates = [];
  }

  #displace(placed: Placed): void {
    this.troubles++;
    if (this.#displaced.length < maxKept) this.#displaced.push(placed);
  }

  #advance(placed: Placed): void {
    this.#seq = placed.link.seq;
    this.#candidates = [placed];
    this.#bad = [];
    this.#badCount = 0;
  }

  /** Decides between several lines of one number: the next record is chained to one of them. */
  #settle(next: string | undefined): void {
    if (this.#candidates.length === 0) return;
    this.#settled.push(this.#candidates.map(({ link }) => link));
    const chosen = Math.max(
      0,
      this.#candidates.findIndex(({ link }) => link.hash === next),
    );
    for (const { link, place } of this.#candidates.filter((_, index) => index !== chosen)) {
      this.#found('inserted', link.seq, link.seq, place, `there is another record ${link.seq}, and the next one is not chained to this`);
    }
    this.#candidates = this.#candidates.slice(chosen, chosen + 1);
  }

  /** Records that stood too early and whose turn comes behind the last line. */
  #returnDisplaced(): void {
    for (;;) {
      const next = this.#displaced.find(
        ({ link, prev }) => link.seq === this.#seq + 1 && this.#candidates.some((one) => one.link.hash === prev),
      );
      if (next === undefined) return;
      this.#displaced.splice(this.#displaced.indexOf(next), 1);
      this.#settle(next.prev);
      this.#foundReordered(next);
      this.#advance(next);
    }
  }

  #foundReordered({ link, place }: Placed): void {
    this.#found('reordered', link.seq, link.seq, place, `record ${link.seq} does not stand in its place`);
  }

  /** A record in a wrong place whose own place is empty was moved; any other is a copy or a forgery. */
  #sortOut(): void {
    const moved = new Set<number>();
    for (const placed of this.#displaced) {
      const { link, place } = placed;
      if (!moved.has(link.seq) && this.#gaps.some(({ from, to }) => from <= link.seq && link.seq <= to)) {
        moved.add(link.seq);
        this.#foundReordered(placed);
      } else this.#found('inserted', link.seq, link.seq, place, `there is another record ${link.seq}, in its place`);
    }
    for (const { from, to, place } of this.#gaps) {
      for (const [first, last] of withoutMoved(from, to, moved)) {
        this.#found('missing', first, last, place, `${records(first, last)}: not there; this line follows`);
      }
    }
  }

  #found(kind: FindingKind, seq: number, until: number, { file, line }: Place, message: string): void {
    this.troubles++;
    this.#report({ kind, seq, until, file, line, message });
  }
}

function* withoutMoved(from: number, to: number, moved: ReadonlySet<number>): Generator<readonly [number, number]> {
  let first = from;
  for (const seq of [...moved].filter((one) => from <= one && one <= to).sort((a, b) => a - b)) {
    if (first < seq) yield [first, seq - 1];
    first = seq + 1;
  }
  if (first <= to) yield [first, to];
}
