import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomCases } from '../../../test/harness/random-cases.ts';
import type { SpanRecord } from '../../model/span.ts';
import type { Trace } from '../../model/trace.ts';
import { agentStatistics } from './agent-statistics.ts';
import { edgeStatistics, selectEdges } from './edge-statistics.ts';
import { modelStatistics } from './model-statistics.ts';
import { isInternalName } from './operations.ts';
import { readTraces } from './read-trace.ts';
import { searchTraces } from './search-traces.ts';
import { openTraceTable, span, type TraceTable } from './testing/trace-table.ts';
import { matchesCriteria, type TraceCriteria } from './trace-criteria.ts';
import { traceStatistics, traceTotals } from './trace-statistics.ts';

const limits = { quietMillis: 3000, timeoutMillis: 300_000 };
const openedAt = 1_763_700_000_000;
const hourMillis = 3_600_000;
const base = 1_763_700_000_000_000_000n;
const now = openedAt + 24 * hourMillis;

/** Numbers that follow from a seed, so that a failure can be looked at. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return (Math.imul(state ^ (state >>> 12), 0x297a2d39) >>> 0) % below;
  };
}

const traces = 12_000;
const agents = ['alpha', 'beta', 'gamma', "o'neill", 'rare'];
const names = ['tools/call get_weather', 'tools/call charge_card', 'generate_report', 'proxy_call_wrapper', '_internal_dispatch', 'seldom'];

/** Whole records and events, retries, repeated and late records, clocks that go backwards: as agents of every era send them. */
function recordsOf(trace: number, next: (below: number) => number): { now: SpanRecord[]; late: SpanRecord[] } {
  const count = 1 + next(6);
  const began = base + BigInt(trace) * 50_000_000n + BigInt(next(1_000_000_000));
  const out: { now: SpanRecord[]; late: SpanRecord[] } = { now: [], late: [] };
  for (let at = 0; at < count; at++) {
    const start = began + BigInt(at * 1_000_000);
    const took = BigInt(next(10) === 0 ? next(2_000_000_000) : next(20_000_000));
    const name = names[next(200) === 0 ? 5 : next(5)] as string;
    const common = {
      traceId: `trace ${trace}`,
      spanId: `${trace}-${at}`,
      parentId: at === 0 ? '' : `${trace}-${next(at)}`,
      name,
      service: agents[next(300) === 0 ? 4 : next(4)] as string,
      ...(next(4) === 0
        ? { model: next(2) ? 'anthropic/claude' : 'local', inputTokens: String(next(100)), outputTokens: String(next(100)) }
        : {}),
      requestBytes: String(next(1000)),
    };
    const status = next(12) === 0 ? 'error' : 'ok';
    const whole = span({
      ...common,
      startNanos: String(start),
      endNanos: String(start + took),
      status,
      statusMessage: status === 'error' ? 'boom' : '',
    });
    const target = next(25) === 0 ? out.late : out.now;
    const kind = next(12);
    if (kind === 0) {
      target.push(span({ ...common, record: 'start', startNanos: String(start) }));
      (next(3) === 0 ? out.late : target).push(
        span({ ...common, record: 'end', endNanos: String(start + took), durationNanos: String(took), status }),
      );
    } else if (kind === 1) {
      target.push(span({ ...common, record: 'start', startNanos: String(start) }));
      if (next(2)) target.push(span({ ...common, record: 'error', endNanos: String(start + took), status: 'error' }));
    } else if (kind === 2) {
      target.push(
        span({ ...common, startNanos: String(start - 5_000_000n), endNanos: String(start - 1_000_000n), status: 'error' }),
        whole,
      );
    } else if (kind === 3) {
      target.push(whole);
      (next(2) ? out.late : target).push(whole);
    } else if (kind === 4 && at > 0) {
      target.push(span({ ...common, startNanos: String(start), durationNanos: String(-took), status }));
    } else target.push(whole);
  }
  return out;
}

