import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noContent, type SealedSegment } from '../../model/journal-line.ts';
import { spanLine } from '../../model/signal-lines.ts';
import { type SpanRecord, unknownSpan } from '../../model/span.ts';
import { traceIdSpellings, traceKey } from '../../model/trace-id.ts';
import { openEmbeddedEngine } from '../engine/embedded.ts';
import type { Engine } from '../engine/engine.ts';
import { migrate } from '../migrate.ts';
import { loadSpansStatement } from './load-spans-statement.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-spans-'));
let engine: Engine;
let lastId = 0;

beforeAll(async () => {
  engine = await openEmbeddedEngine({ folder, memoryBytes: 512 * 1024 ** 2, loaders: 1, readers: 1 });
  await migrate(engine);
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const span = (members: Partial<SpanRecord>): SpanRecord => ({ ...unknownSpan, record: 'span', traceId: 't', spanId: 's', ...members });

function segmentOf(spans: readonly SpanRecord[]): SealedSegment {
  const id = ++lastId;
  const path = join(folder, `${id}.tsv`);
  const other = ['f\t00000000\t1\t1\ts\t', `+\tindex\t\t0\t=\t{"a":"b\\tc"}`, '!\tspans\tredis\t0\treason\tYQ==', ''].join('\n');
  writeFileSync(path, other + spans.map((one, row) => spanLine(one, row + 1, 'test')).join(''));
  return { id, path, bytes: 1, rows: spans.length, openedAt: 1_763_700_000_000, content: { ...noContent, spans: true } };
}

async function load(...spans: SpanRecord[]) {
  const segment = segmentOf(spans);
  await engine.load(loadSpansStatement(segment));
  return engine.select(
    `SELECT *, toUnixTimestamp64Nano(start) AS s, toUnixTimestamp64Nano(end) AS e FROM spans WHERE _segment = ${segment.id} ORDER BY _row`,
  );
}

describe('the load statement of spans', () => {
  it('gives every text back as it came', async () => {
    const hostile = 'tab\t line\n return\r back\\slash nul\0 quote\' "double" ünï 😀';
    const [row] = await load(
      span({
        traceId: hostile,
        spanId: hostile,
        parentId: hostile,
        name: hostile,
        statusMessage: hostile,
        service: hostile,
        origin: hostile,
      }),
    );
    expect(row).toMatchObject({
      trace_id: hostile,
      span_id: hostile,
      parent_id: hostile,
      name: hostile,
      status_message: hostile,
      service: hostile,
      origin: hostile,
      source: 'test',
    });
  });

  it('keeps attributes with their JSON types', async () => {
    const attributes = {
      text: 'a "b" \\ c\n',
      integer: 12,
      big: 1.5e300,
      yes: true,
      nothing: null,
      list: ['x', 1],
      deep: { a: { b: 'c' } },
      '': 'empty',
    };
    const [row] = await load(span({ attributes: JSON.stringify(attributes), resource: '{"service.name":"x"}' }));
    const stored = row?.attributes as Record<string, string>;
    expect(Object.fromEntries(Object.entries(stored).map(([key, text]) => [key, JSON.parse(text)]))).toEqual(attributes);
    expect(row?.resource).toEqual({ 'service.name': '"x"' });
  });

  it.each([
    ['start and end', { startNanos: '1000', endNanos: '3000' }, ['1000', '3000', '2000', 3]],
    [
      'start and duration',
      { startNanos: '1753574400123456789', durationNanos: '14540000' },
      ['1753574400123456789', '1753574400137996789', '14540000', 5],
    ],
    ['end and duration', { endNanos: '5000', durationNanos: '2000' }, ['3000', '5000', '2000', 6]],
    ['start alone', { startNanos: '1000' }, ['1000', '1000', '0', 1]],
    ['an end before the start', { startNanos: '3000', endNanos: '1000' }, ['3000', '1000', '-2000', 3]],
    ['nothing: the time of arrival', {}, ['1763700000000000000', '1763700000000000000', '0', 0]],
    ['no numbers at all', { startNanos: 'x', endNanos: '' }, ['0', '0', '0', 1]],
  ])('reads times from %s', async (_, members, expected) => {
    const [row] = await load(span(members));
    expect([row?.s, row?.e, row?.duration_ns, row?.timing]).toEqual(expected);
  });

  it('stores a segment once, however often it is loaded, in both tables', async () => {
    const segment = segmentOf([
      span({ traceId: 'once', name: 'a' }),
      span({ traceId: 'once', spanId: 'u', parentId: 's', name: 'b', status: 'error' }),
    ]);
    for (let time = 0; time < 3; time++) await engine.load(loadSpansStatement(segment));
    expect(await engine.select(`SELECT count() AS rows FROM spans WHERE trace_id = 'once'`)).toEqual([{ rows: '2' }]);
    const traces = `SELECT sum(records) AS records, sum(errors) AS errors FROM traces`;
    expect(await engine.select(`${traces} WHERE trace_hash = cityHash64('once')`)).toEqual([{ records: '2', errors: '1' }]);
  });

  it('takes spellings of one trace id for one trace, as `traceKey` does', async () => {
    const ids = [
      'C1B2C3D4-E5F6-7890-ABCD-EF1234567890',
      'c1b2c3d4e5f67890abcdef1234567890',
      'c1b2c3d4-e5f6-7890-abcd-ef123456789',
      'ABC',
      'abc',
      '',
    ];
    const rows = await load(...ids.map((traceId) => span({ traceId })));
    const hashes = rows.map(({ trace_hash }) => trace_hash);
    expect(hashes.map((hash) => hashes.indexOf(hash))).toEqual([0, 0, 2, 3, 4, 5]);
    expect(ids.map(traceKey).map((key, _, keys) => keys.indexOf(key))).toEqual([0, 0, 2, 3, 4, 5]);
    expect(traceIdSpellings(ids[1] as string)).toContain('c1b2c3d4-e5f6-7890-abcd-ef1234567890');
  });
});
