import { randomBytes } from 'node:crypto';
import { open, rm, stat, statfs } from 'node:fs/promises';
import { AppError } from '../lib/errors.ts';
import type { Engine } from './engine/engine.ts';

/** What the engine needs to note a deletion and to drop parts, several times over. It reserves 1 MiB for each statement. */
export const ballastBytes = 8 * 1024 ** 2;

/** An engine for statements that delete. */
export type Deletions = Pick<Engine, 'select' | 'command'> &
  Readonly<{
    /** Runs again with the room that is kept for deletions what rejects with `disk_full`, as `command` does. */
    spend?: (work: () => Promise<void>) => Promise<void>;
  }>;

const blockBytes = 1024 ** 2;

/**
 * A file that does nothing but take room, so that a full disk can still be emptied: deletions need a little room
 * themselves. It is given up when one of them finds none, and made again as soon as there is room for it and as much
 * beside it. Until then nothing else may take what it left.
 */
export class Ballast {
  readonly #path: string;
  readonly #folder: string;
  readonly #log: (line: string) => void;
  readonly #timer: NodeJS.Timeout;
  #isThere = false;
  #isSpent = false;
  #said = '';
  #making: Promise<void> = Promise.resolve();

  private constructor(folder: string, log: (line: string) => void, everyMillis: number) {
    this.#folder = folder;
    this.#path = `${folder}/ballast`;
    this.#log = log;
    this.#timer = setInterval(() => void this.make(), everyMillis).unref();
  }

  /** Makes it when there is room, at once or later. `folder` is on the disk that deletions need room on. */
  static open(folder: string, log: (line: string) => void, everyMillis = 1000): Ballast {
    const ballast = new Ballast(folder, log, everyMillis);
    void ballast.make();
    return ballast;
  }

  /** It was given up and is not there again: what room there is, is for deletions. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Runs a deletion; when it rejects with `disk_full`, once more without the ballast. So it MUST be idempotent. */
  async spend(work: () => Promise<void>): Promise<void> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'disk_full')) throw error;
      await this.#making;
      if (!this.#isThere) throw error;
      this.#isThere = false;
      this.#isSpent = true;
      await rm(this.#path, { force: true });
      this.#log(
        `the disk of ${this.#folder} is full; what was kept free for deletions is used for one, and nothing else is written until there is room`,
      );
      return work();
    }
  }

  /** Does nothing while it is there, or while there is no room. */
  make(): Promise<void> {
    if (!this.#isThere) this.#making = this.#making.then(() => this.#make());
    return this.#making;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#making;
  }

  async #make(): Promise<void> {
    if (this.#isThere) return;
    try {
      this.#isThere = (await this.#isWhole()) || ((await this.#hasRoom()) && (await this.#write()));
    } catch (error) {
      // What is there of it would take room without being of use.
      await rm(this.#path, { force: true });
      this.#say(`no room can be kept free for deletions: ${(error as Error).message}`);
    }
    if (!this.#isThere || !this.#isSpent) return;
    this.#isSpent = false;
    this.#log(`the disk of ${this.#folder} has room again`);
  }

  /** Not every second. */
  #say(line: string): void {
    if (line !== this.#said) this.#log(line);
    this.#said = line;
  }

  /** Of the last run. A crash of the machine may have left a file without blocks. What cannot be looked at is made anew, which says why it cannot be. */
  async #isWhole(): Promise<boolean> {
    const found = await stat(this.#path).catch(() => undefined);
    return found !== undefined && found.size === ballastBytes && found.blocks * 512 >= ballastBytes;
  }

  async #hasRoom(): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize >= 2 * ballastBytes;
  }

  /** Random, because some file systems take no room for zeros or for what can be compressed. */
  async #write(): Promise<true> {
    const block = randomBytes(blockBytes);
    const file = await open(this.#path, 'w', 0o600);
    try {
      for (let at = 0; at < ballastBytes; at += blockBytes) await file.write(block, 0, blockBytes, at);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  }
}
