import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlString } from '../../../lib/sql-text.ts';
import { noContent } from '../../../model/journal-line.ts';
import { spanLine } from '../../../model/signal-lines.ts';
import { type SpanRecord, unknownSpan } from '../../../model/span.ts';
import { traceKey } from '../../../model/trace-id.ts';
import { openEmbeddedEngine } from '../../../store/engine/embedded.ts';
import type { Engine } from '../../../store/engine/engine.ts';
import { migrate } from '../../../store/migrate.ts';
import { loadSpansStatement } from '../../../store/spans/load-spans-statement.ts';
import type { TraceAddress } from '../read-trace.ts';

export const span = (members: Partial<SpanRecord>): SpanRecord => ({
  ...unknownSpan,
  record: 'span',
  traceId: 't',
  spanId: 's',
  ...members,
});

/** MCP Mesh's entries are the only ones that know where they stood. */
const sourceOf = ({ origin }: SpanRecord) => (origin === '' ? 'otlp' : 'redis');

/** A real engine with the tables of spans, filled the way the loader does it. */
export class TraceTable {
  readonly engine: Engine;
  readonly folder: string;
  /** Of the segment that was loaded last. */
  lastIngestedMillis = 0;
  #lastId = 0;

  constructor(engine: Engine, folder: string) {
    this.engine = engine;
    this.folder = folder;
  }

  /** Loads one segment and gives its id. */
  async load(spans: readonly SpanRecord[], openedAt = 1_763_700_000_000): Promise<number> {
    const id = ++this.#lastId;
    const path = join(this.folder, `${id}.tsv`);
    writeFileSync(path, spans.map((one, row) => spanLine(one, row, sourceOf(one))).join(''));
    await this.engine.load(
      loadSpansStatement({ id, path, bytes: 1, rows: spans.length, openedAt, content: { ...noContent, spans: true } }),
    );
    this.lastIngestedMillis = openedAt;
    return id;
  }

  async addresses(traceIds: readonly string[]): Promise<readonly TraceAddress[]> {
    const hashes = traceIds.map((id) => `toString(cityHash64(${sqlString(traceKey(id))}))`);
    const [row] = await this.engine.select(`SELECT [${hashes.join(', ')}] AS hashes`);
    return ((row?.hashes ?? []) as readonly string[]).map((hash) => ({ hash }));
  }

  async close(): Promise<void> {
    await this.engine.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function openTraceTable(): Promise<TraceTable> {
  const folder = mkdtempSync(join(tmpdir(), 'meshscope-traces-'));
  const engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 1, readers: 2 });
  await migrate(engine);
  return new TraceTable(engine, folder);
}
