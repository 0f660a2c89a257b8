import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { eventually, type ServerProcess, startServer, temporaryData, untilNoneLeft } from '../harness/server-process.ts';

/** Segments are small and young, so that every kill finds some of them being written, sealed, loaded and deleted. */
const flags = ['--journal.segmentMillis', '120', '--journal.segmentBytes', '64KiB', '--audit.checkpointMillis', '50'];
const kills = 3;

type AuditRecord = { actor: string; action: string; resource: string; result: string; details: Record<string, unknown> };

/** All records that say something about agents. */
async function auditRecords({ url }: ServerProcess): Promise<readonly AuditRecord[]> {
  const all: AuditRecord[] = [];
  for (let before = ''; ; ) {
    const answer = await fetch(`${url}/api/audit?limit=1000${before}`);
    const page = (await answer.json()) as { records: AuditRecord[]; next_before?: number };
    all.push(...page.records);
    if (page.next_before === undefined) return all.filter(({ action }) => !action.startsWith('audit.'));
    before = `&before=${page.next_before}`;
  }
}

const auditLine = (resource: string) => ({
  timestamp: new Date().toISOString(),
  level: 'INFO',
  msg: `Audit: login ${resource}`,
  agent: { name: 'weather-agent' },
  request_id: 'req-1',
  audit: { action: 'login', resource, result: 'success' },
});

async function bulk({ url }: ServerProcess, documents: readonly unknown[]): Promise<boolean> {
  const body = documents.map((one) => `{"create":{}}\n${JSON.stringify(one)}\n`).join('');
  return fetch(`${url}/mcp-mesh-logs/_bulk`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body }).then(
    async (answer) => answer.ok && !((await answer.json()) as { errors: boolean }).errors,
    () => false,
  );
}

describe('log documents that say who did what', () => {
  it('become audit records, by whatever door they come', async () => {
    const server = await startServer({ flags });
    expect(await bulk(server, [auditLine('agent:bulk'), { msg: 'no audit' }, { ...auditLine('agent:user'), user_id: 'ann' }])).toBe(true);
    const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const attributes = [attribute('audit.action', 'audit.stop'), attribute('audit.resource', 'agent:otlp')];
    const resource = { attributes: [attribute('service.name', 'otel')] };
    const logs = { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' }, attributes }] }] }] };
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${server.url}/v1/logs`, { method: 'POST', headers, body: JSON.stringify(logs) })).status).toBe(200);
    const records = await eventually('the records', async () => {
      const found = await auditRecords(server);
      return found.length === 3 && found;
    });
    expect(records.map(({ actor, action, resource: on, result }) => [actor, action, on, result]).sort()).toEqual([
      ['ann', 'login', 'agent:user', 'success'],
      ['otel', 'log.audit.stop', 'agent:otlp', 'unknown'],
      ['weather-agent', 'login', 'agent:bulk', 'success'],
    ]);
    const copied = records.find(({ resource: on }) => on === 'agent:bulk');
    expect(copied?.details).toMatchObject({ agent: 'weather-agent', request_id: 'req-1', from_log: { index: 'mcp-mesh-logs' } });
    const { id } = (copied as AuditRecord).details.from_log as { id: string };
    const source = (await (await fetch(`${server.url}/mcp-mesh-logs/_doc/${id}`)).json()) as { _source: unknown };
    expect(source._source).toMatchObject({ audit: { resource: 'agent:bulk' } });
    expect(await server.stop()).toBe(0);
  });

  it('are left alone when that is turned off, and those of that time stay so', async () => {
    const data = temporaryData();
    for (const [resource, setting] of [
      ['agent:on', 'on'],
      ['agent:off', 'off'],
      ['agent:again', 'on'],
    ] as const) {
      const server = await startServer({ data, flags: [...flags, '--audit.fromLogs', setting] });
      expect(await bulk(server, [auditLine(resource)])).toBe(true);
      if (setting === 'on')
        await eventually('the record', async () => (await auditRecords(server)).some((one) => one.resource === resource));
      expect(await server.stop()).toBe(0);
    }
    const last = await startServer({ data, flags });
    await sleep(1500);
    expect((await auditRecords(last)).map(({ resource }) => resource)).toEqual(['agent:again', 'agent:on']);
    await last.stop();
  });

  it(`become one record each, ${kills} kills or not`, { timeout: 180_000 }, async () => {
    const data = temporaryData();
    const acknowledged = new Set<string>();
    const sent = new Set<string>();
    for (let kill = 0; kill < kills; kill++) {
      const server = await startServer({ data, flags });
      let writing = true;
      const write = async () => {
        while (writing) {
          const names = Array.from({ length: 20 }, () => `agent:${randomUUID()}`);
          for (const name of names) sent.add(name);
          if (await bulk(server, names.map(auditLine))) for (const name of names) acknowledged.add(name);
          await sleep(10);
        }
      };
      const writers = [write(), write()];
      await sleep(200 + Math.random() * 1000);
      await server.kill();
      writing = false;
      await Promise.all(writers);
    }
    const last = await startServer({ data, flags });
    let records: readonly AuditRecord[] = [];
    await untilNoneLeft(last, 'records', async () => {
      records = await auditRecords(last);
      const copied = new Set(records.map(({ resource }) => resource));
      return [...acknowledged].filter((name) => !copied.has(name)).length;
    });
    expect(await last.stop()).toBe(0);
    const copies = new Map<string, number>();
    for (const { resource } of records) copies.set(resource, (copies.get(resource) ?? 0) + 1);
    process.stdout.write(`${kills} kills: ${sent.size} sent, ${acknowledged.size} acknowledged, ${records.length} audit records\n`);
    expect(acknowledged.size).toBeGreaterThan(100);
    expect([...acknowledged].filter((name) => !copies.has(name))).toEqual([]);
    expect([...copies].filter(([name, count]) => count > 1 || !sent.has(name))).toEqual([]);
    expect(await verifyAudit(`${data}/audit`)).toMatchObject({ ok: true });
  });
});
