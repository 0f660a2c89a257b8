import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Field, Fields, MappedType, Reading } from '../../fields/field.ts';

/** A document of the tests, flat: what the table has as columns, and two lists. */
export type TestDocument = Readonly<{
  id: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
  level: string;
  agent: string | undefined;
  method: string | undefined;
  status: string | undefined;
  duration: number | undefined;
  msg: string;
  retries: number | undefined;
  ok: boolean | undefined;
  tags: readonly string[];
  sizes: readonly number[];
  location: readonly [lat: number, lon: number] | undefined;
}>;

export const sourceOf = (doc: TestDocument): Record<string, unknown> => ({
  timestamp: new Date(doc.timestamp).toISOString(),
  level: doc.level,
  ...(doc.agent === undefined ? {} : { agent: { name: doc.agent } }),
  request: { method: doc.method ?? null, status: doc.status ?? null, duration_ms: doc.duration ?? null },
  msg: doc.msg,
  retries: doc.retries ?? null,
  ok: doc.ok ?? null,
  tags: doc.tags,
  sizes: doc.sizes,
});

const reading = (sql: string, type: Reading['type'], missing: Reading['missing'], array = false): Reading => ({
  sql,
  type,
  array,
  missing,
});

function field(name: string, type: MappedType, readings: readonly Reading[], more: Partial<Field> = {}): [string, Field] {
  return [name, { name, type, terms: 'exact', readings, ignoreAbove: 0, dateFormat: undefined, ...more }];
}

const known = new Map<string, Field>([
  field('timestamp', 'date', [reading('timestamp', 'time', 'never')]),
  field('level', 'keyword', [reading('level', 'string', 'never')]),
  field('agent.name', 'keyword', [reading('agent_name', 'string', 'empty')]),
  field('request.method', 'keyword', [reading('request_method', 'string', 'empty')]),
  field('request.status', 'keyword', [reading('request_status', 'string', 'empty')]),
  field('request.duration_ms', 'float', [reading('duration', 'float', 'null')]),
  field('metrics.duration_ms', 'float', [reading('duration', 'float', 'null')]),
  field('msg', 'text', [reading('msg', 'string', 'empty')], { terms: 'tokens' }),
  field('msg.keyword', 'keyword', [reading('msg', 'string', 'empty')], { ignoreAbove: 256 }),
  field('msg.short', 'keyword', [reading('msg', 'string', 'empty')], { ignoreAbove: 9 }),
  field('exception.message.keyword', 'keyword', []),
  field('retries', 'long', [reading('doc.retries.:Int64', 'integer', 'null')]),
  field('ok', 'boolean', [reading('doc.ok.:Bool', 'boolean', 'null')]),
  field('tags', 'keyword', [
    reading('doc.tags.:String', 'string', 'null'),
    reading('arrayMap(x -> assumeNotNull(x), doc.tags.:`Array(Nullable(String))`)', 'string', 'empty', true),
  ]),
  field('sizes', 'long', [
    reading('doc.sizes.:Int64', 'integer', 'null'),
    reading('arrayMap(x -> assumeNotNull(x), doc.sizes.:`Array(Nullable(Int64))`)', 'integer', 'empty', true),
  ]),
  field('location.lat', 'double', [reading('lat', 'float', 'null')]),
  field('location.lon', 'double', [reading('lon', 'float', 'null')]),
]);

export const testFields: Fields = {
  find: (name) => known.get(name) ?? { name, type: 'keyword', terms: 'exact', readings: [], ignoreAbove: 0, dateFormat: undefined },
  matching: () => [],
  searchable: [],
  searchableValues: [],
};

/** The engine's class comes from the test, since only tests and the store may import it. */
export type EngineClass = new (folder: string) => { query(sql: string, format?: string): string; close(): void };

