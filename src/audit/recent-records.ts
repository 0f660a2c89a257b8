import { isMissing, listAuditFiles } from './audit-folder.ts';
import { type AuditReceipt, maxLineBytes, parseRecord, prepareEntry } from './audit-record.ts';
import { readLinesBackward } from './read-lines.ts';

/** Repetitions come from senders that lost an answer, so soon after; a sender that was down for long may still be too late. */
const maxRecords = 20_000;

/** What is read of the files after a start. */
const maxReadBytes = 4 * 1024 ** 2;

/**
 * Receipts of the newest records whose sender numbered them (`details.record_id`), by what they say: one that is sent again is answered with
 * the receipt of the first, and not written again.
 */
export class RecentRecords {
  readonly #receipts = new Map<string, AuditReceipt>();

  /** Those at the end of the files. */
  static async read(folder: string): Promise<RecentRecords> {
    const found: [string, AuditReceipt][] = [];
    let bytes = 0;
    for (const { path } of (await listAuditFiles(folder)).toReversed()) {
      try {
        for await (const line of readLinesBackward(path, maxLineBytes)) {
          bytes += line.length;
          if (bytes > maxReadBytes) break;
          const record = line.includes('"record_id":"') ? parseRecord(line) : undefined;
          const key = record && prepareEntry(record, record.time).key;
          if (record && key !== undefined) found.push([key, { seq: record.seq, time: record.time, hash: record.hash }]);
        }
      } catch (error) {
        // Someone has removed the file since the folder was listed.
        if (!isMissing(error)) throw error;
      }
      if (bytes > maxReadBytes) break;
    }
    const recent = new RecentRecords();
    for (const [key, receipt] of found.reverse()) recent.add(key, receipt);
    return recent;
  }

  find(key: string): AuditReceipt | undefined {
    return this.#receipts.get(key);
  }

  add(key: string, receipt: AuditReceipt): void {
    this.#receipts.set(key, receipt);
    if (this.#receipts.size > maxRecords) this.#receipts.delete(this.#receipts.keys().next().value as string);
  }
}
