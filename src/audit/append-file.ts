import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ownerOnly, syncFolder } from './audit-folder.ts';

/** A file that grows by whole pieces: each is on the disk when `append` resolves. Of one that was rejected, nothing is left once `settle` resolves. */
export class AppendFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #bytes: number;
  /** A piece that failed may still stand behind `#bytes`. */
  #torn = false;

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Goes on behind what is there. Nobody else may write to it. */
  static async open(path: string): Promise<AppendFile> {
    const handle = await open(path, 'r+');
    try {
      return new AppendFile(path, handle, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Fails with `EEXIST` when it is there. */
  static async create(path: string): Promise<AppendFile> {
    const handle = await open(path, 'wx', ownerOnly);
    try {
      await syncFolder(dirname(path));
      return new AppendFile(path, handle, 0);
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether someone removed its name: what is appended then is lost with the process. */
  async isGone(): Promise<boolean> {
    return (await this.#handle.stat()).nlink === 0;
  }

  async append(data: Buffer): Promise<void> {
    await this.settle();
    this.#torn = true;
    try {
      for (let at = 0; at < data.length; ) {
        at += (await this.#handle.write(data, at, data.length - at, this.#bytes + at)).bytesWritten;
      }
      await this.#handle.datasync();
    } catch (error) {
      // Where this fails too, the file stays torn, and the next append begins with it.
      await Promise.allSettled([this.#cutBack()]);
      throw error;
    }
    this.#bytes += data.length;
    this.#torn = false;
  }

  async #cutBack(): Promise<void> {
    await this.#handle.truncate(this.#bytes);
    await this.#handle.datasync();
    this.#torn = false;
  }

  /** Removes what a failed append may have left. */
  async settle(): Promise<void> {
    if (this.#torn) await this.#cutBack();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
