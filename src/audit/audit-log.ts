import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../lib/errors.ts';
import { AppendFile } from './append-file.ts';
import { auditFileName, checkpointsName, isMissing, listAuditFiles } from './audit-folder.ts';
import {
  type AuditEntry,
  type AuditReceipt,
  genesis,
  type Link,
  ownActions,
  type PreparedEntry,
  prepareEntry,
  prepareOutside,
  sealRecord,
} from './audit-record.ts';
import { signCheckpoint } from './checkpoint.ts';
import { type AuditPage, type AuditQuery, readPage } from './read-audit.ts';
import { RecentRecords } from './recent-records.ts';
import { type AuditState, cutTornLine, recoverAudit } from './recover-audit.ts';
import { dropCheckpoints, expiredFiles, removeExpired } from './retain-audit.ts';
import { openSigningKey, type SigningKey } from './signing-key.ts';
import { type AuditVerification, verifyAudit } from './verify-audit.ts';

export type AuditLogOptions = Readonly<{
  folder: string;
  retentionDays: number;
  fileBytes: number;
  checkpointMillis: number;
  /** One line for the operator. */
  onTrouble: (line: string) => void;
  /** Milliseconds since the epoch. */
  now?: () => number;
}>;

/** Records of one call, which are stored together. */
type Unit = Readonly<{
  entries: readonly PreparedEntry[];
  bytes: number;
  resolve: (receipts: readonly AuditReceipt[]) => void;
  reject: (error: unknown) => void;
}>;

const dayMillis = 86_400_000;
const retentionPauseMillis = 3_600_000;
const maxPendingBytes = 64 * 1024 ** 2;
/** Hashing a larger piece would hold up everything else. */
const maxWriteBytes = 1024 ** 2;

/**
 * The append-only log of who did what. One writer for each folder: the data folder's lock MUST be held while it is open. Numbers and hashes are
 * given when records are written, so that a write that failed leaves no gap.
 */
export class AuditLog {
  readonly #options: Required<AuditLogOptions>;
  readonly #key: SigningKey;
  #head: Link;
  /** The newest place that a checkpoint vouches for. */
  #signed: Link;
  #file: AppendFile | undefined;
  #fileStartedMillis: number;
  #checkpoints: AppendFile | undefined;
  #pending: Unit[] = [];
  #pendingBytes = 0;
  /** Our own records, which go before the next ones. */
  #owed: PreparedEntry[] = [];
  #work: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #lastRetention = Number.NEGATIVE_INFINITY;
  #verification: Promise<AuditVerification> | undefined;
  #closing: Promise<void> | undefined;
  /** Read when it is first needed. */
  #recent: RecentRecords | undefined;

  private constructor(options: Required<AuditLogOptions>, key: SigningKey, state: AuditState, file: AppendFile | undefined) {
    this.#options = options;
    this.#key = key;
    this.#head = state.head;
    this.#signed = state.lastCheckpoint ?? genesis;
    this.#file = file;
    this.#fileStartedMillis = state.fileStartedMillis ?? options.now();
  }

