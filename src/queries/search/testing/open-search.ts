import { Catalogue } from '../../../catalogue/catalogue.ts';
import { MemoryStorage } from '../../../catalogue/memory-storage.ts';
import { seenSegments } from '../../../store/logs/seen-segments.ts';
import { createFieldsOfIndices } from '../../fields/fields-of-indices.ts';
import { Search } from '../search.ts';
import type { SearchPorts } from '../search-ports.ts';
import { LogTable } from './log-table.ts';

export type OpenSearch = Readonly<{
  search: Search;
  table: LogTable;
  catalogue: Catalogue;
  /** What the engine was asked, in order. Tests may empty it. */
  statements: string[];
}>;

/** Searches over a real engine. Loaded documents are found at once. */
export async function openSearch(more: Partial<SearchPorts> = {}): Promise<OpenSearch> {
  const table = await LogTable.open();
  const catalogue = await Catalogue.open({ storage: new MemoryStorage(), rows: { deleteRows: async () => undefined } });
  const statements: string[] = [];
  const search = new Search({
    engine: {
      select: (sql, limits) => {
        statements.push(sql);
        return table.engine.select(sql, limits);
      },
    },
    catalogue,
    fieldsOf: createFieldsOfIndices({ engine: table.engine, dataVersion: () => table.version, catalogue }),
    limits: { timeoutMillis: 30_000, memoryBytes: 512 * 1024 ** 2, maxRows: 1e9, maxResultWindow: 10_000, maxBuckets: 65_536 },
    seenSegments: () => seenSegments(table.engine, { waiting: [], newest: undefined }),
    refresh: async () => undefined,
    refreshIfPending: async () => undefined,
    deleteWhere: (condition) => table.deleteWhere(condition),
    ...more,
  });
  return { search, table, catalogue, statements };
}
