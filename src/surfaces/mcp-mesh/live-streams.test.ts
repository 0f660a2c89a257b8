import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTraceTable, span, type TraceTable } from '../../queries/traces/testing/trace-table.ts';
import { createTraceQueries } from '../../queries/traces/trace-queries.ts';
import { MeshServer, meshSettings } from './testing/mesh-server.ts';

const openedAt = 1_763_700_000_000;
type Event = { event: string; data: Record<string, unknown> };

class Viewer {
  readonly events: Event[] = [];
  status = 0;
  ended = false;
  readonly #response: IncomingMessage;
  #text = '';

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    response.on('error', () => undefined);
    response.on('close', () => {
      this.ended = true;
    });
    response.on('data', (text: string) => {
      this.#text += text;
      const blocks = this.#text.split('\n\n');
      this.#text = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
        if (event !== undefined && data !== undefined) this.events.push({ event, data: JSON.parse(data) });
      }
    });
  }

  named(event: string): Record<string, unknown>[] {
    return this.events.filter((each) => each.event === event).map(({ data }) => data);
  }

  pause = (): void => void this.#response.pause();
  resume = (): void => void this.#response.resume();
  close = (): void => void this.#response.destroy();
}

let table: TraceTable;
let server: MeshServer;
let statements: number;

beforeAll(async () => {
  table = await openTraceTable();
});
afterAll(() => table.close());

