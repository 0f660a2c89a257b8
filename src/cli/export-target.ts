import { existsSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from './command.ts';
import { type Terminal, write } from './terminal.ts';

export type ExportTarget = Readonly<{
  write: (data: Buffer) => Promise<void>;
  /** Everything is written: the file gets its name. */
  finish: () => Promise<void>;
  /** Leaves no partial file behind. */
  abandon: () => Promise<void>;
}>;

/** Standard output, or a file that is written as `FILE.part` and gets its name only when it is complete and synced. */
export async function createExportTarget(file: string | undefined, terminal: Terminal): Promise<ExportTarget> {
  if (file === undefined || file === '-') {
    return { write: (data) => write(terminal.stdout, data), finish: async () => undefined, abandon: async () => undefined };
  }
  const path = resolve(terminal.cwd, file);
  if (existsSync(path) && statSync(path).isDirectory()) throw new UsageError(`--output must name a file; ${file} is a folder.`);
  const part = `${path}.part`;
  const handle = await open(part, 'w');
  return {
    write: (data) => handle.writeFile(data),
    finish: async () => {
      await handle.sync();
      await handle.close();
      await rename(part, path);
      const folder = await open(dirname(path), 'r');
      await folder.sync().finally(() => folder.close());
    },
    abandon: async () => {
      await handle.close();
      await rm(part, { force: true });
    },
  };
}
