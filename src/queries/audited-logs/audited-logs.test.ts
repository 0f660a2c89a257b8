import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditedLog } from '../../model/audited-log.ts';
import { automaticId } from '../../model/journal-line.ts';
import { LogTable } from '../search/testing/log-table.ts';
import { auditedLogs } from './audited-logs.ts';

let table: LogTable;
beforeAll(async () => {
  table = await LogTable.open();
});
afterAll(() => table.close());

const start = { segment: 0, row: 0 };

/** What is found of one document. */
async function found(document: unknown, id?: string): Promise<readonly AuditedLog[]> {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const segment = await table.load([{ index: 'logs', text, ...(id === undefined ? {} : { id }) }]);
  return auditedLogs(table.engine, { segment, row: -1 }, segment, 10);
}

const audit = { action: 'login', resource: 'agent:a', result: 'success' };

describe('documents that say who did what', () => {
  it("are found as the page's AgentLogger writes them", async () => {
    const [one] = await found({
      timestamp: '2026-11-20T10:00:00.5Z',
      level: 'INFO',
      msg: 'Audit: login agent:a',
      service: { name: 'weather' },
      agent: { name: 'weather-agent' },
      request_id: 'req-1',
      user_id: 'api-user-123',
      trace: { trace_id: 't1', span_id: 's1' },
      audit: { ...audit, timestamp: '2026-11-20T10:00:00.499' },
    });
    expect(one).toEqual({
      segment: expect.any(Number),
      row: 0,
      index: 'logs',
      id: automaticId(one?.segment ?? 0, 0),
      ...audit,
      actor: 'api-user-123',
      members: {
        time: '2026-11-20T10:00:00.500000000Z',
        service: 'weather',
        agent: 'weather-agent',
        request_id: 'req-1',
        trace_id: 't1',
        span_id: 's1',
        user_id: 'api-user-123',
        said_time: '2026-11-20T10:00:00.499',
      },
    });
  });

  it.each([
    ['its own user first', { audit: { ...audit, user_id: 'u' }, user_id: 'v', agent: { name: 'a' } }, 'u'],
    ['then that of the line', { audit, user_id: 'v', agent: { name: 'a' } }, 'v'],
    ['then the agent', { audit, agent: { name: 'a' }, service: { name: 's' } }, 'a'],
    ['then the service', { audit, service: { name: 's' } }, 's'],
    ['nobody', { audit }, ''],
  ])('name %s', async (_, document, actor) => {
    expect((await found(document)).map((one) => one.actor)).toEqual([actor]);
  });

  it.each([
    ['keys with dots', '{"audit.action":"login","audit.resource":"agent:a","audit.result":"success"}'],
    ['attributes of OpenTelemetry', { attributes: { 'audit.action': 'login', 'audit.resource': 'agent:a', 'audit.result': 'success' } }],
    ['nested attributes', { attributes: { audit } }],
    ['a number that no column reads', `{"huge":1${'0'.repeat(400)},"audit":${JSON.stringify(audit)}}`],
    ['names twice', `{"audit":${JSON.stringify(audit)},"audit":${JSON.stringify(audit)}}`],
    ['an explicit id', { audit }, 'my-id'],
    ['a list of one', { audit: [audit] }],
  ])('are found with %s', async (_, document, id?: string) => {
    const [one] = await found(document, id);
    expect(one).toMatchObject(audit);
    if (id !== undefined) expect(one?.id).toBe(id);
  });

  it.each([
    ['no audit', { msg: 'x' }],
    ['text', { audit: 'login' }],
    ['a list of texts', { audit: ['login', 'agent:a'] }],
    ['a list of lists', { audit: [1, ['login']] }],
    ['null', { audit: null }],
    ['nothing in it', { audit: {} }],
    ['no action', { audit: { resource: 'r', result: 'success' } }],
    ['an empty action', { audit: { ...audit, action: '' } }],
    ['no text for an action', { audit: { ...audit, action: null } }],
  ])('are not found with %s as audit', async (_, document) => {
    expect(await found(document)).toEqual([]);
  });

  it('may have members of other types, which count with their JSON, and huge ones, which are cut', async () => {
    const [one] = await found({ audit: { action: 5, resource: { a: [1] }, result: true, user_id: 'é\u0000'.repeat(500_000) } });
    expect(one).toMatchObject({ action: '5', resource: '{"a":[1]}', result: 'true' });
    expect(one?.actor).toBe('é\u0000'.repeat(2048));
  });

  it('may say several things at once', async () => {
    const [one] = await found({ audit: { action: ['login', 'logout'], resource: 'agent:a', result: 'success' } });
    expect(one).toMatchObject({ ...audit, action: 'login, logout' });
  });

  it('come in the order of their arrival, page by page, up to a segment', async () => {
    const text = (n: number) => JSON.stringify({ timestamp: `2026-11-2${9 - n}T10:00:00Z`, audit: { ...audit, resource: `r${n}` } });
    const first = await table.load([0, 1, 2].map((n) => ({ index: 'a', text: text(n) })));
    const second = await table.load([3, 4].map((n) => ({ index: 'b', text: text(n) })));
    const third = await table.load([{ index: 'b', text: text(5) }]);
    let place = { segment: first, row: 0 };
    const seen: string[] = [];
    for (;;) {
      const page = await auditedLogs(table.engine, place, second, 2);
      seen.push(...page.map(({ resource }) => resource));
      const last = page.at(-1);
      if (last === undefined) break;
      place = { segment: last.segment, row: last.row };
    }
    expect(seen).toEqual(['r1', 'r2', 'r3', 'r4']);
    expect((await auditedLogs(table.engine, place, third, 2)).map(({ resource }) => resource)).toEqual(['r5']);
    expect(await auditedLogs(table.engine, start, 0, 2)).toEqual([]);
  });
});
