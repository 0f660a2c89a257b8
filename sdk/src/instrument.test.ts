import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage } from '../test/build-package.ts';
import { type Conversation, conversations, seenInHandler, slowCalls } from '../test/conversations.ts';
import { RecordingCollector } from '../test/recording-collector.ts';
import { instrument } from './instrument.ts';
import { flush } from './telemetry.ts';

let collector: RecordingCollector;

beforeAll(async () => {
  // Servers on stdio run the built package.
  await buildPackage();
  collector = await RecordingCollector.start();
});
afterAll(() => collector.stop());

async function until<T>(probe: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 2000; tries += 1) {
    await flush(1000);
    const found = probe();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(
    `nothing came; there are ${collector.spans.map((span) => `${span.kind} ${span.name} ${span.attributes['meshscope.outcome']}`).join(', ')}`,
  );
}

const start = (which: (typeof conversations)[number]): Promise<Conversation> =>
  which.start((role, target) => instrument(target, { url: collector.url, service: `test-${role}`, flushMillis: 20 }), collector.url);

describe.each(conversations)('$name', (which) => {
  it('records each call once on both sides, in one trace', async () => {
    collector.clear();
    seenInHandler.length = 0;
    const conversation = await start(which);
    await conversation.list();
    await conversation.call('add', { a: 1, b: 2 });
    const answer = await conversation.call('add', { a: 3, b: 4 });
    expect(answer.content).toEqual([{ type: 'text', text: '7' }]);
    await conversation.call('fail');

    const [client, server] = await until(() => {
      const spans = collector.spans.filter((span) => span.name === 'tools/call add');
      const callers = spans.filter((span) => span.kind === 3);
      const callees = spans.filter((span) => span.kind === 2);
      return callers.length === 2 &&
        callees.length === 2 &&
        collector.spans.some((span) => span.kind === 2 && span.name === 'tools/call fail')
        ? [callers, callees]
        : undefined;
    });
    for (const span of server) {
      const parent = client.find((one) => one.spanId === span.parentSpanId);
      expect(parent?.traceId).toBe(span.traceId);
      expect(span.attributes).toMatchObject({
        'mcp.method.name': 'tools/call',
        'gen_ai.tool.name': 'add',
        'gen_ai.operation.name': 'execute_tool',
        'meshscope.outcome': 'ok',
      });
      expect(span.attributes['network.transport']).toBe(which.transport);
      expect(span.attributes['meshscope.request_bytes']).toBeGreaterThan(90);
      expect(span.attributes['meshscope.response_bytes']).toBeGreaterThan(60);
      expect(span.status.code).toBe(0);
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    }
    // Every request is seen exactly once on each side, whatever its method.
    for (const kind of [2, 3]) {
      // Cancelled calls of the conversation before still end.
      const own = collector.spans.filter((span) => span.kind === kind && span.name !== 'tools/call slow');
      const ids = own.flatMap((span) => span.attributes['jsonrpc.request.id'] ?? []);
      expect(new Set(ids).size).toBe(ids.length);
    }
    // A handler in this process runs inside the span of its call.
    if (!which.name.includes('stdio')) {
      expect(new Set(seenInHandler.map((one) => one.spanId))).toEqual(new Set(server.map((span) => span.spanId)));
      expect(seenInHandler.every((one) => one.requestId !== undefined)).toBe(true);
    }
    const failed = collector.spans.filter((span) => span.name === 'tools/call fail');
    expect(failed.map((span) => [span.attributes['error.type'], span.status.code])).toEqual([
      ['tool_error', 2],
      ['tool_error', 2],
    ]);
    // The legacy era begins with a notification, which has a span on both sides too.
    if (!which.isModern) {
      const [sent, came] = await until(() => {
        const found = [3, 2].map((kind) => collector.spans.find((span) => span.kind === kind && span.name === 'notifications/initialized'));
        return found.every((one) => one !== undefined) && found;
      });
      expect([came?.traceId, came?.parentSpanId]).toEqual([sent?.traceId, sent?.spanId]);
    }
    if (which.isModern) {
      expect(
        server.every((span) => span.attributes['mcp.protocol.version'] === '2026-07-28' && span.attributes['mcp.session.id'] === undefined),
      ).toBe(true);
      expect(server[0]?.attributes['mcp.client.name']).toBe('tester');
    }
    await conversation.close();
  });

  it('tells an unknown tool, a throwing tool and bad arguments apart from success', async () => {
    collector.clear();
    const conversation = await start(which);
    await conversation.call('nope').catch(() => undefined);
    await conversation.call('add', { a: 'x' }).catch(() => undefined);
    await conversation.call('throw').catch(() => undefined);
    const logs = await until(() => {
      const found = collector.logs.filter((log) => (log.mcp as { role?: string } | undefined)?.role === 'client' && log.tool !== undefined);
      return found.length === 3 && found;
    });
    expect(logs.map((log) => log.ok)).toEqual([false, false, false]);
    expect(logs.map((log) => log.level)).toEqual(['ERROR', 'ERROR', 'ERROR']);
    await conversation.close();
  });

  it('closes the span of a cancelled call', async () => {
    collector.clear();
    const conversation = await start(which);
    const controller = new AbortController();
    const before = slowCalls.begun;
    const call = conversation.call('slow', {}, controller.signal).catch(() => 'gone');
    // Over HTTP the cancellation is another request, which must not overtake the call. A call that was not sent yet is none.
    if (which.name.includes('stdio')) await new Promise((resolve) => setTimeout(resolve, 300));
    else await until(() => slowCalls.begun > before);
    controller.abort(new Error('the user gave up'));
    expect(await call).toBe('gone');
    const outcome = await until(
      () => collector.spans.find((span) => span.kind === 3 && span.name === 'tools/call slow')?.attributes['meshscope.outcome'],
    );
    expect(outcome).toBe('cancelled');
    // At the other side too, except where the legacy era does not tell a server over HTTP without sessions which call is meant.
    if (!['v1 HTTP without sessions', 'v2 HTTP, legacy era'].includes(which.name)) {
      const other = await until(
        () =>
          collector.spans.find(
            (span) =>
              span.kind === 2 &&
              span.name === 'tools/call slow' &&
              span.service.startsWith(which.name.includes('stdio') ? 'adder' : 'test'),
          )?.attributes['meshscope.outcome'],
      );
      expect(other).toBe('cancelled');
    }
    await conversation.close();
  });
});
