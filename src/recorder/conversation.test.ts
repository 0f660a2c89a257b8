import { describe, expect, it } from 'vitest';
import type { CallRecord, SeenNotification, ServerLog, StartedCall } from './call-record.ts';
import { Conversation, type Side } from './conversation.ts';
import { parseMessages } from './json-rpc.ts';

function follow() {
  const calls: CallRecord[] = [];
  const starts: StartedCall[] = [];
  const logs: ServerLog[] = [];
  const notifications: SeenNotification[] = [];
  const invalid: string[] = [];
  let now = 0;
  const conversation = new Conversation({
    onCall: (call) => calls.push(call),
    onStart: (call) => starts.push(call),
    onLog: (log) => logs.push(log),
    onNotification: (notification) => notifications.push(notification),
    onInvalid: (side, reason) => invalid.push(`${side}: ${reason}`),
  });
  const moment = () => ({ wall: 1000 + now, monotonic: now });
  const say = (side: Side) => (message: unknown, at: number) => {
    now = at;
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    for (const parsed of parseMessages(text)) conversation.take(side, parsed, text.length, moment());
  };
  return { calls, starts, logs, notifications, invalid, conversation, moment, client: say('client'), server: say('server') };
}

const call = (id: string | number, name = 'add', more: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: { a: 1 }, ...more },
});
const answer = (id: string | number, result: unknown) => ({ result, jsonrpc: '2.0', id });
const content = { content: [{ type: 'text', text: 'three' }] };

describe('a call', () => {
  it.each([
    ['ok', answer(0, content), undefined],
    ['empty', answer(0, { content: [] }), undefined],
    [
      'tool_error',
      answer(0, { isError: true, content: [{ type: 'text', text: 'no such city' }] }),
      { type: 'tool_error', code: undefined, message: 'no such city' },
    ],
    [
      'rpc_error',
      { jsonrpc: '2.0', id: 0, error: { code: -32602, message: 'Unknown tool' } },
      { type: '-32602', code: -32602, message: 'Unknown tool' },
    ],
    ['invalid_result', answer(0, 'text'), { type: 'invalid_result', code: undefined, message: 'the result is no object' }],
  ])('ends as %s', (outcome, message, error) => {
    const { calls, client, server } = follow();
    client(call(0), 10);
    server(message, 35);
    expect(calls).toMatchObject([
      { method: 'tools/call', target: 'add', from: 'client', id: 0, startMillis: 1010, durationMillis: 25, outcome, retries: 0 },
    ]);
    expect(calls[0]?.error).toEqual(error);
  });

  it.each([
    ['cancelled', { requestId: 7, reason: 'not needed' }],
    ['timed_out', { requestId: 7, reason: 'Request timed out' }],
  ])('ends as %s by a notification, and a late answer changes nothing', (outcome, params) => {
    const { calls, client, server } = follow();
    client(call(7), 0);
    client({ jsonrpc: '2.0', method: 'notifications/cancelled', params }, 50);
    server(answer(7, content), 60);
    expect(calls.map((one) => [one.outcome, one.durationMillis])).toEqual([[outcome, 50]]);
  });

  it.each(['abandoned', 'transport'] as const)('without an answer ends as %s with the conversation', (why) => {
    const { calls, client, conversation, moment } = follow();
    client(call(1), 0);
    conversation.close(moment(), why, 'the server ended (exit code 1)');
    expect(calls).toMatchObject([{ outcome: why, error: { message: 'the server ended (exit code 1)' } }]);
    expect(conversation.openCalls).toBe(0);
  });

  it('is found again by the type and value of its id, and by who asked', () => {
    const { calls, client, server } = follow();
    client(call(1, 'number'), 0);
    client(call('1', 'text'), 1);
    server({ jsonrpc: '2.0', id: 1, method: 'roots/list' }, 2);
    server(answer('1', content), 3);
    client(answer(1, { roots: [] }), 4);
    server(answer(1, content), 5);
    expect(calls.map(({ target, method, from }) => target ?? `${from} ${method}`)).toEqual(['text', 'server roots/list', 'number']);
  });

  it('whose id is used again before an answer is abandoned', () => {
    const { calls, client, server } = follow();
    client(call(1, 'first'), 0);
    client(call(1, 'second'), 5);
    server(answer(1, content), 9);
    expect(calls.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['first', 'abandoned'],
      ['second', 'ok'],
    ]);
  });

  it('that asks for input is one call of several rounds, and the waiting is not the tool', () => {
    const { calls, client, server } = follow();
    client(call(1, 'book'), 0);
    server(answer(1, { resultType: 'input_required', inputRequests: {}, requestState: 'opaque' }), 10);
    client(call(2, 'book', { inputResponses: {}, requestState: 'opaque' }), 5010);
    server(answer(2, { ...content, resultType: 'complete' }), 5030);
    expect(calls).toMatchObject([{ target: 'book', outcome: 'ok', rounds: 2, durationMillis: 5030, humanMillis: 5000 }]);
  });

  it('during which a person is asked knows how long that took', () => {
    const { calls, client, server } = follow();
    client(call(1, 'pay'), 0);
    server({ jsonrpc: '2.0', id: 'e1', method: 'elicitation/create', params: { message: 'Sure?' } }, 10);
    client(answer('e1', { action: 'accept' }), 910);
    server(answer(1, content), 1000);
    expect(calls.map(({ method, humanMillis }) => [method, humanMillis])).toEqual([
      ['elicitation/create', 0],
      ['tools/call', 900],
    ]);
  });

  it('after the same one failed is a retry', () => {
    const { calls, client, server } = follow();
    for (const [id, result] of [
      [1, { isError: true, content: [] }],
      [2, { isError: true, content: [] }],
      [3, content],
      [4, content],
    ] as const) {
      client(call(id), id * 10);
      server(answer(id, result), id * 10 + 5);
    }
    expect(calls.map(({ retries }) => retries)).toEqual([0, 1, 2, 0]);
  });

  it('without structured content, where the tool declares a schema, has an invalid result', () => {
    const { calls, client, server } = follow();
    client({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, 0);
    server(answer(1, { tools: [{ name: 'add', outputSchema: { type: 'object' } }] }), 1);
    client(call(2), 2);
    server(answer(2, content), 3);
    client(call(3), 4);
    server(answer(3, { ...content, structuredContent: { sum: 3 } }), 5);
    expect(calls.slice(1).map(({ outcome }) => outcome)).toEqual(['invalid_result', 'ok']);
  });
});

