import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../test/eventually.ts';
import { RecordingCollector } from '../test/recording-collector.ts';
import { type InstrumentOptions, instrument } from './instrument.ts';
import { auditRules, contentRules } from './tool-rules.ts';

type AuditRecord = { actor: string; action: string; resource: string; result: string; details: Record<string, unknown> };

let collector: RecordingCollector;
let services = 0;
beforeAll(async () => {
  collector = await RecordingCollector.start();
});
afterAll(() => collector.stop());
beforeEach(() => collector.clear());

const audits = () =>
  collector.received
    .filter(({ path }) => path === '/api/audit')
    .flatMap(({ body }) => (JSON.parse(body) as { records: AuditRecord[] }).records);

async function pair(options: InstrumentOptions, clientOptions?: InstrumentOptions) {
  services += 1;
  const service = `audited-${services}`;
  const server = new McpServer({ name: service, version: '1' });
  server.registerTool('read', { inputSchema: { password: z.string() } }, () => ({ content: [{ type: 'text', text: 'secret' }] }));
  server.registerTool('fail', {}, () => ({ content: [{ type: 'text', text: 'no' }], isError: true }));
  instrument(server, { url: collector.url, flushMillis: 10, ...options });
  const client = new Client({ name: 'tester', version: '1' });
  if (clientOptions) instrument(client, { url: collector.url, service: `${service}-client`, flushMillis: 10, ...clientOptions });
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  await client.connect(near);
  return { client, service };
}

describe('audit records', () => {
  it('say who called which tool with which outcome, and hold no contents', async () => {
    const { client, service } = await pair({ audit: true, sample: { rate: 0 } });
    await client.listTools();
    await client.callTool({ name: 'read', arguments: { password: 'hunter2' }, _meta: { user_id: 'ann' } });
    await client.callTool({ name: 'fail' });
    const [read, fail] = await eventually(() => audits().length === 2 && audits());
    expect(read).toMatchObject({ actor: 'ann', action: 'tools/call', resource: `tool:${service}/read`, result: 'ok' });
    expect(read?.details).toMatchObject({
      record_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      role: 'server',
      client: 'tester',
      service,
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      arguments_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      result_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(fail).toMatchObject({ actor: 'tester', resource: `tool:${service}/fail`, result: 'tool_error' });
    expect(JSON.stringify([read, fail])).not.toMatch(/hunter2|"secret"/);
  });

  it('are made at the side and of the tools that were asked for', async () => {
    const { client, service } = await pair({}, { audit: ['*/re*'] });
    await client.callTool({ name: 'fail' });
    await client.callTool({ name: 'read', arguments: { password: 'x' } });
    const [only] = await eventually(() => audits().length > 0 && audits());
    expect(only).toMatchObject({ actor: `${service}-client`, resource: `tool:${service}/read`, details: { role: 'client' } });
    expect(audits()).toHaveLength(1);
  });

  it('are sent again with their numbers while the collector takes nothing', async () => {
    const { client } = await pair({ audit: true, index: `index-${services}` });
    collector.status = 503;
    await client.callTool({ name: 'fail' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(audits()).toEqual([]);
    collector.status = 201;
    await eventually(() => audits().length === 1);
    collector.status = 200;
    expect(audits()).toHaveLength(1);
  });
});

describe('rules by server and tool', () => {
  it.each([
    [undefined, undefined, 'off'],
    ['redacted', undefined, 'redacted'],
    [undefined, 'full', 'full'],
    ['off', 'full', 'off'],
    ['get_*=full', 'redacted', 'full'],
    ['other/get_*=full', 'redacted', 'redacted'],
    ['weather/get_*=off', 'full', 'off'],
    [undefined, 'nonsense', 'off'],
  ])('of the program %s and of the environment %s: %s', (said, environment, policy) => {
    expect(contentRules(said, environment)('weather', 'get_forecast')).toBe(policy);
  });

  it('that the program says wrongly are refused at once, and can be said again', () => {
    const server = new McpServer({ name: 's', version: '1' });
    expect(() => instrument(server, { url: false, contents: '=off' })).toThrow(/contents must be/);
    expect(instrument(server, { url: false, contents: 'full' })).toBe(server);
  });

  it.each([
    [undefined, undefined, false],
    [undefined, 'on', true],
    [false, 'on', false],
    [true, undefined, true],
    [[], 'on', false],
    [['weather/*'], undefined, true],
    [undefined, 'delete_*,get_*', true],
    [undefined, 'off', false],
  ])('audit: of the program %j and of the environment %s: %s', (said, environment, isAudited) => {
    expect(auditRules(said, environment)('weather', 'get_forecast')).toBe(isAudited);
  });
});