/** A table of real documents in a real engine. Close it: the engine holds its folder. */
export class TestTable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'aggregations-'));
  readonly #session: InstanceType<EngineClass>;
  /** Every SELECT since the last `forget`. */
  readonly statements: string[] = [];

  constructor(Engine: EngineClass, documents: readonly TestDocument[]) {
    this.#session = new Engine(this.#folder);
    this.#session.query('CREATE DATABASE t');
    this.#session.query(
      "CREATE TABLE t.logs (_index LowCardinality(String), _id String, _source String, timestamp DateTime64(9, 'UTC'), level LowCardinality(String), " +
        'agent_name LowCardinality(String), request_method LowCardinality(String), request_status LowCardinality(String), msg String, ' +
        'duration Nullable(Float64), lat Nullable(Float64), lon Nullable(Float64), doc JSON(max_dynamic_paths=16)) ENGINE = MergeTree ORDER BY timestamp',
    );
    this.#fill(documents);
  }

  readonly select = async (sql: string): Promise<readonly Record<string, unknown>[]> => {
    this.statements.push(sql);
    const text = this.#session.query(sql, 'JSONEachRow');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };

  /** The same table with other documents. */
  refill(documents: readonly TestDocument[]): this {
    this.#session.query('TRUNCATE TABLE t.logs');
    this.#fill(documents);
    return this;
  }

  #fill(documents: readonly TestDocument[]): void {
    const lines = documents.map((doc) =>
      JSON.stringify({
        _index: 'logs-1',
        _id: doc.id,
        _source: JSON.stringify(sourceOf(doc)),
        timestamp: new Date(doc.timestamp).toISOString().replace('T', ' ').replace('Z', ''),
        level: doc.level,
        agent_name: doc.agent ?? '',
        request_method: doc.method ?? '',
        request_status: doc.status ?? '',
        msg: doc.msg,
        duration: doc.duration ?? null,
        lat: doc.location?.[0] ?? null,
        lon: doc.location?.[1] ?? null,
        doc: {
          ...(doc.retries === undefined ? {} : { retries: doc.retries }),
          ...(doc.ok === undefined ? {} : { ok: doc.ok }),
          ...(doc.tags.length === 0 ? {} : { tags: doc.tags.length === 1 ? doc.tags[0] : doc.tags }),
          ...(doc.sizes.length === 0 ? {} : { sizes: doc.sizes.length === 1 ? doc.sizes[0] : doc.sizes }),
        },
      }),
    );
    if (lines.length > 0) this.#session.query(`INSERT INTO t.logs FORMAT JSONEachRow ${lines.join('\n')}`);
  }

  forget(): void {
    this.statements.length = 0;
  }

  close(): void {
    this.#session.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const pick = <T>(random: () => number, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** Documents from a seed; every optional field is missing now and then. */
export function randomDocuments(seed: number, count: number): readonly TestDocument[] {
  const random = generator(seed);
  const start = Date.UTC(2024, 2, 30, 12);
  return Array.from({ length: count }, (_, index) => ({
    id: `id-${index}`,
    timestamp: start + Math.floor(random() * 3 * 86_400_000),
    level: pick(random, ['INFO', 'WARN', 'ERROR', 'DEBUG']),
    agent: random() < 0.1 ? undefined : `agent-${Math.floor(random() * random() * 15)}`,
    method: random() < 0.3 ? undefined : pick(random, ['GET', 'POST', 'tools/call', 'PUT']),
    status: random() < 0.4 ? undefined : pick(random, ['200', '404', '500']),
    duration: random() < 0.2 ? undefined : Math.floor(random() * 10_000) / 8,
    msg: random() < 0.5 ? `took ${Math.floor(random() * 40)}` : `unique message ${index}`,
    retries: random() < 0.5 ? undefined : Math.floor(random() * 5) - 1,
    ok: random() < 0.3 ? undefined : random() < 0.5,
    tags: Array.from({ length: Math.floor(random() * 4) }, () => pick(random, ['a', 'b', 'c', 'd', 'e'])),
    sizes: Array.from({ length: Math.floor(random() * 3) }, () => Math.floor(random() * 50)),
    location: random() < 0.2 ? undefined : ([Math.floor(random() * 1600) / 10 - 80, Math.floor(random() * 3600) / 10 - 180] as const),
  }));
}

/** mulberry32. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