describe('a conversation', () => {
  it('learns who talks, in both eras', () => {
    const legacy = follow();
    legacy.client(
      { jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', clientInfo: { name: 'c', version: '1' } } },
      0,
    );
    legacy.server(answer(0, { protocolVersion: '2025-06-18', serverInfo: { name: 's', version: '2' } }), 1);
    expect(legacy.conversation.parties).toEqual({
      clientName: 'c',
      clientVersion: '1',
      serverName: 's',
      serverVersion: '2',
      protocolVersion: '2025-06-18',
    });
    const modern = follow();
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'm', version: '3' },
    };
    modern.client(call(0, 'add', { _meta: meta }), 0);
    modern.server(answer(0, { ...content, _meta: { 'io.modelcontextprotocol/serverInfo': { name: 't', version: '4' } } }), 1);
    expect(modern.conversation.parties).toEqual({
      clientName: 'm',
      clientVersion: '3',
      serverName: 't',
      serverVersion: '4',
      protocolVersion: '2026-07-28',
    });
  });

  it('gives a protocol log to the only open call, and never guesses', () => {
    const { logs, client, server } = follow();
    const log = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'warning', logger: 'db', data: { slow: true } } };
    client(call(1), 0);
    server(log, 1);
    client(call(2, 'other'), 2);
    server(log, 3);
    expect(logs).toMatchObject([{ level: 'warning', logger: 'db', data: { slow: true }, call: { id: 1 } }, { call: undefined }]);
  });

  it('takes batches, and calls what is no message invalid', () => {
    const { calls, invalid, client, server } = follow();
    client([call(1), call(2)], 0);
    server([answer(2, content), answer(1, content)], 5);
    for (const line of ['Server started', '[]', '42', '{}', '{"id":null,"method":3}', 'null']) server(line, 6);
    server('{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"}}', 7);
    server(answer('unknown', content), 8);
    expect(calls.map(({ id }) => id)).toEqual([2, 1]);
    expect(invalid).toHaveLength(6);
  });

  it('counts progress, and shows the first of each call', () => {
    const { calls, notifications, client, server } = follow();
    client(call(1, 'long', { _meta: { progressToken: 't' } }), 0);
    for (const progress of [1, 2, 3])
      server({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 't', progress } }, progress);
    server(answer(1, content), 9);
    expect(calls[0]?.progressCount).toBe(3);
    server({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 't', progress: 4 } }, 10);
    expect(notifications).toMatchObject([
      { method: 'notifications/progress', from: 'server', timeMillis: 1001, params: { progress: 1 }, call: { id: 1, target: 'long' } },
    ]);
  });

  it('tells of other notifications of both sides, with the call that they name', () => {
    const { calls, logs, notifications, client, server } = follow();
    client({ jsonrpc: '2.0', method: 'notifications/initialized' }, 1);
    client(call(7), 2);
    server({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'file:///a' } }, 3);
    client({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7, reason: 'enough' } }, 4);
    client({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: {} } }, 5);
    server({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } }, 6);
    client({ jsonrpc: '2.0', method: 'notifications/message', params: [] }, 7);
    server({ jsonrpc: '2.0', method: '', params: null }, 8);
    expect(notifications.map(({ from, method, timeMillis, call: named }) => [from, method, timeMillis, named?.id])).toEqual([
      ['client', 'notifications/initialized', 1001, undefined],
      ['server', 'notifications/resources/updated', 1003, undefined],
      ['client', 'notifications/cancelled', 1004, 7],
      ['client', 'notifications/cancelled', 1005, undefined],
      ['client', 'notifications/message', 1007, undefined],
      ['server', '', 1008, undefined],
    ]);
    expect([calls.length, logs.length]).toEqual([1, 1]);
  });

  it('shared by clients keeps their calls and logs apart', () => {
    const { calls, logs, conversation, moment } = follow();
    const say = (side: Side, message: object, scope: string) => {
      for (const parsed of parseMessages(JSON.stringify(message))) conversation.take(side, parsed, 10, moment(), scope);
    };
    say('client', call(0, 'one'), 'a');
    say('client', call(0, 'two'), 'b');
    say('server', { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } }, 'b');
    say('server', answer(0, content), 'b');
    conversation.giveUp(0, 'a', 'cancelled', { type: 'cancelled', code: undefined, message: 'gone' }, moment());
    conversation.giveUp(0, 'a', 'cancelled', { type: 'cancelled', code: undefined, message: 'gone' }, moment());
    expect(calls.map(({ target, outcome }) => [target, outcome])).toEqual([
      ['two', 'ok'],
      ['one', 'cancelled'],
    ]);
    expect(logs).toMatchObject([{ call: { target: 'two' } }]);
  });

  it('finds the round that goes on by what the server gave with its question', () => {
    const { calls, client, server } = follow();
    for (const [id, state] of [
      [1, 'first'],
      [2, 'second'],
    ] as const) {
      client(call(id, 'book'), id);
      server(answer(id, { resultType: 'input_required', requestState: state }), id);
    }
    client(call(3, 'book', { inputResponses: {}, requestState: 'first' }), 100);
    server(answer(3, content), 110);
    expect(calls).toMatchObject([{ rounds: 2, startMillis: 1001 }]);
  });
});

