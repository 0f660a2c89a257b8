import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noContent } from '../../../model/journal-line.ts';
import { type SpanRecord, unknownSpan } from '../../../model/span.ts';
import { spanLine } from '../../../pipeline/signal-lines.ts';
import { openEmbeddedEngine } from '../../../store/engine/embedded.ts';
import type { Engine } from '../../../store/engine/engine.ts';
import { migrate } from '../../../store/migrate.ts';
import { loadSpansStatement } from '../../../store/spans/load-spans-statement.ts';

/** When the test's spans come in and run, in milliseconds since the epoch. */
export const testMillis = 1_763_700_000_000;

export const nanosAt = (millis: number): string => `${testMillis + millis}000000`;

/** A whole span of 10 ms that starts at `testMillis`. */
export const testSpan = (members: Partial<SpanRecord>): SpanRecord => ({
  ...unknownSpan,
  record: 'span',
  traceId: 't',
  spanId: 's',
  startNanos: nanosAt(0),
  endNanos: nanosAt(10),
  ...members,
});

/** The real tables of spans in a real engine, filled by the real statement. */
export class SpanTable {
  readonly engine: Engine;
  readonly #folder: string;
  #segments = 0;

  private constructor(engine: Engine, folder: string) {
    this.engine = engine;
    this.#folder = folder;
  }

  static async open(): Promise<SpanTable> {
    const folder = mkdtempSync(join(tmpdir(), 'meshscope-spans-'));
    const engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 1, readers: 2 });
    await migrate(engine);
    return new SpanTable(engine, folder);
  }

  async load(spans: readonly SpanRecord[], openedAt = testMillis): Promise<void> {
    const id = ++this.#segments;
    const path = join(this.#folder, `${id}.tsv`);
    writeFileSync(path, spans.map((span, row) => spanLine(span, row + 1, 'test')).join(''));
    await this.engine.load(
      loadSpansStatement({ id, path, bytes: 1, rows: spans.length, openedAt, content: { ...noContent, spans: true } }),
    );
    rmSync(path);
  }

  /** Forgets all spans. */
  async clear(): Promise<void> {
    for (const table of ['spans', 'traces']) await this.engine.command(`TRUNCATE TABLE ${table}`);
  }

  async close(): Promise<void> {
    await this.engine.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
