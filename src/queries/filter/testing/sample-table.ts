import type { Field, Fields, MappedType, Reading } from '../../fields/field.ts';
import { tokensExpression } from '../tokens-condition.ts';

/** A small table with every kind of reading, and the fields over it. For tests of conditions on the real engine. */
export type Sample = Readonly<{
  id: string;
  level?: string;
  msg?: string;
  note?: string | number | boolean;
  tags?: readonly string[];
  count?: bigint;
  counts?: readonly bigint[];
  ratio?: number;
  ok?: boolean;
  short?: string;
  /** ISO with up to nine digits. */
  timestamp: string;
  at?: string;
}>;

function reading(sql: string, type: Reading['type'], missing: Reading['missing'], array = false): Reading {
  return { sql, type, missing, array };
}

function field(name: string, type: MappedType, terms: Field['terms'], readings: readonly Reading[], ignoreAbove = 0): Field {
  return { name, type, terms, readings, ignoreAbove, dateFormat: undefined };
}

const list: readonly Field[] = [
  field('_id', 'keyword', 'exact', [reading('_id', 'string', 'never')]),
  field('level', 'keyword', 'exact', [reading('level', 'string', 'empty')]),
  field('msg', 'text', 'tokens', [reading('msg', 'string', 'empty')]),
  field('note', 'keyword', 'both', [
    reading('note_string', 'string', 'null'),
    reading('note_integer', 'integer', 'null'),
    reading('note_float', 'float', 'null'),
    reading('note_boolean', 'boolean', 'null'),
  ]),
  field('tags', 'keyword', 'both', [reading('tags', 'string', 'empty', true)]),
  field('count', 'long', 'exact', [reading('count', 'integer', 'null')]),
  field('counts', 'long', 'exact', [reading('counts', 'integer', 'empty', true)]),
  field('ratio', 'double', 'exact', [reading('ratio', 'float', 'null')]),
  field('ok', 'boolean', 'exact', [reading('ok', 'boolean', 'null')]),
  field('short', 'keyword', 'exact', [reading('short', 'string', 'null')], 5),
  field('timestamp', 'date', 'exact', [reading('timestamp', 'time', 'never')]),
  field('at', 'date', 'exact', [reading('at', 'string', 'null')]),
  field('part.a', 'long', 'exact', [reading('count', 'integer', 'null')]),
];

export const sampleFields: Fields = {
  find: (name) => list.find((known) => known.name === name) ?? field(name, 'keyword', 'exact', []),
  matching: (pattern) => {
    const pieces = pattern.split('*').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return list.filter(({ name }) => new RegExp(`^${pieces.join('.*')}$`).test(name));
  },
  searchable: [
    reading('msg', 'string', 'empty'),
    reading('level', 'string', 'empty'),
    reading('note_string', 'string', 'null'),
    reading('tags', 'string', 'empty', true),
  ],
  searchableValues: [
    reading('note_integer', 'integer', 'null'),
    reading('note_float', 'float', 'null'),
    reading('note_boolean', 'boolean', 'null'),
    reading('count', 'integer', 'null'),
    reading('counts', 'integer', 'empty', true),
    reading('ratio', 'float', 'null'),
    reading('ok', 'boolean', 'null'),
  ],
};

const columns = `_id String, level LowCardinality(String), msg String, note_string Nullable(String), note_integer Nullable(Int64),
  note_float Nullable(Float64), note_boolean Nullable(Bool), tags Array(String), count Nullable(Int64), counts Array(Int64),
  ratio Nullable(Float64), ok Nullable(Bool), short Nullable(String), timestamp DateTime64(9, 'UTC'), at Nullable(String),
  INDEX words ${tokensExpression('msg')} TYPE text(tokenizer = 'array')`;

function row(sample: Sample): string {
  const { id, note } = sample;
  const bigints = (values: readonly bigint[]) => `[${values.join(',')}]`;
  const json = {
    _id: id,
    level: sample.level ?? '',
    msg: sample.msg ?? '',
    note_string: typeof note === 'string' ? note : null,
    note_integer: Number.isInteger(note) ? note : null,
    note_float: typeof note === 'number' && !Number.isInteger(note) ? note : null,
    note_boolean: typeof note === 'boolean' ? note : null,
    tags: sample.tags ?? [],
    ratio: sample.ratio ?? null,
    ok: sample.ok ?? null,
    short: sample.short ?? null,
    timestamp: sample.timestamp,
    at: sample.at ?? null,
  };
  // Integers beyond 2^53 cannot pass through JSON.stringify.
  return JSON.stringify(json).replace(/}$/, `,"count":${sample.count ?? 'null'},"counts":${bigints(sample.counts ?? [])}}`);
}

/** The engine's `Session`; only tests and the store may import it, so the test hands it over. */
export interface Engine {
  query(sql: string, format?: string): string;
  cleanup(): void;
}

export class SampleTable {
  private readonly session: Engine;

  constructor(session: Engine) {
    this.session = session;
    this.session.query('CREATE DATABASE sample');
    this.session.query(`CREATE TABLE sample.rows (${columns}) ENGINE = MergeTree ORDER BY timestamp`);
  }

  fill(samples: readonly Sample[]): void {
    this.session.query('TRUNCATE TABLE sample.rows');
    const rows = samples.map(row).join('\n');
    this.session.query(`INSERT INTO sample.rows SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow\n${rows}`);
  }

  /** Ids of the rows for which the condition is 1, sorted. */
  ids(condition: string, settings = ''): string[] {
    const text = this.session.query(`SELECT _id FROM sample.rows WHERE ${condition} ORDER BY _id ${settings}`, 'TSVRaw');
    return text.split('\n').filter((line) => line !== '');
  }

  query(sql: string): string {
    return this.session.query(sql, 'TSVRaw');
  }

  close(): void {
    this.session.cleanup();
  }
}
