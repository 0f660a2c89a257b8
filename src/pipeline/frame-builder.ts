import { isUtf8 } from 'node:buffer';
import { flattenDocument } from '../lib/json/flatten-document.ts';
import { copyCompact, scanDocument } from '../lib/json/scan-document.ts';
import type { FrameContent } from '../model/journal-line.ts';
import { writeRemainder } from '../model/write-remainder.ts';

/**
 * Builds the lines of one journal frame (`model/journal-line.ts`) from documents. Bytes are copied once, from the body of
 * the request into the frame; a document is only looked at by `scanDocument`.
 */
export type Outcome = Readonly<{ row: number }> | Readonly<{ error: string /** Byte of the document. */; at: number }>;

/** Line ends and tabs would break a journal line. */
const breaking = /[\t\n\r]/;
const tab = 0x09;

export class FrameBuilder {
  readonly #firstRow: number;
  #rows = 0;
  #buffer: Buffer;
  #length = 0;
  #content: { keyed: boolean; deadLetters: boolean } = { keyed: false, deadLetters: false };

  /** `expectedBytes` is the size of the documents; a good guess saves copying. */
  constructor(firstRow: number, expectedBytes: number) {
    this.#firstRow = firstRow;
    this.#buffer = Buffer.allocUnsafe(expectedBytes + Math.floor(expectedBytes / 2) + 1024);
  }

  get rows(): number {
    return this.#rows;
  }

  /** `id` is empty for an automatic id, else `version:id`. Adds nothing when the document is refused. */
  addDocument(index: string, id: string, bytes: Uint8Array, start: number, end: number): Outcome {
    const scan = scanDocument(bytes, start, end);
    if (scan.errorAt >= 0) return { error: scan.reason, at: scan.errorAt - start };
    const flat = scan.hard ? flattenDocument(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()) : '';
    this.#begin('+', index, id, flat, 2 * (end - start) + 1);
    this.#length = writeRemainder(bytes, scan, this.#buffer, this.#length);
    this.#buffer[this.#length++] = tab;
    if (scan.spaced) this.#length = copyCompact(bytes, start, end, this.#buffer, this.#length);
    else {
      this.#buffer.set(bytes.subarray(start, end), this.#length);
      this.#length += end - start;
    }
    if (id !== '') this.#content.keyed = true;
    return { row: this.#end() };
  }

  addDeletion(index: string, id: string): number {
    this.#begin('-', index, id, '', 0);
    this.#buffer[this.#length++] = tab;
    this.#content.keyed = true;
    return this.#end();
  }

  addDeadLetter(index: string, source: string, reason: string, payload: Uint8Array): void {
    const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('base64');
    this.#begin('!', index.replaceAll(/[\t\n\r]/g, ' '), source, reason.replaceAll(/[\t\n\r]/g, ' '), text.length);
    this.#buffer[this.#length++] = tab;
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
    this.#content.deadLetters = true;
    this.#end();
  }

  finish(): { payload: Buffer; rows: number; content: FrameContent } {
    return { payload: this.#buffer.subarray(0, this.#length), rows: this.#rows, content: this.#content };
  }

  /** Everything before `line`, but for the tab in front of it. `bytes` are still to come. */
  #begin(kind: string, index: string, id: string, flat: string, bytes: number): void {
    const head = `${kind}\t${index}\t${id}\t${this.#firstRow + this.#rows}\t${flat}`;
    if (breaking.test(index) || breaking.test(id) || breaking.test(flat))
      throw new Error(`BUG: a column of ${JSON.stringify(head)} would break the line`);
    this.#reserve(head.length * 3 + bytes + 2);
    this.#length += this.#buffer.write(head, this.#length, 'utf8');
  }

  #end(): number {
    this.#buffer[this.#length++] = 0x0a;
    return this.#firstRow + this.#rows++;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Whether bytes may go on as text. Most bodies are valid as a whole, so each document is checked only when they are not. */
export const isText = (bytes: Uint8Array): boolean => isUtf8(bytes);
