import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../audit/audit-log.ts';
import { entry, newFolder, openLog, readFiles } from '../../audit/testing/audit-bench.ts';
import { addApiRoutes } from '../http/api-route.ts';
import { openApiDocument } from '../http/openapi.ts';
import { auditRoutes } from './audit-routes.ts';

const folder = newFolder();
let log: AuditLog;
let app: FastifyInstance;

beforeAll(async () => {
  ({ log } = await openLog(folder));
  app = Fastify();
  addApiRoutes(app, auditRoutes(log));
});

afterAll(async () => {
  await app.close();
  await log.close();
});

async function post(payload: unknown) {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/audit',
    headers: { 'content-type': 'application/json' },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
}

async function get(url: string) {
  const answer = await app.inject({ method: 'GET', url });
  return {
    status: answer.statusCode,
    body: answer.json() as { records: { seq: number; actor: string }[]; next_before?: number } & Record<string, unknown>,
  };
}

describe('/api/audit', () => {
  it('takes one record or a list, and answers when they are on the disk', async () => {
    const one = await post(entry(1));
    expect(one).toEqual({ status: 201, body: { records: [{ ...log.head, time: expect.any(String) }] } });
    const list = await post({ records: [entry(2), { ...entry(3), details: undefined }] });
    expect(list.body.records).toHaveLength(2);
    const raw = await post('{"actor":"a","action":"b","resource":"c","result":"d","details":{"__proto__":{"x":1}}}');
    expect(raw.status).toBe(201);
    const lines = [...readFiles(folder).values()].flat();
    expect(lines).toHaveLength(5);
    expect(lines[4]).toContain('"details":{"__proto__":{"x":1}}');
  });

  it.each([
    ['nothing', {}],
    ['a part', { actor: 'a' }],
    ['an empty list', { records: [] }],
    ['both', { ...entry(1), records: [entry(1)] }],
    ['an unknown member', { ...entry(1), seq: 7 }],
    ['an unknown member in a list', { records: [{ ...entry(1), hash: 'x' }] }],
    ['our own action', { ...entry(1), action: 'audit.stop' }],
    ['details that are text', { ...entry(1), details: 'x' }],
    ['too many', { records: Array.from({ length: 1001 }, () => ({ actor: 'a', action: 'b', resource: 'c', result: 'd' })) }],
    ['lost digits', '{"actor":"a","action":"b","resource":"c","result":"d","details":{"id":12345678901234567890}}'],
    ['a deep body', `{"actor":"a","action":"b","resource":"c","result":"d","details":{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`],
    ['no JSON', '{"actor":'],
    ['a list at the top', [entry(1)]],
  ])('refuses %s and stores none of it', async (_name, payload) => {
    const before = log.head.seq;
    const { status, body } = await post(payload);
    expect([status, body]).toEqual([400, { error: { code: 'bad_request', message: expect.any(String) } }]);
    expect(log.head.seq).toBe(before);
  });

  it('refuses large details', async () => {
    expect((await post({ ...entry(1), details: { x: 'x'.repeat(40_000) } })).status).toBe(413);
  });

  it('lists by filter and page', async () => {
    const first = await get('/api/audit?limit=2');
    expect(first.body.records.map(({ seq }) => seq)).toEqual([5, 4]);
    const second = await get(`/api/audit?limit=2&before=${first.body.next_before}`);
    expect(second.body.records.map(({ seq }) => seq)).toEqual([3, 2]);
    expect((await get('/api/audit?actor=agent-1&start=now-1h&end=now')).body.records.map(({ actor }) => actor)).toEqual(['agent-1']);
    expect((await get('/api/audit?end=now-1h')).body).toEqual({ records: [] });
    for (const query of ['limit=0', 'before=x', 'start=never', 'foo=1']) expect((await get(`/api/audit?${query}`)).status).toBe(400);
  });

  it('verifies, and has no way to change or remove', async () => {
    expect((await get('/api/audit/verification')).body).toMatchObject({ ok: true, findings: [], records: log.head.seq });
    for (const method of ['DELETE', 'PUT', 'PATCH'] as const)
      expect((await app.inject({ method, url: '/api/audit' })).statusCode).toBe(404);
  });

  it('answers in the form that it describes', async () => {
    const routes = auditRoutes(log);
    for (const url of ['/api/audit', '/api/audit/verification']) {
      const schema = routes.find(({ method, path }) => method === 'GET' && path === url)?.answers[200]?.schema;
      expect(schema?.safeParse((await get(url)).body).error).toBeUndefined();
    }
    expect(Object.keys((openApiDocument(routes, '1').paths as object) ?? {})).toEqual(['/api/audit', '/api/audit/verification']);
  });
});
