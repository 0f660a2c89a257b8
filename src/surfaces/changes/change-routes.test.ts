import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { addApiRoutes } from '../http/api-route.ts';
import { changeRoutes } from './change-routes.ts';

it('stops asking when the client has gone away', async () => {
  const app = Fastify();
  const stopped: string[] = [];
  const until = (name: string, signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        stopped.push(name);
        reject(signal.reason);
      });
    });
  const queries = {
    now: () => 1_800_000_000_000,
    changes: (_window: object, signal: AbortSignal) => until('changes', signal),
    versions: (_window: object, signal: AbortSignal) => until('versions', signal),
  };
  addApiRoutes(app, changeRoutes(queries));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  for (const path of ['/api/changes', '/api/changes/versions']) {
    await expect(fetch(`${url}${path}`, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
  }
  await expect.poll(() => stopped).toEqual(['changes', 'versions']);
  await app.close();
});
