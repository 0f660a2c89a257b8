import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Trace } from '../model/trace.ts';
import { traceKey } from '../model/trace-id.ts';
import { completedTrace } from '../queries/trace-forms/completed-trace.ts';
import type { TraceExporter } from './exporter.ts';

export type JsonOptions = Readonly<{ folder: string; maxBytes: number; maxFiles: number }>;

/**
 * `trace-<id>.json` for ids that are plain file names in lower case, in one spelling; others keep some of their letters and get a hash,
 * behind a `~`, which no plain name has. So no two ids have one file, on file systems that ignore case neither.
 */
export function traceFileName(traceId: string): string {
  const key = traceKey(traceId);
  if (/^[0-9a-z][0-9a-z_-]{0,99}$/.test(key)) return `trace-${key}.json`;
  const hash = createHash('sha256').update(key.toWellFormed()).digest('hex').slice(0, 32);
  return `trace-${key
    .replace(/[^0-9A-Za-z_-]+/g, '_')
    .slice(0, 40)
    .toLowerCase()}~${hash}.json`;
}

/** Files of ours, whatever else is in the folder. */
const ours = /^trace-[0-9a-z_~-]+\.json$/;

/** One file per trace, replaced by rename when the trace is updated. Above the limits, the oldest files are deleted. */
export function createJsonExporter(options: JsonOptions): TraceExporter {
  const { folder } = options;
  let opening: Promise<FolderContent> | undefined;
  /** Tried again when it failed. */
  const open = async (): Promise<FolderContent> => {
    opening ??= FolderContent.open(folder);
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  return {
    // Most of the time goes into waiting for the disk.
    parallel: 4,
    export: async (trace) => {
      const files = await open();
      const name = traceFileName(trace.traceId);
      const bytes = await writeTrace(folder, name, trace);
      files.add(name, bytes);
      await files.trim(options);
    },
  };
}

async function writeTrace(folder: string, name: string, trace: Trace): Promise<number> {
  const text = Buffer.from(`${JSON.stringify(completedTrace(trace), null, 2)}\n`);
  const part = join(folder, `.${name}.part`);
  // Somebody may have removed the folder.
  await mkdir(folder, { recursive: true });
  const file = await open(part, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await file.close();
    // What it holds is the room that other programs need.
    await rm(part, { force: true });
    throw error;
  }
  await file.close();
  await rename(part, join(folder, name));
  return text.length;
}

/** Names and sizes of the files, the oldest first. */
class FolderContent {
  readonly #folder: string;
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<FolderContent> {
    await mkdir(folder, { recursive: true });
    const content = new FolderContent(folder);
    const found: { name: string; size: number; mtimeMs: number }[] = [];
    for (const name of await readdir(folder)) {
      if (name.startsWith('.trace-') && name.endsWith('.json.part')) await rm(join(folder, name), { force: true });
      if (!ours.test(name)) continue;
      const { size, mtimeMs } = await stat(join(folder, name));
      found.push({ name, size, mtimeMs });
    }
    for (const { name, size } of found.sort((a, b) => a.mtimeMs - b.mtimeMs)) content.add(name, size);
    return content;
  }

  add(name: string, bytes: number): void {
    this.#bytes += bytes - (this.#sizes.get(name) ?? 0);
    this.#sizes.delete(name);
    this.#sizes.set(name, bytes);
  }

  /** The newest one stays whatever its size. */
  async trim({ maxBytes, maxFiles }: JsonOptions): Promise<void> {
    for (const [name, bytes] of this.#sizes) {
      if (this.#sizes.size <= 1 || (this.#bytes <= maxBytes && this.#sizes.size <= maxFiles)) return;
      this.#sizes.delete(name);
      this.#bytes -= bytes;
      await rm(join(this.#folder, name), { force: true });
    }
  }
}