beforeEach(async () => {
  statements = 0;
  const counting = new Proxy(table.engine, {
    get: (target, name) =>
      name === 'select' || name === 'selectColumns'
        ? (...args: Parameters<typeof target.select>) => {
            statements++;
            return target[name](...args);
          }
        : Reflect.get(target, name),
  });
  server = new MeshServer(table, openedAt, {
    settings: { ...meshSettings, consumerEnabled: true },
    queries: createTraceQueries(counting, meshSettings, {}, () => server.clock.now),
  });
  await server.app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => server.app.close());

async function watch(path: string): Promise<Viewer> {
  const { port } = server.app.server.address() as AddressInfo;
  const sent = request({ port, host: '127.0.0.1', path }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return new Viewer(response);
}

const soon = { timeout: 60_000, interval: 20 };

describe('/traces/{id}/stream', () => {
  it('gives each viewer what is stored and what comes, once', async () => {
    await table.load([
      span({
        traceId: 'live-1',
        spanId: 'a',
        record: 'start',
        name: 'op',
        startNanos: '1763700000123000000',
        service: 'agent',
        instance: 'i',
        address: '10.0.0.1',
        runtime: 'go',
        capability: 'cap',
      }),
    ]);
    const viewers = [
      await watch('/traces/live-1/stream'),
      await watch('/traces/LIVE-1/stream'),
      await watch('/traces/live-1/stream'),
    ] as const;
    await vi.waitFor(() => expect(viewers[2].named('trace_event')).toHaveLength(1), soon);
    const segment = await table.load([
      span({
        traceId: 'live-1',
        spanId: 'a',
        record: 'end',
        name: 'op',
        endNanos: '1763700000150000000',
        durationNanos: '27900000',
        status: 'ok',
        service: 'agent',
      }),
      span({
        traceId: 'live-1',
        spanId: 'b',
        parentId: 'a',
        name: 'whole',
        startNanos: '1',
        endNanos: '2',
        status: 'error',
        statusMessage: 'boom',
      }),
      span({ traceId: 'another', spanId: 'c', name: 'x', startNanos: '1', endNanos: '2' }),
    ]);
    server.loaded(segment);
    server.loaded(segment);
    await vi.waitFor(() => expect(viewers[0].named('trace_event')).toHaveLength(3), soon);
    await vi.waitFor(() => expect(viewers[2].named('trace_event')).toHaveLength(3), soon);
    expect(viewers[0].events.map(({ event }) => event)).toEqual(['connected', 'trace_event', 'trace_event', 'trace_event']);
    expect(viewers[0].named('connected')).toEqual([
      { message: 'Connected to trace stream', timestamp: '2025-11-21T04:40:00Z', trace_id: 'live-1' },
    ]);
    expect(viewers[0].named('trace_event')).toEqual([
      {
        agent_id: 'i',
        details: { agent_name: 'agent', capability: 'cap', ip_address: '10.0.0.1', operation: 'op', runtime: 'go' },
        event_type: 'task_started',
        timestamp: '2025-11-21T04:40:00Z',
        trace_id: 'live-1',
      },
      {
        agent_id: '',
        details: { agent_name: 'agent', duration_ms: 27, ip_address: '', operation: 'op', runtime: '', success: true },
        event_type: 'task_completed',
        timestamp: '2025-11-21T04:40:00Z',
        trace_id: 'live-1',
      },
      {
        agent_id: '',
        details: { agent_name: '', error_message: 'boom', ip_address: '', operation: 'whole', runtime: '', success: false },
        event_type: 'agent_called',
        parent_span_id: 'a',
        timestamp: '1970-01-01T00:00:00Z',
        trace_id: 'live-1',
      },
    ]);
    expect(viewers[1].named('trace_event')).toEqual([]);
  });

  it('refuses ids that are too short, in upstream’s form', async () => {
    expect(await server.get('/traces/ab/stream')).toMatchObject({
      status: 400,
      json: { error: 'Invalid trace ID format', timestamp: '2025-11-21T04:40:00Z' },
    });
  });

  it('asks nothing and holds nothing when its viewers are gone', async () => {
    const viewer = await watch('/traces/some/stream');
    await vi.waitFor(() => expect(viewer.named('connected')).toHaveLength(1), soon);
    expect(server.listeners.size).toBe(1);
    viewer.close();
    await vi.waitFor(() => expect(server.listeners.size).toBe(0), soon);
    const before = statements;
    server.loaded(1);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(statements).toBe(before);
  });

  it('ends with the server', async () => {
    const viewer = await watch('/traces/some/stream');
    await server.app.close();
    await vi.waitFor(() => expect(viewer.ended).toBe(true), soon);
  });

  it('cuts off a client that does not read, and nobody else', async () => {
    const [slow, quick] = [await watch('/traces/much/stream'), await watch('/traces/much/stream')];
    slow.pause();
    const name = 'x'.repeat(100_000);
    for (let round = 0; round < 8; round++) {
      const segment = await table.load(
        Array.from({ length: 60 }, (_, at) => span({ traceId: 'much', spanId: `${round} ${at}`, name, startNanos: '1', endNanos: '2' })),
      );
      server.loaded(segment);
      await vi.waitFor(() => expect(quick.named('trace_event')).toHaveLength((round + 1) * 60), soon);
    }
    // The slow one was cut off by the server: what it had not read is not kept.
    slow.resume();
    await vi.waitFor(() => expect(slow.ended).toBe(true), soon);
    expect(slow.named('trace_event').length).toBeLessThan(480);
    expect(quick.ended).toBe(false);
  });
});

describe('/api/traces/live', () => {
  it('tells of start, updates and completion', async () => {
    const viewer = await watch('/api/traces/live');
    await vi.waitFor(
      () => expect(viewer.named('connected')).toEqual([{ message: 'Connected to live trace stream', timestamp: '2025-11-21T04:40:00Z' }]),
      soon,
    );
    const times = { startNanos: '1763700000000000000', endNanos: '1763700000010000000', status: 'ok' } as const;
    server.loaded(
      await table.load(
        [span({ traceId: 'seen', spanId: 'c', parentId: 'p', name: 'tool', service: 'two', runtime: 'python', ...times })],
        openedAt,
      ),
    );
    await vi.waitFor(() => expect(viewer.named('trace_started')).toHaveLength(1), soon);
    server.loaded(
      await table.load(
        [span({ traceId: 'seen', spanId: 'p', parentId: 'r', name: 'proxy_call_wrapper', service: 'one', ...times })],
        openedAt,
      ),
    );
    await vi.waitFor(() => expect(viewer.named('trace_update').length).toBeGreaterThan(0), soon);
    const second = await watch('/api/traces/live');
    await vi.waitFor(() => expect(second.named('trace_update')).toHaveLength(1), soon);
    server.loaded(
      await table.load(
        [span({ traceId: 'seen', spanId: 'r', name: 'root', service: 'one', ...times, startNanos: '1763699999999000000' })],
        openedAt,
      ),
    );
    await vi.waitFor(() => expect(viewer.named('trace_update').at(-1)).toMatchObject({ span_count: 2 }), soon);
    server.clock.now = openedAt + 5000;
    for (const each of [viewer, second]) {
      await vi.waitFor(() => expect(each.named('trace_completed')).toHaveLength(1), soon);
      expect(each.named('trace_completed')[0]).toEqual({
        trace_id: 'seen',
        root_agent: 'one',
        root_operation: 'root',
        start_time: '2025-11-21T04:39:59.999Z',
        completed: true,
        duration_ms: 11,
        has_error: false,
        span_count: 2,
        agents: ['one', 'two'],
        spans: [
          { span_id: 'r', agent_name: 'one', operation: 'root', duration_ms: 11, success: true },
          { span_id: 'c', effective_parent: 'r', agent_name: 'two', operation: 'tool', duration_ms: 10, success: true, runtime: 'python' },
        ],
      });
    }
    expect(viewer.named('trace_started')[0]).toMatchObject({ trace_id: 'seen', completed: false, span_count: 1, root_operation: 'tool' });
  });

  it('goes on after a failure of the engine', async () => {
    const viewer = await watch('/api/traces/live');
    const select = vi.spyOn(table.engine, 'select').mockRejectedValueOnce(new Error('broken'));
    server.loaded(await table.load([span({ traceId: 'lost', spanId: 'a', name: 'x', startNanos: '1', endNanos: '2' })], openedAt));
    await vi.waitFor(() => expect(select).toHaveBeenCalled(), soon);
    select.mockRestore();
    server.loaded(await table.load([span({ traceId: 'after', spanId: 'a', name: 'x', startNanos: '1', endNanos: '2' })], openedAt));
    await vi.waitFor(() => expect(viewer.named('trace_started').map(({ trace_id }) => trace_id)).toContain('after'), soon);
  });
});