  /** Makes the folder and the key when they are not there, and repairs what a crash left. Throws `AppError`. */
  static async open(given: AuditLogOptions): Promise<AuditLog> {
    const options = { now: Date.now, ...given };
    const { folder, onTrouble, checkpointMillis } = options;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const key = await openSigningKey(folder, onTrouble);
      const state = await recoverAudit(folder);
      const file = state.file && (await AppendFile.open(state.file.path));
      const log = new AuditLog(options, key, state, file);
      log.#reportStart(state);
      await log.#tick();
      log.#timer = setInterval(() => {
        log.#ticking ??= log.#tick().finally(() => {
          log.#ticking = undefined;
        });
      }, checkpointMillis).unref();
      return log;
    } catch (error) {
      throw writeError(folder, error);
    }
  }

  /** The newest record that is on the disk. */
  get head(): Link {
    return this.#head;
  }

  /**
   * Resolves when all of them are on the disk. Rejects with `bad_request` or `too_large` (which entry), `disk_full`, `too_busy`, `shutting_down` or
   * `store_failed`; then none of them is stored. Actions that begin with `audit.` are refused: they are meshscope's own. One that has a
   * `details.record_id` and was stored a while ago just as it is gets the receipt of then.
   */
  append(entries: readonly AuditEntry[]): Promise<readonly AuditReceipt[]> {
    return this.#take(entries, false);
  }

  /** The same for records that were made of log documents, whose details say of which. */
  appendCopied(entries: readonly AuditEntry[]): Promise<readonly AuditReceipt[]> {
    return this.#take(entries, true);
  }

  async #take(entries: readonly AuditEntry[], isCopy: boolean): Promise<readonly AuditReceipt[]> {
    if (this.#closing !== undefined)
      throw new AppError('shutting_down', 'The audit log is closed; send the records again after the restart.');
    const time = this.#time();
    const prepared = entries.map((entry, index) =>
      prepareOutside(entry, time, entries.length === 1 ? '' : `record ${index + 1}: `, isCopy),
    );
    if (prepared.length === 0) return [];
    const bytes = prepared.reduce((sum, entry) => sum + entry.bytes, 0);
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > maxPendingBytes) {
      throw new AppError('too_busy', 'Too many audit records wait for the disk; send them again in a second.');
    }
    return new Promise((resolve, reject) => {
      this.#pendingBytes += bytes;
      this.#pending.push({ entries: prepared, bytes, resolve, reject });
      if (this.#pending.length === 1) this.#queueDrain();
    });
  }

  /** Signs the newest record, when it is not signed yet. Throws `AppError`. */
  checkpoint(): Promise<void> {
    return this.#enqueue(() => this.#sign());
  }

  /** A page of acknowledged records, the newest first. */
  read(query: AuditQuery): Promise<AuditPage> {
    return readPage(this.#options.folder, { ...query, before: Math.min(query.before ?? Number.POSITIVE_INFINITY, this.#head.seq + 1) });
  }

  /** Checks all acknowledged records. Callers that ask meanwhile share one answer. */
  verify(): Promise<AuditVerification> {
    this.#verification ??= verifyAudit(this.#options.folder, { untilSeq: this.#head.seq }).finally(() => {
      this.#verification = undefined;
    });
    return this.#verification;
  }

  /** Removes whole files that are older than `retentionDays`, with a record of it. Throws `AppError`. */
  async retain(): Promise<void> {
    const { folder, now, retentionDays } = this.#options;
    await this.#enqueue(async () => {
      const expired = await expiredFiles(await listAuditFiles(folder), now() - retentionDays * dayMillis);
      if (expired === undefined) return;
      const { files, firstSeq, last } = expired;
      const details = { first_seq: firstSeq, last_seq: last.seq, last_hash: last.hash, files: files.length, retention_days: retentionDays };
      await this.#write([], [this.#prepareOwn('retention', `records ${firstSeq} to ${last.seq}`, 'expired', details)]);
      // Old checkpoints go with their records; one must always be left.
      await this.#sign();
      await removeExpired(folder, expired, this.#time(), this.#key);
      await this.#closeCheckpoints();
      await dropCheckpoints(folder, last.seq);
    });
  }

  /** Waits for what was handed in, records the stop and signs it. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#ticking;
    do {
      await this.#work;
    } while (this.#pending.length > 0);
    this.#own('stop', 'audit log', 'success', {});
    await this.#attempt(() => this.#enqueue(() => this.#write([])));
    await this.#attempt(() => this.checkpoint());
    await this.#attempt(async () => this.#file?.settle());
    await this.#attempt(async () => this.#file?.close());
    await this.#attempt(() => this.#closeCheckpoints());
  }

  #time(): string {
    return new Date(this.#options.now()).toISOString();
  }

  #prepareOwn(action: string, resource: string, result: string, details: Readonly<Record<string, unknown>>): PreparedEntry {
    return prepareEntry({ actor: 'meshscope', action: `${ownActions}${action}`, resource, result, details }, this.#time());
  }

  /** Is stored with what is written next, even when that fails at first. */
  #own(action: string, resource: string, result: string, details: Readonly<Record<string, unknown>>): void {
    this.#owed.push(this.#prepareOwn(action, resource, result, details));
  }

  #reportStart({ torn, damagedLines, head, lastCheckpoint }: AuditState): void {
    const { onTrouble, folder } = this.#options;
    const trouble = (text: string) => onTrouble(`the audit log in ${folder}: ${text}; \`meshscope audit verify\` says more`);
    if (torn !== undefined) {
      const { file, bytes, sha256, start } = torn;
      this.#own('recovery', file, 'cut off', { bytes, sha256, start_base64: start, after_seq: head.seq });
      onTrouble(`the audit log: ${bytes} bytes of a record that was never acknowledged were cut off ${file}`);
    }
    const signedSeq = lastCheckpoint?.seq ?? 0;
    if (damagedLines > 0) {
      this.#own('damage', 'audit log', 'found', { lines: damagedLines, after_seq: head.seq });
      trouble(`${damagedLines} lines behind record ${head.seq} are no records`);
    }
    if (signedSeq > head.seq) {
      this.#own('damage', 'audit log', 'found', { last_seq: head.seq, signed_seq: signedSeq });
      trouble(`it ends with record ${head.seq}, but record ${signedSeq} was signed`);
    }
    this.#own('start', 'audit log', 'success', {
      key: this.#key.id,
      new_key: this.#key.isNew,
      unsigned_records: Math.max(0, head.seq - signedSeq),
    });
  }

  /** What is done from time to time; it fails while the disk is full, and is tried again with the next. */
  async #tick(): Promise<void> {
    await this.#attempt(async () => {
      if (this.#owed.length > 0) await this.#enqueue(() => this.#write([]));
      await this.checkpoint();
      if (this.#options.now() - this.#lastRetention < retentionPauseMillis) return;
      this.#lastRetention = this.#options.now();
      await this.retain();
    });
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.onTrouble(`the audit log: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Disk work runs one after the other. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work).catch((error: unknown) => {
      throw writeError(this.#options.folder, error);
    });
    // Its failure is the caller's; the next work begins all the same.
    this.#work = Promise.allSettled([done]);
    return done;
  }

  #queueDrain(): void {
    void this.#enqueue(() => this.#drain()).catch((error: Error) => this.#options.onTrouble(`the audit log: ${error.message}`));
  }

  async #drain(): Promise<void> {
    const units = this.#takeUnits();
    for (const { bytes } of units) this.#pendingBytes -= bytes;
    if (this.#pending.length > 0) this.#queueDrain();
    try {
      await this.#write(units);
    } catch (cause) {
      const error = writeError(this.#options.folder, cause);
      for (const { reject } of units) reject(error);
    }
  }

  /** What fits into one file, and at least one: records of one call stay together. */
  #takeUnits(): readonly Unit[] {
    const { fileBytes } = this.#options;
    const used = this.#file?.bytes ?? 0;
    const first = this.#pending[0]?.bytes ?? 0;
    const room = Math.min(maxWriteBytes, used + first > fileBytes ? fileBytes : fileBytes - used);
    let count = 0;
    let bytes = 0;
    for (const unit of this.#pending) {
      bytes += unit.bytes;
      if (count > 0 && bytes > room) break;
      count++;
    }
    return this.#pending.splice(0, count);
  }

  /** `own`: records that are forgotten when the write fails. */
  async #write(units: readonly Unit[], own: readonly PreparedEntry[] = []): Promise<void> {
    if (units.some(({ entries }) => entries.some(({ key }) => key !== undefined))) {
      this.#recent ??= await RecentRecords.read(this.#options.folder);
    }
    const file = await this.#fileFor(units.reduce((sum, { bytes }) => sum + bytes, 0));
    const owed = this.#owed.length;
    let link = this.#head;
    const lines: string[] = [];
    const fresh = new Map<string, AuditReceipt>();
    const seal = (entry: PreparedEntry): AuditReceipt => {
      const known = entry.key === undefined ? undefined : (this.#recent?.find(entry.key) ?? fresh.get(entry.key));
      if (known !== undefined) return known;
      const sealed = sealRecord(entry, link);
      link = sealed.link;
      lines.push(sealed.line, '\n');
      const receipt = { ...link, time: entry.time };
      if (entry.key !== undefined) fresh.set(entry.key, receipt);
      return receipt;
    };
    for (const entry of [...this.#owed, ...own]) seal(entry);
    const receipts = units.map(({ entries }) => entries.map(seal));
    if (lines.length > 0) await file.append(Buffer.from(lines.join('')));
    this.#head = link;
    this.#owed.splice(0, owed);
    for (const [key, receipt] of fresh) this.#recent?.add(key, receipt);
    for (const [index, { resolve }] of units.entries()) resolve(receipts[index] ?? []);
  }

  /** The current file, or a new one when this is too large, too old for retention by whole files, or no longer there. */
  async #fileFor(bytes: number): Promise<AppendFile> {
    const { folder, fileBytes, now, retentionDays } = this.#options;
    const file = this.#file;
    const isGone = file !== undefined && (await file.isGone());
    const isOld = now() - this.#fileStartedMillis >= (retentionDays * dayMillis) / 12;
    if (file !== undefined && !isGone && (file.bytes === 0 || (file.bytes + bytes <= fileBytes && !isOld))) return file;
    if (isGone) {
      this.#own('damage', basename(file.path), 'removed by someone', { after_seq: this.#head.seq });
      this.#options.onTrouble(`the audit log: someone removed ${file.path}`);
    }
    await file?.settle();
    this.#file = undefined;
    await file?.close();
    this.#file = await AppendFile.create(join(folder, auditFileName(this.#head.seq + 1)));
    this.#fileStartedMillis = now();
    return this.#file;
  }

  async #sign(): Promise<void> {
    const head = this.#head;
    if (head.seq === this.#signed.seq && head.hash === this.#signed.hash) return;
    if (await this.#checkpoints?.isGone()) await this.#missCheckpoints();
    this.#checkpoints ??= await openCheckpoints(this.#options.folder);
    const line = signCheckpoint('checkpoint', head, this.#time(), this.#key);
    await this.#checkpoints.append(Buffer.from(`${line}\n`));
    this.#signed = head;
  }

  async #missCheckpoints(): Promise<void> {
    this.#own('damage', checkpointsName, 'removed by someone', { after_seq: this.#head.seq });
    this.#options.onTrouble(`the audit log: someone removed ${checkpointsName} in ${this.#options.folder}`);
    await this.#closeCheckpoints();
  }

  async #closeCheckpoints(): Promise<void> {
    const checkpoints = this.#checkpoints;
    this.#checkpoints = undefined;
    await checkpoints?.close();
  }
}

async function openCheckpoints(folder: string): Promise<AppendFile> {
  const path = join(folder, checkpointsName);
  await cutTornLine(path, checkpointsName);
  try {
    return await AppendFile.open(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return AppendFile.create(path);
  }
}

function writeError(folder: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('disk_full', `The disk of ${folder} is full; audit records are taken again when there is room.`, { cause });
  }
  return new AppError('store_failed', `The audit log cannot write: ${message}`, { cause });
}
