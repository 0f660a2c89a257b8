import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flattenDocument } from '../../../lib/json/flatten-document.ts';
import { scanDocument } from '../../../lib/json/scan-document.ts';
import { noContent } from '../../../model/journal-line.ts';
import { writeRemainder } from '../../../model/write-remainder.ts';
import { openEmbeddedEngine } from '../../../store/engine/embedded.ts';
import type { Engine } from '../../../store/engine/engine.ts';
import { loadLogsStatement } from '../../../store/logs/load-statement.ts';
import { createLogStore } from '../../../store/logs/log-store.ts';
import { dayOf, markUncounted } from '../../../store/logs/uncounted-days.ts';
import { migrate } from '../../../store/migrate.ts';

export type TestDocument = Readonly<{ index: string; id?: string; text: string }>;

/** The real table `logs` in a real engine, filled by the real statement, for tests of queries. */
export class LogTable {
  readonly engine: Engine;
  readonly #folder: string;
  #segments = 0;

  private constructor(engine: Engine, folder: string) {
    this.engine = engine;
    this.#folder = folder;
  }

  static async open(readers = 2): Promise<LogTable> {
    const folder = mkdtempSync(join(tmpdir(), 'meshscope-queries-'));
    const engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 1, readers });
    await migrate(engine);
    return new LogTable(engine, folder);
  }

  /** Changes with every load. */
  get version(): number {
    return this.#segments;
  }

  /** Loads documents as one segment and returns its number. */
  async load(documents: readonly TestDocument[], openedAt = 1_763_600_000_000): Promise<number> {
    const id = ++this.#segments;
    const path = join(this.#folder, `segment-${id}`);
    const lines = documents.map(({ index, id: key, text }, row) => {
      const bytes = Buffer.from(text);
      const scan = scanDocument(bytes, 0, bytes.length);
      if (scan.errorAt !== -1) throw new Error(`${text} is no document`);
      const remainder = Buffer.alloc(bytes.length + 1);
      const flat = scan.hard ? flattenDocument(text) : remainder.toString('utf8', 0, writeRemainder(bytes, scan, remainder, 0));
      return `+\t${index}\t${key === undefined ? '' : `1:${key}`}\t${row}\t${flat}\t${text}\n`;
    });
    writeFileSync(path, lines.join(''));
    await this.engine.load(
      loadLogsStatement({ id, path, bytes: 0, rows: lines.length, openedAt, content: { ...noContent, documents: true } }),
    );
    rmSync(path);
    // As the loader does.
    const keyed = new Set(documents.filter(({ id: key }) => key !== undefined).map(({ index }) => index));
    await markUncounted(
      this.engine,
      [...keyed].map((index) => ({ index, day: dayOf(openedAt) })),
    );
    return id;
  }

  deleteWhere(condition: string): Promise<number> {
    return createLogStore(this.engine).deleteWhere(condition);
  }

  async close(): Promise<void> {
    await this.engine.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
