import { pause } from '../lib/pause.ts';
import type { AuditedLog, LogPlace } from '../model/audited-log.ts';
import { type AuditEntry, type AuditReceipt, copiedFrom, ownActions } from './audit-record.ts';
import { endOfSegment, findPosition, isBehind, savePosition } from './log-position.ts';

export type LogCopierOptions = Readonly<{
  folder: string;
  /**
   * Documents that have an `audit.action`, behind a place and in segments up to `untilSegment`, by their places; at most the first `max`.
   * `next`: where to go on, undefined when there are no more.
   */
  findAudited: (
    after: LogPlace,
    untilSegment: number,
    max: number,
  ) => Promise<Readonly<{ found: readonly AuditedLog[]; next: LogPlace | undefined }>>;
  /** Every document of this segment and of those before can be found. */
  loadedUntil: () => number;
  append: (entries: readonly AuditEntry[]) => Promise<readonly AuditReceipt[]>;
  /** Number of the newest audit record. */
  headSeq: () => number;
  /** One line for the operator. */
  onTrouble: (line: string) => void;
  /** Shortest time between two searches. */
  pauseMillis?: number;
}>;

const maxAtOnce = 4000;

/** Copying takes at most about this part of the time. */
const maxShare = 0.2;
const retryMillis = 5000;
const troubleEveryMillis = 60_000;

/** The position is saved when so many records stand behind it, so that a start need not read more of them. */
const maxUnsaved = 5000;

/**
 * Makes audit records of log documents, by whatever door they came, each once: up to where it has come stands in the records themselves, which
 * name the documents they were copied from. Documents that were replaced or deleted before it came to them are not copied.
 */
export class LogCopier {
  readonly #options: LogCopierOptions;
  readonly #stopping = new AbortController();
  #place: LogPlace;
  #savedSeq = -1;
  #wake: () => void = () => undefined;
  #isDue = true;
  #running: Promise<void> = Promise.resolve();
  #saidAt = Number.NEGATIVE_INFINITY;

  private constructor(options: LogCopierOptions, place: LogPlace) {
    this.#options = options;
    this.#place = place;
  }

  /** The very first start begins with documents that are still to come. Rejects with what the file system says. */
  static async start(options: LogCopierOptions): Promise<LogCopier> {
    const end = endOfSegment(options.loadedUntil());
    const found = await findPosition(options.folder);
    // Numbers of segments begin anew when all records of the store were removed.
    const isKnown = found !== undefined && !isBehind(found, end);
    const copier = new LogCopier(options, isKnown ? found : end);
    // What is known already need not be written: a start on a full disk must go on to answer reads.
    if (!isKnown) await copier.#save();
    copier.#running = copier.#run();
    return copier;
  }

  /** Documents have been loaded. Returns at once. */
  wake(): void {
    this.#isDue = true;
    this.#wake();
  }

  /** What was not copied by then is copied after the next start. */
  async close(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { pauseMillis = 1000 } = this.#options;
    while (!signal.aborted) {
      if (!this.#isDue) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#isDue = false;
      const began = performance.now();
      let wait = pauseMillis;
      try {
        if (await this.#copyPage()) {
          this.#isDue = true;
          wait = 0;
        }
      } catch (error) {
        this.#isDue = true;
        wait = Math.max(wait, retryMillis);
        this.#say(error);
      }
      await pause(Math.max(wait, (performance.now() - began) / maxShare), signal);
    }
    await this.#save().catch((error: unknown) => this.#say(error));
  }

  /** Resolves with whether there is more. */
  async #copyPage(): Promise<boolean> {
    const { findAudited, loadedUntil, append, headSeq } = this.#options;
    const end = endOfSegment(loadedUntil());
    if (!isBehind(end, this.#place)) return false;
    const { found, next } = await findAudited(this.#place, end.segment, maxAtOnce);
    if (found.length > 0) await append(found.map(entryOf));
    this.#place = next ?? end;
    if (found.length > 0 || headSeq() - this.#savedSeq > maxUnsaved) await this.#save();
    return next !== undefined;
  }

  async #save(): Promise<void> {
    const seq = this.#options.headSeq();
    await savePosition(this.#options.folder, { place: this.#place, seq });
    this.#savedSeq = seq;
  }

  #say(error: unknown): void {
    if (performance.now() - this.#saidAt < troubleEveryMillis) return;
    this.#saidAt = performance.now();
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.onTrouble(`audit records of log documents cannot be made now, and are made later: ${reason}`);
  }
}

/** Limits of `prepareEntry`. */
const maxName = 1024;
const maxResource = 4096;
/** Fourteen of them fit into details, also when each character is escaped. */
const maxMember = 256;

const clean = (text: string, max: number, instead = ''): string => text.slice(0, max).toWellFormed() || instead;

/** A document of the strangest members gives a record too. */
export function entryOf({ segment, row, index, id, action, resource, result, actor, members }: AuditedLog): AuditEntry {
  const name = action.startsWith(ownActions) ? `log.${action}` : action;
  const kept = Object.entries(members).filter(([, value]) => value !== '');
  return {
    actor: clean(actor, maxName, 'unknown'),
    action: clean(name, maxName, 'unknown'),
    resource: clean(resource, maxResource, 'unknown'),
    result: clean(result, maxName, 'unknown'),
    details: {
      ...Object.fromEntries(kept.map(([key, value]) => [key, clean(value, maxMember)])),
      [copiedFrom]: { segment, row, index: clean(index, maxMember), id: clean(id, maxMember * 2) },
    },
  };
}
