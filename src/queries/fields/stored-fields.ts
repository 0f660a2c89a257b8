import { sqlStrings } from '../../lib/sql-text.ts';
import { logColumn } from '../../model/log-fields.ts';
import type { Engine } from '../../store/engine/engine.ts';
import type { DocTypes } from './known-readings.ts';
import { objectFields } from './member-readings.ts';

/** What the documents of a set of indices hold, as the store has noted it. */
export type StoredFields = Readonly<{
  /** Known fields of which a column has a value. */
  columns: ReadonlySet<string>;
  docTypes: DocTypes;
  /** Members of object fields (full path) with the types seen in recent documents: for listings, not for reading. */
  members: DocTypes;
}>;

export type StoredFieldsOptions = Readonly<{
  engine: Engine;
  /** A number that changes whenever the store's content did, so that what was read before is still right while it stays. */
  dataVersion: () => number;
  now?: () => number;
}>;

/** Recent documents in which members of objects are looked for. */
const sampleRows = 2000;
const sampleMillis = 15_000;
const maxCached = 200;
/** Indices that one statement is about. */
const maxAtOnce = 1000;

type Cached<T> = { value: Promise<T>; version: number; expires: number };

/** Reads the table `fields`, and remembers it while the store does not change. */
export class StoredFieldsReader {
  readonly #options: StoredFieldsOptions;
  readonly #fields = new Map<string, Cached<Omit<StoredFields, 'members'>>>();
  readonly #members = new Map<string, Cached<DocTypes>>();

  constructor(options: StoredFieldsOptions) {
    this.#options = options;
  }

  /** `indices` are names of concrete indices. */
  async read(indices: readonly string[]): Promise<StoredFields> {
    if (indices.length === 0) return { columns: new Set(), docTypes: new Map(), members: new Map() };
    const key = indices.join(',');
    const version = this.#options.dataVersion();
    const now = (this.#options.now ?? Date.now)();
    const fields = remember(
      this.#fields,
      key,
      (cached) => cached.version === version,
      () => ({
        value: this.#readFields(indices),
        version,
        expires: 0,
      }),
    );
    const members = remember(
      this.#members,
      key,
      (cached) => cached.version === version || cached.expires > now,
      () => ({
        value: this.#sampleMembers(indices),
        version,
        expires: now + sampleMillis,
      }),
    );
    return { ...(await fields), members: await members };
  }

  async #readFields(indices: readonly string[]): Promise<Omit<StoredFields, 'members'>> {
    const rows = await this.#options.engine.select(
      `SELECT path, arraySort(groupUniqArray(type)) AS types FROM fields WHERE _index IN (${sqlStrings(indices)}) GROUP BY path`,
    );
    return fieldsOfRows(rows as readonly FieldRow[]);
  }

  async #sampleMembers(indices: readonly string[]): Promise<DocTypes> {
    return membersOfRows((await this.#options.engine.select(membersStatement(indices, sampleRows, []))) as readonly MemberRow[]);
  }
}

/** What the documents of each index hold, in as many statements for thousands of indices as for one; `read` is for all together. */
export async function readStoredFieldsOfEach(engine: Engine, indices: readonly string[]): Promise<ReadonlyMap<string, StoredFields>> {
  const found = new Map<string, StoredFields>();
  for (let at = 0; at < indices.length; at += maxAtOnce) {
    const part = indices.slice(at, at + maxAtOnce);
    const [fields, members] = await Promise.all([
      engine.select(
        `SELECT _index, path, arraySort(groupUniqArray(type)) AS types FROM fields WHERE _index IN (${sqlStrings(part)}) GROUP BY _index, path`,
      ),
      engine.select(membersStatement(part, sampleRows * Math.min(part.length, 10), ['_index'])),
    ]);
    const fieldRows = byIndex(fields as readonly (FieldRow & IndexRow)[]);
    const memberRows = byIndex(members as readonly (MemberRow & IndexRow)[]);
    for (const index of part)
      found.set(index, { ...fieldsOfRows(fieldRows.get(index) ?? []), members: membersOfRows(memberRows.get(index) ?? []) });
  }
  return found;
}

type IndexRow = Readonly<{ _index: string }>;
type FieldRow = Readonly<{ path: string; types: readonly string[] }>;
type MemberRow = Readonly<{ object: string; members: Readonly<Record<string, readonly string[]>> }>;

function byIndex<R extends IndexRow>(rows: readonly R[]): ReadonlyMap<string, readonly R[]> {
  const found = new Map<string, R[]>();
  for (const row of rows) {
    const known = found.get(row._index);
    if (known === undefined) found.set(row._index, [row]);
    else known.push(row);
  }
  return found;
}

function fieldsOfRows(rows: readonly FieldRow[]): Omit<StoredFields, 'members'> {
  const columns = new Set<string>();
  const docTypes = new Map<string, readonly string[]>();
  for (const { path, types } of rows) {
    if (types.includes('column')) columns.add(path);
    const others = types.filter((type) => type !== 'column');
    if (others.length > 0) docTypes.set(path, others);
  }
  return { columns, docTypes };
}

/** Members of object fields in the newest `rows` documents that have one. */
function membersStatement(indices: readonly string[], rows: number, by: readonly '_index'[]): string {
  const samples = objectFields.map((path) => {
    const column = logColumn(path);
    // A text that only looks like an object must not keep the index from being searched.
    return `SELECT ${[...by, `'${path}' AS object`].join(', ')}, distinctJSONPathsAndTypes(CAST(if(isValidJSON(value), value, '{}'), 'JSON(max_dynamic_paths=256)')) AS members
FROM (SELECT ${[...by, `${column} AS value`].join(', ')} FROM logs WHERE _index IN (${sqlStrings(indices)}) AND ${column} != '' AND startsWith(${column}, '{') ORDER BY timestamp DESC LIMIT ${rows})
${by.length === 0 ? '' : `GROUP BY ${by.join(', ')}\n`}SETTINGS type_json_skip_duplicated_paths = 1, input_format_try_infer_dates = 0, input_format_try_infer_datetimes = 0`;
  });
  return `SELECT * FROM (${samples.join(' UNION ALL ')})`;
}

function membersOfRows(rows: readonly MemberRow[]): DocTypes {
  return new Map(rows.flatMap(({ object, members }) => Object.entries(members).map(([member, types]) => [`${object}.${member}`, types])));
}

function remember<T>(
  cache: Map<string, Cached<T>>,
  key: string,
  isFresh: (cached: Cached<T>) => boolean,
  make: () => Cached<T>,
): Promise<T> {
  const known = cache.get(key);
  if (known && isFresh(known)) return known.value;
  if (cache.size >= maxCached) cache.clear();
  const made = make();
  cache.set(key, made);
  // A failure is told to those who wait for it, and then read again.
  made.value.catch(() => cache.get(key) === made && cache.delete(key));
  return made.value;
}
