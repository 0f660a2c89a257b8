import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DeadLetter } from './dead-letters.ts';
import { addHttpSurface } from './http-surface.ts';

const letter: DeadLetter = { id: 'a', source: 'forward', index: 'logs', reason: 'r', receivedMillis: 0, payload: Buffer.from('x') };

function createApp() {
  const app = Fastify();
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    if (method !== 'HEAD') routes.push(`${String(method).toLowerCase()} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  addHttpSurface(
    app,
    {
      health: { ready: () => false },
      metrics: { snapshot: () => [{ name: 'up', help: 'Up.', type: 'gauge', samples: [{ labels: {}, value: 1 }] }] },
      status: {
        status: () => ({
          version: '1',
          startedMillis: 0,
          dataFolder: '/data',
          needsCredentials: false,
          listeners: [],
          journal: { bytes: 0, maxBytes: 0 },
          store: { rows: 0, bytes: 0, partitions: 0 },
          disk: { freeBytes: 0, budgetBytes: 0 },
          sources: { files: { received: 0, accepted: 0, rejected: 0, deadLettered: 0 } },
        }),
      },
      deadLetters: {
        list: async () => ({ deadLetters: [letter], total: 1 }),
        show: async (id) => (id === letter.id ? letter : undefined),
        replay: async () => ({ replayed: 0, failed: [{ id: 'a', reason: 'r' }] }),
        remove: async () => undefined,
      },
      routes: [],
    },
    '1.2.3',
  );
  return { app, routes };
}

type Content = Readonly<Record<string, Readonly<{ schema: z.core.JSONSchema.JSONSchema }>>>;
type Operation = Readonly<{ operationId: string; responses: Readonly<Record<string, Readonly<{ content: Content }>>> }>;
type Document = Readonly<{ paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>; components: { schemas: unknown } }>;

describe('the OpenAPI document', () => {
  it('lists every route that is served, and no other', async () => {
    const { app, routes } = createApp();
    const document: Document = (await app.inject('/api/openapi.json')).json();
    const listed = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
    expect(listed.sort()).toEqual(routes.sort());
    const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(listed.length);
  });

  it.each(['a', 'unknown'])('describes what each operation answers (id %s)', async (id) => {
    const { app } = createApp();
    const document: Document = (await app.inject('/api/openapi.json')).json();
    let checked = 0;
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const response = await app.inject({
          method: method.toUpperCase() as 'GET' | 'POST' | 'DELETE',
          url: path.replace('{id}', id),
          headers: method === 'get' ? {} : { 'content-type': 'application/json' },
        });
        const content = operation.responses[response.statusCode]?.content as Content;
        const [type, { schema }] = Object.entries(content)[0] as [string, { schema: z.core.JSONSchema.JSONSchema }];
        expect(response.headers['content-type']).toContain(type);
        if (type !== 'application/json') continue;
        const isError = '$ref' in schema;
        const form = isError ? { $ref: '#/$defs/Error', $defs: document.components.schemas } : schema;
        const parsed = z.fromJSONSchema(form as z.core.JSONSchema.JSONSchema).safeParse(response.json());
        expect(parsed.error?.issues ?? [], `${method} ${path}`).toEqual([]);
        expect(isError).toBe(id === 'unknown' && path.includes('{id}'));
        checked++;
      }
    }
    expect(checked).toBe(8);
  });

  it('says what parameters and bodies may be', async () => {
    const { app } = createApp();
    const { paths } = (await app.inject('/api/openapi.json')).json();
    expect(paths['/api/dead-letters'].get.parameters.map((each: { name: string }) => each.name)).toEqual(['limit', 'offset', 'source']);
    expect(paths['/api/dead-letters/{id}'].get.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
    ]);
    expect(Object.keys(paths['/api/dead-letters/replay'].post.requestBody.content['application/json'].schema.properties)).toEqual(['ids']);
    expect(paths['/readyz'].get.security).toEqual([]);
    expect(paths['/metrics'].get.security).toBeUndefined();
  });
});
