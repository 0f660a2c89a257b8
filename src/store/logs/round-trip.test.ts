import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { automaticId, noContent } from '../../model/journal-line.ts';
import { logAliases, logFields } from '../../model/log-fields.ts';
import { FrameBuilder } from '../../pipeline/frame-builder.ts';
import { openEmbeddedEngine } from '../engine/embedded.ts';
import type { Engine, Row } from '../engine/engine.ts';
import { migrate } from '../migrate.ts';
import { automaticIdExpression, idExpression } from './id-expression.ts';
import { loadLogsStatement } from './load-statement.ts';
import { sourceParts, sourceText } from './source-parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-round-trip-'));
let engine: Engine;
beforeAll(async () => {
  engine = await openEmbeddedEngine({ folder, memoryBytes: 1024 ** 3, loaders: 1, readers: 1 });
  await migrate(engine);
});
afterAll(() => engine.close());

let segments = 0;

/** Loads documents (JSON text) as one segment and returns what `_source` gives back, with how each was kept. */
async function roundTrip(documents: readonly string[]) {
  const id = ++segments;
  const path = join(folder, `segment-${id}`);
  const frame = new FrameBuilder(0, 0);
  for (const text of documents) {
    const bytes = Buffer.from(` ${text}`);
    expect(frame.addDocument('x', '', bytes, 1, bytes.length)).toHaveProperty('row');
  }
  const { payload, rows } = frame.finish();
  writeFileSync(path, payload);
  await engine.load(
    loadLogsStatement({
      id,
      path,
      bytes: 0,
      rows,
      openedAt: 1_763_600_000_000,
      content: { ...noContent, documents: true },
    }),
  );
  const found = await engine.select(
    `SELECT ${sourceParts()} AS parts, raw != '' AS is_raw, rest, toString(timestamp) AS time, toString(doc) AS doc_text FROM logs WHERE _segment = ${id} ORDER BY _row`,
  );
  return found.map((row) => ({ ...row, source: sourceText(row.parts) }) as Row & { source: string });
}

/** Equal as JSON values, numbers by their text when a double cannot tell them apart. */
const canonical = (text: string) =>
  JSON.stringify(sortKeys(JSON.parse(text.replaceAll(/(?<=[[:,])(-?\d[\d.eE+-]{15,})(?=[\],}])/g, '"number $1"'))));
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}

