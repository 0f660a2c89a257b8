import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CallRecord, SeenNotification } from './call-record.ts';
import { recordContent } from './content.ts';
import { type ContentOptions, recordOfNotification, recordOfServerLog, recordOfStart, recordOfStderr, recordsOfCall } from './records.ts';
import { redact } from './redact.ts';
import { spanIds } from './trace-context.ts';

const session = { id: 's1', server: 'files', transport: 'pipe', host: 'h', pid: 1 } as const;
const parties = { clientName: 'probe', clientVersion: '1', serverName: 'fs', serverVersion: '2', protocolVersion: '2025-11-25' };
const call: CallRecord = {
  method: 'tools/call',
  target: 'read',
  from: 'client',
  id: 3,
  startMillis: 1_763_700_000_000.25,
  durationMillis: 12.3456,
  humanMillis: 0,
  outcome: 'ok',
  error: undefined,
  requestBytes: 100,
  responseBytes: 200,
  rounds: 1,
  retries: 0,
  progressCount: 0,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  params: { name: 'read', arguments: { path: '/a', password: 'x' } },
  result: { content: [{ type: 'text', text: 'Bearer abcdefghijklmnop' }] },
};

const logOf = (members: Partial<CallRecord>, policy: 'off' | 'redacted' | 'full' = 'redacted', limit = 1000) => {
  const [first] = recordsOfCall({ ...call, ...members }, session, parties, {
    policy: () => policy,
    limit,
    maxWholeBytes: 0,
    audits: () => true,
  });
  return JSON.parse(JSON.stringify(first && 'log' in first ? first.log : {}));
};
const spanOf = (members: Partial<CallRecord>) => {
  const [, second] = recordsOfCall({ ...call, ...members }, session, parties, {
    policy: () => 'redacted',
    limit: 1000,
    maxWholeBytes: 0,
    audits: () => false,
  });
  return JSON.parse(JSON.stringify(second && 'span' in second ? second.span : {}));
};

