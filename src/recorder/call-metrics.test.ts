import { describe, expect, it } from 'vitest';
import { CallMetrics } from './call-metrics.ts';
import { Conversation } from './conversation.ts';

type Point = { attributes?: { key: string; value: { stringValue?: string } }[]; asInt?: string; count?: string; sum?: number };
type Data = { dataPoints: Point[] };
type Metric = { name: string; sum?: Data; gauge?: Data; histogram?: Data };

/** A conversation; `take` gets what passed, with the milliseconds of the clock. */
function watched() {
  const metrics = new CallMetrics(1_795_000_000_000);
  const conversation: Conversation = new Conversation({
    onCall: (call) => metrics.sawCall(call, conversation.parties, 'pipe'),
    onStart: () => undefined,
    onLog: (log) => metrics.sawLog(log),
    onNotification: () => undefined,
    onInvalid: () => undefined,
  });
  const unwatch = metrics.watch(() => conversation.openCalls);
  const moment = (monotonic: number) => ({ wall: 1_795_000_000_000 + monotonic, monotonic });
  let id = 0;
  return {
    metrics,
    unwatch,
    conversation,
    ask: (method: string, params: Readonly<Record<string, unknown>>, at = 0) => {
      conversation.take('client', { kind: 'request', id: ++id, method, params }, 100, moment(at));
      return id;
    },
    answer: (to: number, result: Readonly<Record<string, unknown>>, at = 0, bytes = 1000) =>
      conversation.take('server', { kind: 'result', id: to, result }, bytes, moment(at)),
    refuse: (to: number, code: number) =>
      conversation.take('server', { kind: 'error', id: to, code, message: 'no', data: undefined }, 50, moment(0)),
    log: (level: string) =>
      conversation.take('server', { kind: 'notification', method: 'notifications/message', params: { level, data: 'x' } }, 10, moment(0)),
  };
}

/** Points by the name of their metric: their attributes and their number. */
function points(metrics: CallMetrics): Readonly<Record<string, readonly (readonly [string, number])[]>> {
  const all = JSON.parse(`[${metrics.takeOtlp(1_795_000_001_000)}]`) as Metric[];
  return Object.fromEntries(
    all.map(({ name, sum, gauge, histogram }) => [
      name,
      (sum ?? gauge ?? histogram)?.dataPoints.map(({ attributes = [], asInt, count }) => [
        attributes.map(({ value }) => value.stringValue ?? 'overflow').join(' '),
        Number(asInt ?? count),
      ]) ?? [],
    ]),
  );
}

describe("a recorder's metrics", () => {
  it('count calls, their time and their bytes', () => {
    const { metrics, ask, answer } = watched();
    const result = { content: [{ type: 'text', text: 'x' }] };
    for (const took of [0.15, 0.4, 3]) answer(ask('tools/call', { name: 'echo' }), result, took);
    const [histogram] = JSON.parse(`[${metrics.takeOtlp(1)}]`).filter(({ name }: Metric) => name === 'mcp.server.operation.duration');
    expect(histogram.histogram.dataPoints).toHaveLength(1);
    metrics.putBack();
    const [{ bucketCounts, explicitBounds, sum }] = histogram.histogram.dataPoints;
    expect(bucketCounts.slice(0, 6)).toEqual(['0', '1', '1', '0', '0', '1']);
    expect(bucketCounts).toHaveLength(explicitBounds.length + 1);
    expect(sum).toBeCloseTo(0.00355, 9);
    expect(points(metrics)).toMatchObject({
      'mcp.server.operation.duration': [['tools/call execute_tool echo pipe ok', 3]],
      'meshscope.mcp.request.bytes': [['tools/call execute_tool echo', 300]],
      'meshscope.mcp.response.bytes': [['tools/call execute_tool echo', 3000]],
    });
  });

  it('tell names that the server knows, and no others', () => {
    const { metrics, ask, answer, refuse } = watched();
    answer(ask('tools/list', {}), { tools: [{ name: 'listed' }, { name: 7 }, null] });
    for (const name of ['listed', 'made-up', 'another']) refuse(ask('tools/call', { name }), -32602);
    expect(points(metrics)['mcp.server.operation.duration']).toEqual([
      ['tools/list pipe ok', 1],
      ['tools/call execute_tool listed pipe -32602 -32602 rpc_error', 1],
      ['tools/call execute_tool _OTHER pipe -32602 -32602 rpc_error', 2],
    ]);
  });

  it('add up the pages of a list, and take the last list for the size of definitions', () => {
    const { metrics, ask, answer } = watched();
    answer(ask('tools/list', {}), { tools: [], nextCursor: 'b' }, 0, 500);
    expect(points(metrics)['meshscope.mcp.definition.bytes']).toBeUndefined();
    expect(Object.keys(points(metrics))).toEqual(['meshscope.mcp.calls.in_flight']);
    answer(ask('tools/list', { cursor: 'b' }), { tools: [] }, 0, 400);
    answer(ask('prompts/list', {}), { prompts: [] }, 0, 30);
    expect(points(metrics)['meshscope.mcp.definition.bytes']).toEqual([
      ['tools/list', 900],
      ['prompts/list', 30],
    ]);
    answer(ask('tools/list', {}), { tools: [] }, 0, 200);
    expect(points(metrics)['meshscope.mcp.definition.bytes']?.[0]).toEqual(['tools/list', 200]);
  });

  it('say what is open, and are due as long as something is', () => {
    const { metrics, ask, answer, unwatch } = watched();
    expect(metrics.isDue).toBe(false);
    const [first] = [ask('tools/call', { name: 'a' }), ask('tools/call', { name: 'b' })];
    expect(metrics.isDue).toBe(true);
    expect(points(metrics)['meshscope.mcp.calls.in_flight']).toEqual([['', 2]]);
    expect(metrics.isDue).toBe(true);
    answer(first as number, { content: [] });
    expect(points(metrics)['meshscope.mcp.calls.in_flight']).toEqual([['', 1]]);
    ask('subscriptions/listen', {});
    expect(points(metrics)['meshscope.mcp.calls.in_flight']).toEqual([['', 1]]);
    unwatch();
    expect(metrics.isDue).toBe(true);
    expect(points(metrics)['meshscope.mcp.calls.in_flight']).toEqual([['', 0]]);
    expect(metrics.isDue).toBe(false);
  });

  it('count logs by level, and have a bound', () => {
    const { metrics, log } = watched();
    for (let level = 0; level < 1000; level++) log(`l${level % 700}`);
    log('l0');
    const logs = points(metrics)['meshscope.mcp.protocol_logs'] ?? [];
    expect(logs).toHaveLength(501);
    expect(logs[0]).toEqual(['l0', 3]);
    expect(logs.reduce((sum, [, count]) => sum + count, 0)).toBe(1001);
    expect(logs.at(-1)?.[0]).toBe('overflow');
  });
});
