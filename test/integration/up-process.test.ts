import { describe, expect, it } from 'vitest';
import { postBulk } from '../harness/load-writers.ts';
import { startServer } from '../harness/server-process.ts';

const bulk = '{"create":{"_index":"kept"}}\n{"msg":"acknowledged"}\n';

async function count(url: string): Promise<number> {
  await fetch(`${url}/kept/_refresh`, { method: 'POST' });
  return ((await (await fetch(`${url}/kept/_count`)).json()) as { count: number }).count;
}

describe('meshscope up', () => {
  it('goes on and stops in order when nobody reads any more what it says', async () => {
    const server = await startServer();
    server.hangUp();
    expect((await postBulk(server.url, bulk)).items[0]?.create?.status).toBe(201);
    expect(await count(server.url)).toBe(1);
    expect(await server.stop()).toBe(0);
  });

  it('ends at a fault of its own, says which, and keeps what was acknowledged', async () => {
    const throwing = 'process.on("SIGUSR2",()=>setTimeout(()=>{throw(new(Error)("a-fault"))}))';
    const server = await startServer({ env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(throwing)}` } });
    expect((await postBulk(server.url, bulk)).items[0]?.create?.status).toBe(201);
    server.signal('SIGUSR2');
    expect(await server.exited).toBe('SIGKILL');
    expect(server.stderr()).toMatch(/^meshscope: a-fault\nError: a-fault\n {4}at /);
    const again = await startServer({ data: server.data });
    expect(await count(again.url)).toBe(1);
    expect(await again.stop()).toBe(0);
  });
});