describe('records of a call', () => {
  it("have the lesson's and the page's fields", () => {
    expect(logOf({})).toMatchObject({
      timestamp: '2025-11-21T04:40:00.012Z',
      level: 'INFO',
      tool: 'read',
      latency_ms: 12.346,
      ok: true,
      error: null,
      request: { method: 'tools/call', status: 'ok', duration_ms: 12.346, params: { path: '/a', password: '[redacted]' } },
      service: { name: 'files', version: '2' },
      trace: { trace_id: '0af7651916cd43dd8448eb211c80319c' },
    });
  });

  it('continue the trace of the request, or begin one', () => {
    expect(spanOf({})).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      kind: 2,
      startTimeUnixNano: '1763700000000250000',
    });
    for (const bad of [undefined, '', 'x', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`]) {
      expect(spanIds(bad)).toEqual({
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
        parentId: '',
      });
    }
  });

  it.each([
    [{ outcome: 'rpc_error', error: { type: '-32602', code: -32602, message: 'm' } }, 0],
    [{ outcome: 'rpc_error', error: { type: '-32603', code: -32603, message: 'm' } }, 2],
    [{ outcome: 'tool_error', error: { type: 'tool_error', code: undefined, message: 'm' } }, 2],
    [{ outcome: 'empty' }, 0],
  ] as const)('give %j the span status %i', (members, status) => {
    expect(spanOf(members).status.code).toBe(status);
    expect(logOf(members).level).toBe(members.outcome === 'empty' ? 'INFO' : 'ERROR');
  });

  it('hold no contents when told so, and lengths and hashes of what is cut', () => {
    const off = logOf({}, 'off');
    expect(off.request.params).toBeUndefined();
    expect(JSON.stringify(off)).not.toContain('/a');
    expect(off.mcp.arguments).toMatchObject({ bytes: 28, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const cut = logOf({ params: { arguments: { text: 'y'.repeat(5000) } } });
    expect(cut.mcp.arguments).toMatchObject({ bytes: 5011, cut: true, text: `{"text":"${'y'.repeat(991)}` });
    expect(logOf({}, 'full').request.params.password).toBe('x');
  });
});

describe('audit records of calls', () => {
  const auditOf = (members: Partial<CallRecord>, name?: string) => {
    const records = recordsOfCall({ ...call, ...members }, session, { ...parties, clientName: name }, options);
    return records.flatMap((one) => ('audit' in one ? [JSON.parse(JSON.stringify(one.audit))] : []));
  };
  const options: ContentOptions = { policy: () => 'redacted', limit: 1000, maxWholeBytes: 0, audits: (tool) => tool !== 'quiet' };

  it('say who called what with which outcome, and hold no contents', () => {
    const [one] = auditOf({}, 'probe');
    const log = logOf({});
    expect(one).toMatchObject({
      actor: 'probe',
      action: 'tools/call',
      resource: 'tool:files/read',
      result: 'ok',
      details: {
        record_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        time: '2025-11-21T04:40:00.012Z',
        duration_ms: 12.346,
        client: 'probe',
        session: 's1',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        request_id: 's1:3',
        arguments_sha256: log.mcp.arguments.sha256,
        result_sha256: log.mcp.result.sha256,
      },
    });
    expect(JSON.stringify(one)).not.toMatch(/\/a|Bearer/);
    expect(auditOf({})[0].details.record_id).not.toBe(one.details.record_id);
  });

  it.each([
    [{ user_id: 'ann' }, 'probe', 'ann'],
    [{ 'enduser.id': 'bob', user: { name: 'x' } }, 'probe', 'bob'],
    [{ user_id: 7, user: '' }, 'probe', 'probe'],
    [null, undefined, 'unknown'],
    [{}, '\ud800'.repeat(9999), '\ufffd'.repeat(256)],
  ])('name whom %j of client %s calls for', (_meta, client, actor) => {
    expect(auditOf({ params: { _meta } }, client)[0].actor).toBe(actor);
  });

  it('are made of calls of tools by the client only, and of those that were asked for', () => {
    expect(auditOf({ method: 'tools/list', target: undefined })).toEqual([]);
    expect(auditOf({ from: 'server' })).toEqual([]);
    expect(auditOf({ target: 'quiet' })).toEqual([]);
    expect(auditOf({ target: 'x'.repeat(10_000), outcome: 'transport' })[0]).toMatchObject({
      resource: `tool:files/${'x'.repeat(2037)}`,
      result: 'transport',
    });
  });
});

describe('contents that are too long for a log document', () => {
  const contentsOf = (text: string, policy: 'off' | 'redacted' | 'full', maxWholeBytes: number) => {
    const seen = { ...call, params: { arguments: { text, password: 'p' } } };
    const records = recordsOfCall(seen, session, parties, { policy: () => policy, limit: 1000, maxWholeBytes, audits: () => false });
    const [first] = records;
    const log = JSON.parse(JSON.stringify(first && 'log' in first ? first.log : {}));
    return { log, contents: records.flatMap((one) => ('content' in one ? [one.content] : [])) };
  };

  it('are kept whole by their hash, as the policy has them', () => {
    const { log, contents } = contentsOf('é\ud800'.repeat(800), 'redacted', 10_000);
    const whole = JSON.stringify({ text: 'é\ud800'.repeat(800), password: '[redacted]' });
    expect(contents).toEqual([{ sha256: createHash('sha256').update(whole).digest('hex'), text: whole }]);
    expect(log.mcp.arguments).toMatchObject({ cut: true, stored: true, sha256: contents[0]?.sha256 });
    expect(log.mcp.arguments.text).toBe(whole.slice(0, 1000));
  });

  it.each([
    ['off', 'x'.repeat(2000), 10_000],
    ['full', 'x'.repeat(900), 10_000],
    ['full', 'x'.repeat(20_000), 10_000],
    ['full', '€'.repeat(4000), 10_000],
    ['full', 'x'.repeat(2000), 0],
  ] as const)('are not when the policy is %s, or they fit, or are over the limit (%#)', (policy, text, maxWholeBytes) => {
    const { log, contents } = contentsOf(text, policy, maxWholeBytes);
    expect(contents).toEqual([]);
    expect(log.mcp.arguments.stored).toBeUndefined();
  });
});

describe('redaction', () => {
  it.each([
    [
      { apiKey: 'a', API_KEY: 1, token: { a: 1 }, tokens: 5, author: 'me' },
      { apiKey: '[redacted]', API_KEY: '[redacted]', token: '[redacted]', tokens: 5, author: 'me' },
    ],
    [{ deep: [{ client_secret: 'x' }] }, { deep: [{ client_secret: '[redacted]' }] }],
    ['key AKIAABCDEFGHIJKLMNOP end', 'key [redacted] end'],
    ['eyJhbGciOiJI.eyJzdWIiOiIx.abc_def-1', '[redacted]'],
    [
      { hasPassword: true, password: null },
      { hasPassword: true, password: null },
    ],
  ])('takes secrets out of %j', (value, expected) => {
    expect(redact(value)).toEqual(expected);
  });

  it('ends for deep values', () => {
    let value: unknown = 'x';
    for (let depth = 0; depth < 1000; depth++) value = [value];
    expect(JSON.stringify(redact(value))).toContain('[redacted]');
    expect(recordContent(undefined, 'full', { limit: 10, maxWholeBytes: 0 })).toBeUndefined();
  });
});

describe('hostile contents', () => {
  it.each(['off', 'redacted', 'full'] as const)('are recorded as far as possible (%s)', (policy) => {
    const deep = JSON.parse(`${'[{"a":'.repeat(20_000)}1${'}]'.repeat(20_000)}`) as unknown;
    const record = logOf({ params: { arguments: deep }, result: { content: deep }, target: '__proto__', id: '\u0000' }, policy);
    expect(record).toMatchObject({ tool: '__proto__', ok: true });
  });

  it('keep secrets of errors, logs and standard error to themselves', () => {
    const secret = 'Bearer abcdefghijklmnop';
    const failed = { outcome: 'tool_error', error: { type: 'tool_error', code: undefined, message: secret } } as const;
    expect(JSON.stringify([logOf(failed), spanOf(failed)])).not.toContain('abcdefgh');
    expect(logOf(failed, 'off').error).toBe('tool_error');
    const contents: ContentOptions = { policy: () => 'redacted', limit: 1000, maxWholeBytes: 0, audits: () => false };
    const log = { timeMillis: 1, level: 'alert', logger: 'db', data: { password: 'p', note: secret }, call: undefined };
    const records = [recordOfServerLog(log, session, contents), recordOfStderr(secret, { wall: 1, monotonic: 1 }, session, contents)];
    expect(JSON.stringify(records)).not.toMatch(/abcdefgh|"p"/);
    expect(records[0]).toMatchObject({ log: { level: 'CRITICAL', mcp: { log: { level: 'alert', logger: 'db' } } } });
  });
});

describe('the record of a notification', () => {
  const cancelled: SeenNotification = {
    timeMillis: 1_763_700_000_000,
    from: 'client',
    method: 'notifications/cancelled',
    params: { requestId: 3, reason: 'enough', token: 't-1', _meta: { 'io.x': 1 } },
    call: { ...call, target: 'read' },
  };
  const recordOf = (members: Partial<SeenNotification>, policy: ContentOptions['policy'] = () => 'redacted', limit = 1000) => {
    const contents = { policy, limit, maxWholeBytes: 1e6, audits: () => false };
    const record = recordOfNotification({ ...cancelled, ...members }, session, contents);
    return JSON.parse(JSON.stringify('log' in record ? record.log : {}));
  };

  it('has the method, who sent it, the redacted parameters and the call that they name', () => {
    expect(recordOf({})).toEqual({
      timestamp: '2025-11-21T04:40:00.000Z',
      level: 'DEBUG',
      msg: 'notifications/cancelled',
      service: { name: 'files', instance_id: 's1' },
      agent: { name: 'files', type: 'mcp-server' },
      trace: { trace_id: '0af7651916cd43dd8448eb211c80319c' },
      mcp: {
        session: 's1',
        transport: 'pipe',
        from: 'client',
        notification: 'notifications/cancelled',
        params: { requestId: 3, reason: 'enough', token: '[redacted]' },
        call: { id: 3, method: 'tools/call', target: 'read' },
      },
    });
  });

  it('follows the rules of the tool, and otherwise those for all', () => {
    const policy = (tool: string | undefined) => (tool === 'read' ? 'off' : 'full');
    expect(recordOf({}, policy).mcp).toMatchObject({ arguments: { bytes: expect.any(Number), sha256: expect.any(String) } });
    expect(recordOf({}, policy).mcp.params).toBeUndefined();
    expect(recordOf({ call: undefined }, policy).mcp.params).toEqual({ requestId: 3, reason: 'enough', token: 't-1' });
  });

  it('is short, whatever was sent', () => {
    const { msg, trace, mcp } = recordOf({
      method: '\u{1f600}'.repeat(1000),
      params: { a: 'x'.repeat(5000) },
      call: { ...call, traceparent: 'no' },
    });
    expect([msg.length, mcp.notification.length, trace, mcp.params]).toEqual([200, 200, undefined, undefined]);
    expect(mcp.arguments).toMatchObject({ cut: true, bytes: 5008, text: expect.stringMatching(/^.{1000}$/) });
    expect(recordOf({ params: { _meta: {} } }).mcp).not.toHaveProperty('arguments');
  });
});

it('tells the beginning of a call that takes long as a span without an end, and the end with the same ids', () => {
  const ids = spanIds(call.traceparent);
  const started = recordOfStart({ ...call, ids }, session, parties);
  const start = 'span' in started ? started.span : {};
  const end = spanOf({ ids });
  const same = { traceId: ids.traceId, spanId: ids.spanId, parentSpanId: ids.parentId, name: 'tools/call read', kind: 2 };
  expect(start).toMatchObject({ ...same, startTimeUnixNano: end.startTimeUnixNano });
  expect(start).not.toHaveProperty('endTimeUnixNano');
  expect(end).toMatchObject(same);
  const mark = (span: object) =>
    (span as { attributes: { key: string; value: object }[] }).attributes.find(({ key }) => key === 'meshscope.record')?.value;
  expect([start, end, spanOf({})].map(mark)).toEqual([{ stringValue: 'start' }, { stringValue: 'end' }, undefined]);
});