let table: TraceTable;
let all: readonly Trace[];

beforeAll(async () => {
  table = await openTraceTable();
  const next = random(20261121);
  const late: SpanRecord[] = [];
  const records: SpanRecord[] = [];
  for (let trace = 0; trace < traces; trace++) {
    const made = recordsOf(trace, next);
    records.push(...made.now);
    late.push(...made.late);
  }
  const size = 4000;
  for (let from = 0, at = 0; from < records.length; from += size, at++) {
    await table.load(records.slice(from, from + size), openedAt + Math.floor(at / 3) * hourMillis);
  }
  await table.load(late, openedAt + 6 * hourMillis);
  const hashes = await table.engine.select('SELECT DISTINCT toString(trace_hash) AS hash FROM spans');
  all = await readTraces(
    table.engine,
    hashes.map(({ hash }) => ({ hash: hash as string })),
    limits,
    now,
  );
});
afterAll(() => table.close());

const search = (criteria: TraceCriteria, limit: number, offset = 0) =>
  searchTraces(table.engine, { criteria, limit, offset, limits, nowMillis: now });

const endsOf = (found: readonly Trace[]) => found.map(({ endNanos }) => endNanos);
const compareNanos = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
const newestFirst = (a: Trace, b: Trace) => compareNanos(b.endNanos, a.endNanos);
const expected = (criteria: TraceCriteria) => all.filter((trace) => matchesCriteria(trace, criteria)).sort(newestFirst);

const optional = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined, freq: 2 });
const nanos = fc.integer({ min: -10, max: traces * 50 + 3000 }).map((millis) => base + BigInt(millis) * 1_000_000n);
const durations = fc.integer({ min: -1, max: 2100 }).map((millis) => BigInt(millis) * 1_000_000n);
const criteria: fc.Arbitrary<TraceCriteria> = fc.record({
  parentSpanId: fc.option(fc.constantFrom('17-0', '500-1', 'nope', "'"), { nil: undefined, freq: 8 }),
  agentName: optional(fc.constantFrom(...agents, 'nobody')),
  operation: optional(fc.constantFrom('weather', 'tools/', 'seldom', 'nothing', '%', "'")),
  success: optional(fc.boolean()),
  startNanos: optional(nanos),
  endNanos: optional(nanos),
  minDurationNanos: optional(durations),
  maxDurationNanos: optional(durations),
});

describe('searchTraces', () => {
  it('knows all traces that are stored', () => {
    expect(all).toHaveLength(traces);
    expect(all.filter(({ success }) => !success).length).toBeGreaterThan(100);
  });

  it('answers as one who looks at every trace', async () => {
    await fc.assert(
      fc.asyncProperty(criteria, fc.constantFrom(1, 5, 20, 100), async (wanted, limit) => {
        const found = await search(wanted, limit);
        for (const trace of found) expect(matchesCriteria(trace, wanted)).toBe(true);
        expect(endsOf(found)).toEqual(endsOf(expected(wanted).slice(0, limit)));
        expect(new Set(found.map(({ traceId }) => traceId)).size).toBe(found.length);
      }),
      randomCases(12),
    );
  }, 300_000);

  it.each([0, 1, 30, 2500, traces - 3, traces, traces + 5])('lists from offset %d', async (offset) => {
    const found = await search({}, 7, offset);
    expect(endsOf(found)).toEqual(endsOf(expected({}).slice(offset, offset + 7)));
  });

  it.each<TraceCriteria>([{}, { agentName: 'alpha' }])('refuses a page of more records than the limit (%j)', async (wanted) => {
    const [first] = await search(wanted, 1);
    const few = (limit: number, maxSpanRecords: number) =>
      searchTraces(table.engine, { criteria: wanted, limit, offset: 0, limits, nowMillis: now }, { maxSpanRecords });
    await expect(few(20, 19)).rejects.toMatchObject({ code: 'query_too_expensive' });
    expect((await few(1, 100))[0]?.traceId).toBe(first?.traceId);
  });

  it('gives nothing for a limit of none', async () => expect(await search({}, 0)).toEqual([]));
});

