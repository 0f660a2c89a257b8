import { checkpointsName, sizeIfThere } from './audit-folder.ts';
import { type Link, maxLineBytes } from './audit-record.ts';
import { type AuditFinding, records } from './chain-check.ts';
import { type Checkpoint, checkSignature, parseCheckpoint } from './checkpoint.ts';
import { type Line, readLines } from './read-lines.ts';
import type { PublicKeys } from './signing-key.ts';

type Options = Readonly<{
  keys: PublicKeys;
  report: (finding: AuditFinding) => void;
  /** Checkpoints of records up to this are left over from before retention. */
  afterSeq: number;
}>;

/** Reads the checkpoints beside the records, both in their order, and compares where they meet. */
export class CheckpointCheck {
  readonly #lines: AsyncGenerator<Line>;
  readonly #options: Options;
  readonly #unknownKeys = new Set<string>();
  readonly isEmpty: boolean;
  #line = 0;
  /** The next one that no record has met. */
  #next: Checkpoint | undefined;
  #isOver = false;
  #newest: Checkpoint | undefined;
  #lastSeq = 0;
  /** The newest place that was met and is the one that was signed. */
  #provenSeq: number;
  #troublesThen = 0;
  /** The last one that was met is not the one that was signed; the next ones follow from it. */
  #isForked = false;

  private constructor(path: string, bytes: number, options: Options) {
    this.#lines = readLines(path, maxLineBytes, bytes);
    this.#options = options;
    this.isEmpty = bytes === 0;
    this.#provenSeq = options.afterSeq;
  }

  /** What is appended from now on is not looked at. */
  static async open(path: string, options: Options): Promise<CheckpointCheck> {
    return new CheckpointCheck(path, await sizeIfThere(path), options);
  }

  /** The last one with a valid signature. */
  get newest(): Checkpoint | undefined {
    return this.#newest;
  }

  /**
   * `links`: what may be the next record, in the order of the chain. `troubles`: how many the chain has met by then; where it has, a wrong hash
   * is their consequence and not told again.
   */
  async meet(links: readonly Link[], troubles: number): Promise<void> {
    const seq = links[0]?.seq ?? 0;
    while (await this.#ensureNext()) {
      const next = this.#next as Checkpoint;
      if (next.seq > seq) return;
      this.#next = undefined;
      if (next.seq < seq) continue;
      if (links.some(({ hash }) => hash === next.hash)) {
        this.#provenSeq = seq;
        this.#troublesThen = troubles;
        this.#isForked = false;
      } else if (!this.#isForked && troubles === this.#troublesThen) {
        const first = this.#provenSeq + 1;
        const message = `${records(first, seq)}: record ${seq} is not the one that was signed at ${next.time}, so one of these was written anew`;
        this.#options.report({ kind: 'changed', seq: first, until: seq, file: checkpointsName, line: this.#line, message });
        this.#isForked = true;
      }
    }
  }

  /** Those behind the last record. */
  async readRest(): Promise<void> {
    const next = this.#next;
    while (await this.#ensureNext()) this.#next = undefined;
    this.#next = next;
    this.#isOver = true;
  }

  async #ensureNext(): Promise<boolean> {
    while (this.#next === undefined && !this.#isOver) {
      const { value, done } = await this.#lines.next();
      if (done === true) this.#isOver = true;
      else this.#take(value);
    }
    return this.#next !== undefined;
  }

  #take({ bytes, torn }: Line): void {
    // Being written, or left by a crash.
    if (torn) return;
    this.#line++;
    const checkpoint = parseCheckpoint(bytes, 'checkpoint');
    const problem = checkpoint === undefined ? 'this line is no checkpoint' : this.#problemOf(checkpoint);
    if (problem !== undefined) {
      if (problem !== '') this.#found(checkpoint?.seq ?? null, problem);
    } else if (checkpoint !== undefined && checkpoint.seq > this.#options.afterSeq) {
      this.#lastSeq = checkpoint.seq;
      this.#newest = checkpoint;
      this.#next = checkpoint;
    }
  }

  /** Why it counts for nothing; empty when that has been told already. */
  #problemOf(checkpoint: Checkpoint): string | undefined {
    const { seq, key } = checkpoint;
    const signature = checkSignature(checkpoint, this.#options.keys);
    if (signature === 'wrong') return `the checkpoint of record ${seq} is not as it was signed`;
    if (signature === 'unknown key') {
      const isTold = this.#unknownKeys.has(key);
      this.#unknownKeys.add(key);
      return isTold ? '' : `the checkpoint of record ${seq} was signed with a key that is not trusted (${key})`;
    }
    return seq < this.#lastSeq ? `the checkpoint of record ${seq} stands behind that of record ${this.#lastSeq}` : undefined;
  }

  #found(seq: number | null, message: string): void {
    this.#options.report({ kind: 'checkpoint', seq, until: seq, file: checkpointsName, line: this.#line, message });
  }
}
