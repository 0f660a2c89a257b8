import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditedLog, LogPlace } from '../../model/audited-log.ts';
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
  return (await auditedLogs(table.engine, { segment, row: -1 }, segment, 10)).found;
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

  it('are told of with those that the columns hold whole, and after what only looked like one', async () => {
    const text = (one: unknown) => JSON.stringify(one);
    const segment = await table.load([
      { index: 'a', text: text({ audit: ['a', 'list'] }) },
      { index: 'a', text: text({ audit: { ...audit, resource: 'plain' }, location: 'Nairobi' }) },
      { index: 'a', text: text({ audit, attributes: { user_id: 'from attributes' } }) },
      { index: 'a', text: `{"audit":${text({ ...audit, resource: 'escaped' })},"us\\u0065r.x":1,"us\\u0065r_id":"e"}` },
      { index: 'a', text: text({ audit: { ...audit, resource: 'also plain' }, user_id: 'u' }) },
    ]);
    const { found: all } = await auditedLogs(table.engine, { segment, row: -1 }, segment, 10);
    expect(all.map(({ row, resource, actor }) => [row, resource, actor])).toEqual([
      [1, 'plain', ''],
      [2, audit.resource, 'from attributes'],
      [3, 'escaped', 'e'],
      [4, 'also plain', 'u'],
    ]);
  });

  it('may say several things at once', async () => {
    const [one] = await found({ audit: { action: ['login', 'logout'], resource: 'agent:a', result: 'success' } });
    expect(one).toMatchObject({ ...audit, action: 'login, logout' });
  });

  it('are found however much time lies between them', async () => {
    const segments = [2 ** 30, 2 ** 30 + 1, 2 ** 40, 2 ** 50];
    for (const segment of segments)
      await table.engine.command(`INSERT INTO logs (_segment, _row, _index, audit_action) VALUES (${segment}, 0, 'far', 'login')`);
    const seen: number[] = [];
    for (let place: LogPlace | undefined = { segment: 2 ** 29, row: 0 }; place !== undefined; ) {
      const page = await auditedLogs(table.engine, place, 2 ** 51, 100);
      seen.push(...page.found.map(({ segment }) => segment));
      place = page.next;
    }
    expect(seen).toEqual(segments);
  });

  it('come in the order of their arrival, page by page, up to a segment', async () => {
    const text = (n: number) => JSON.stringify({ timestamp: `2026-11-2${9 - n}T10:00:00Z`, audit: { ...audit, resource: `r${n}` } });
    const first = await table.load([0, 1, 2].map((n) => ({ index: 'a', text: text(n) })));
    const second = await table.load([3, 4].map((n) => ({ index: 'b', text: text(n) })));
    const third = await table.load([{ index: 'b', text: text(5) }]);
    const seen: string[][] = [];
    for (let place: LogPlace | undefined = { segment: first, row: 0 }; place !== undefined; ) {
      const page = await auditedLogs(table.engine, place, second, 2);
      seen.push(page.found.map(({ resource }) => resource));
      place = page.next;
    }
    expect(seen).toEqual([['r1', 'r2'], ['r3', 'r4'], []]);
    const { found: last, next } = await auditedLogs(table.engine, { segment: second, row: 1 }, third, 2);
    expect([last.map(({ resource }) => resource), next]).toEqual([['r5'], undefined]);
    expect(await auditedLogs(table.engine, start, 0, 2)).toEqual({ found: [], next: undefined });
  });
});