describe('totals', () => {
  it('are those of the traces, exactly', async () => {
    const stats = await traceStatistics(table.engine);
    const spans = all.flatMap((trace) => trace.spans);
    const count = (name: string) => spans.filter((each) => each.name === name).length;
    expect(stats).toMatchObject({
      traces,
      failedTraces: all.filter(({ success }) => !success).length,
      spans: spans.length,
      durationNanos: all.reduce((sum, { durationNanos }) => sum + durationNanos, 0n),
      agents: agents.toSorted(),
      firstStartNanos: all.map(({ startNanos }) => startNanos).sort(compareNanos)[0],
      lastEndNanos: all
        .map(({ endNanos }) => endNanos)
        .sort(compareNanos)
        .at(-1),
    });
    expect(new Map(stats.topOperations.map((each) => [each.operation, each.count]))).toEqual(
      new Map(names.map((name) => [name, count(name)])),
    );
    expect(await traceTotals(table.engine, undefined)).toEqual({ traces, failedTraces: stats.failedTraces });
  });

  it('of agents and models are those of their spans', async () => {
    const done = all.flatMap((trace) => trace.spans).filter(({ durationNanos }) => durationNanos !== undefined);
    const sum = (of: typeof done, member: 'inputTokens' | 'outputTokens' | 'requestBytes') =>
      of.reduce((total, each) => total + (each[member] ?? 0), 0);
    for (const each of await agentStatistics(table.engine, undefined)) {
      const own = done.filter(({ service }) => service === each.agent);
      expect(each).toMatchObject({ spans: own.length, inputTokens: sum(own, 'inputTokens'), requestBytes: sum(own, 'requestBytes') });
    }
    const models = await modelStatistics(table.engine, undefined);
    expect(models.map(({ provider }) => provider).sort()).toEqual(['', 'anthropic']);
    for (const each of models) {
      const own = done.filter(({ model }) => model === each.model);
      expect(each).toMatchObject({ calls: own.length, inputTokens: sum(own, 'inputTokens'), outputTokens: sum(own, 'outputTokens') });
    }
  });

  it('of edges are those of calls between agents', async () => {
    const expectedEdges = new Map<string, number[]>();
    for (const { spans } of all) {
      for (const each of spans) {
        if (each.durationNanos === undefined || each.parentIndex === undefined || isInternalName(each.name)) continue;
        let caller = spans[each.parentIndex];
        for (let level = 0; level < 2 && caller?.name.startsWith('_internal_') && caller.parentIndex !== undefined; level++)
          caller = spans[caller.parentIndex];
        if (caller === undefined || caller.service === each.service) continue;
        const key = `${caller.service} ${each.service} ${each.name}`;
        expectedEdges.set(key, [...(expectedEdges.get(key) ?? []), Number(each.durationNanos) / 1e6]);
      }
    }
    const edges = await edgeStatistics(table.engine, undefined);
    expect(edges.length).toBe(expectedEdges.size);
    for (const edge of edges) {
      const took = expectedEdges.get(`${edge.source} ${edge.target} ${edge.operation}`)?.sort((a, b) => a - b) ?? [];
      expect(edge.calls).toBe(took.length);
      expect(edge.maxMillis).toBeCloseTo(took.at(-1) ?? -1, 6);
      expect(edge.averageMillis).toBeCloseTo(took.reduce((sum, each) => sum + each, 0) / took.length, 6);
      const p95 = took[Math.ceil(took.length * 0.95) - 1] ?? -1;
      expect(Math.abs(edge.p95Millis - p95)).toBeLessThanOrEqual(p95 * 0.006 + 1e-6);
    }
    const chosen = selectEdges(edges, 12);
    expect(new Set(chosen.map(({ source, target }) => `${source} ${target}`)).size).toBe(12);
  });
});