describe('a request that is open for long', () => {
  it('is reported once while it is, with the ids of its span', () => {
    const { conversation, calls, starts, client, server } = follow();
    const look = (at: number) => conversation.reportOpen({ wall: 1000 + at, monotonic: at });
    client(call(1, 'quick'), 0);
    client(call(2, 'slow'), 100);
    client({ jsonrpc: '2.0', id: 3, method: 'subscriptions/listen', params: {} }, 100);
    server(answer(1, content), 900);
    look(1099);
    expect(starts).toEqual([]);
    look(1100);
    look(5000);
    expect(starts).toMatchObject([{ method: 'tools/call', target: 'slow', id: 2, from: 'client', startMillis: 1100 }]);
    server(answer(2, content), 6000);
    look(7000);
    expect(starts).toHaveLength(1);
    expect(calls.map(({ target, ids }) => [target, ids])).toEqual([
      ['quick', undefined],
      ['slow', starts[0]?.ids],
    ]);
  });

  it('keeps its ids over rounds, and is not reported while it waits for input', () => {
    const { conversation, calls, starts, client, server } = follow();
    const look = (at: number) => conversation.reportOpen({ wall: 1000 + at, monotonic: at });
    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    client(call(1, 'ask', { _meta: { traceparent: parent } }), 0);
    look(1500);
    server(answer(1, { resultType: 'input_required', requestState: 's' }), 2000);
    look(3000);
    client(call(2, 'ask', { requestState: 's', inputResponses: {} }), 4000);
    look(6000);
    server(answer(2, content), 7000);
    expect(starts.map(({ ids }) => [ids.traceId, ids.parentId])).toEqual([['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']]);
    expect(calls).toMatchObject([{ rounds: 2, ids: starts[0]?.ids }]);
  });
});