describe('a document', () => {
  it('of known fields is kept in columns only', async () => {
    const page = {
      timestamp: '2026-11-20T10:00:00.123456Z',
      level: 'ERROR',
      msg: 'Failed "quoted" \\ path/with\nnew line — ümlaut',
      service: { name: 's', version: '1.0.0', environment: 'production', instance_id: 'i-1' },
      kubernetes: { namespace: 'n', pod_name: 'p', node_name: 'd', labels: { app: 'x', 'k8s-app': 'y' } },
      trace: { trace_id: 'abc', span_id: 'def', trace_flags: '01' },
      request_id: 'r',
      user_id: 'u',
      source: { file: '/app/x.py', line: 12, function: 'f' },
      agent: { name: 'a', type: 'mcp-mesh' },
      request: { method: 'm', params: { location: 'Paris', days: 7 }, duration_ms: 12.5, status: 'error' },
      exception: { type: 'E', message: 'x', traceback: 'Traceback\n  File "x.py"' },
      audit: { action: 'a', resource: 'r', result: 'success', timestamp: '2026-11-20T10:00:00' },
      metrics: { duration_ms: 1.5, count: 3, size_bytes: 9007199254740 },
    };
    const [row] = await roundTrip([JSON.stringify(page)]);
    expect(canonical(String(row?.source))).toBe(canonical(JSON.stringify(page)));
    expect(row).toMatchObject({ is_raw: 0, rest: '', doc_text: '{}' });
  });

  it.each([
    ['{"a":1,"b":[true],"c":{"d":null}}', '"a":1,"b":[true],"c":{"d":null}'],
    ['{"msg":"x","kubernetes":{"pod_name":"p","host":"h"}}', '"kubernetes":{"host":"h"}'],
    ['{"kubernetes":{"host":"h"}}', '"kubernetes":{"host":"h"}'],
    ['{"message":"x","severity_text":"INFO","@timestamp":"2026-11-20T10:00:00.5+00:00","trace_id":"t"}', ''],
    ['{"level":30,"time":1763600000123,"msg":"pino"}', ''],
    ['{"ts":1763600000,"msg":"seconds"}', ''],
  ])('keeps of %s only the remainder %s', async (text, rest) => {
    const [row] = await roundTrip([text]);
    expect(canonical(String(row?.source))).toBe(canonical(text));
    expect(row).toMatchObject({ is_raw: 0, rest });
  });

  it.each([
    ['{"@timestamp":"2026-11-20T10:00:00.5+02:00"}', '2026-11-20 08:00:00.500000000'],
    ['{"timestamp":1763600000}', '2025-11-20 00:53:20.000000000'],
    ['{"time":1763600000123}', '2025-11-20 00:53:20.123000000'],
    ['{"time":"1763600000123456789"}', '2025-11-20 00:53:20.123456789'],
    ['{"ts":1763600000.25}', '2025-11-20 00:53:20.250000000'],
    ['{"timestamp":"2026-01-01T00:00:00Z","n":100000000000000000023}', '2026-01-01 00:00:00.000000000'],
    ['{"timestamp":"not a time"}', '2025-11-20 00:53:20.000000000'],
    ['{"timestamp":"2024-02-30T00:00:00Z"}', null],
    ['{"timestamp":"9999-12-31T00:00:00Z"}', '2025-11-20 00:53:20.000000000'],
    ['{"timestamp":null}', '2025-11-20 00:53:20.000000000'],
    ['{"timestamp":{"seconds":1}}', '2025-11-20 00:53:20.000000000'],
  ])('%s has the time %s and its own text', async (text, time) => {
    const [row] = await roundTrip([text]);
    expect(canonical(String(row?.source))).toBe(canonical(text));
    if (time !== null) expect(row?.time).toBe(time);
  });

  const key = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom('a', 'b', 'a.b', 'x', '__proto__', '', ' ', 'é', '日本', '"', '\\'),
  );
  const scalar = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text)),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc.boolean().map(String),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.constantFrom(
      'null',
      '""',
      '1e3',
      '1E400',
      '-0',
      '1.0',
      '0.1234567890123456789',
      '"\\u00e9\\/"',
      '"\\ud83d\\ude00"',
      '"2026-11-20T10:00:00Z"',
    ),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, tie('array'), tie('object')) as fc.Arbitrary<string>,
    array: fc.array(tie('value') as fc.Arbitrary<string>, { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    object: fc
      .uniqueArray(fc.tuple(key, tie('value') as fc.Arbitrary<string>), { maxLength: 4, selector: ([name]) => name })
      .map((members) => `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`),
  }));
  const names = [
    ...logFields.filter((field) => !field.path.includes('.')).map((field) => field.path),
    'timestamp',
    ...Object.values(logAliases).flat(),
  ];
  const groups = [...new Set(logFields.filter((field) => field.path.includes('.')).map((field) => field.path.split('.')[0] as string))];
  const member = (name: string, text: string) => `${JSON.stringify(name)}:${text}`;
  const group = fc.constantFrom(...groups).chain((name) => {
    const inside = logFields.filter((field) => field.path.startsWith(`${name}.`)).map((field) => field.path.slice(name.length + 1));
    const inner = fc.uniqueArray(fc.tuple(fc.oneof(fc.constantFrom(...inside), key), value as fc.Arbitrary<string>), {
      maxLength: 4,
      selector: ([one]) => one,
    });
    return fc.oneof(
      inner.map((members) => [name, `{${members.map(([one, text]) => member(one, text)).join(',')}}`] as const),
      (value as fc.Arbitrary<string>).map((text) => [name, text] as const),
    );
  });
  const known = fc.tuple(fc.constantFrom(...names), fc.oneof(scalar, value as fc.Arbitrary<string>));
  const document = fc
    .uniqueArray(fc.oneof(group, known, fc.tuple(key, value as fc.Arbitrary<string>)), { maxLength: 8, selector: ([name]) => name })
    .map((members) => `{${members.map(([name, text]) => member(name, text)).join(',')}}`);

  it('with an automatic id has the id that was answered', async () => {
    const rows = await roundTrip(['{"a":1}', '{"a":2}']);
    expect(rows).toHaveLength(2);
    const found = await engine.select(
      `SELECT ${idExpression} AS found, _segment AS segment, _row AS row FROM logs ORDER BY _segment, _row`,
    );
    expect(found.map((row) => row.found)).toEqual(found.map((row) => automaticId(Number(row.segment), Number(row.row))));
    expect(await engine.select(`SELECT ${automaticIdExpression('toUInt64(1838306427777024)', 'toUInt32(70000)')} AS id`)).toEqual([
      { id: automaticId(1838306427777024, 70000) },
    ]);
  });

  it('of any shape comes back equal', async () => {
    const documents = fc.sample(document, 4000);
    const rows = await roundTrip(documents);
    const wrong = documents.filter((text, row) => canonical(String(rows[row]?.source)) !== canonical(text));
    expect(wrong.sort((a, b) => a.length - b.length).slice(0, 5)).toEqual([]);
  });
});
