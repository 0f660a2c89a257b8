import { describe, expect, it } from 'vitest';
import { type RecordedLine, recordedMessage, sessionMessages } from './session-messages.ts';

const call: RecordedLine = {
  id: 'a',
  timestamp: '2026-11-21T10:00:01.000Z',
  request_id: 's-1:7',
  ok: true,
  request: { method: 'tools/call', status: 'ok', duration_ms: 400, params: { city: 'Oslo' } },
  mcp: { session: 's-1', from: 'client', target: 'get_weather', outcome: 'ok', human_ms: 250, request_bytes: 80, response_bytes: 900 },
};
const failed: RecordedLine = {
  id: 'b',
  timestamp: '2026-11-21T10:00:00.900Z',
  request_id: 's-1:"x:y"',
  ok: false,
  request: { method: 'sampling/createMessage', duration_ms: 100 },
  exception: { type: '-32601', message: 'no' },
  mcp: { session: 's-1', from: 'server', outcome: 'rpc_error' },
};
const log: RecordedLine = {
  id: 'c',
  timestamp: '2026-11-21T10:00:00.700Z',
  msg: 'looking',
  mcp: { session: 's-1', log: { level: 'info', logger: 'w' } },
};
const stderr: RecordedLine = { id: 'd', timestamp: '2026-11-21T10:00:01.000Z', msg: 'boo', mcp: { session: 's-1', stream: 'stderr' } };
const notice: RecordedLine = {
  id: 'e',
  timestamp: '2026-11-21T10:00:00.100Z',
  mcp: { from: 'client', notification: 'notifications/initialized' },
};

describe('a session', () => {
  it('is what passed, in order, each call a request and a response', () => {
    const messages = sessionMessages([call, failed, log, stderr, notice]);
    expect(messages.map(({ kind, from, label }) => [kind, from, label])).toEqual([
      ['notification', 'client', 'notifications/initialized'],
      ['request', 'client', 'tools/call get_weather'],
      ['log', 'server', 'info: looking'],
      ['request', 'server', 'sampling/createMessage'],
      ['response', 'client', 'rpc_error: no'],
      ['stderr', 'server', 'boo'],
      ['response', 'server', 'ok'],
    ]);
    expect(messages.at(-1)).toMatchObject({ tookMillis: 400, humanMillis: 250, isFailed: false, bytes: 900 });
  });

  it('gives each message as far as it was recorded', () => {
    const [request, response] = sessionMessages([call]);
    expect(recordedMessage(request as never, undefined)).toEqual({
      jsonrpc: '2.0',
      id: '7',
      method: 'tools/call',
      params: { name: 'get_weather', arguments: { city: 'Oslo' } },
    });
    expect(recordedMessage(response as never, { content: [] })).toMatchObject({ result: { content: [] } });
    const [, refusal] = sessionMessages([failed]);
    expect(recordedMessage(refusal as never, undefined)).toEqual({ jsonrpc: '2.0', id: '"x:y"', error: { code: -32601, message: 'no' } });
  });

  it('survives lines that say nothing', () => {
    expect(sessionMessages([{ id: 'z', timestamp: 'never' }])).toHaveLength(1);
    expect(sessionMessages([])).toEqual([]);
  });
});
