import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type ServerProcess, startServer, temporaryData } from '../harness/server-process.ts';

const many = 300;

const body = (prefix: string) =>
  Array.from({ length: many }, (_, number) => `{"index":{"_index":"${prefix}-${number}"}}\n{"msg":"in ${number}"}\n`).join('');

async function bulk({ url }: ServerProcess, prefix: string): Promise<number[]> {
  const response = await fetch(`${url}/_bulk`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: body(prefix) });
  const { items } = (await response.json()) as { items: { index: { status: number } }[] };
  return items.map(({ index }) => index.status);
}

async function rowsOf({ url }: ServerProcess, pattern: string): Promise<{ indices: number; records: number }> {
  const indices = (await (await fetch(`${url}/_cat/indices/${pattern}?format=json&h=index`)).json()) as object[];
  await fetch(`${url}/_refresh`, { method: 'POST' });
  const { count } = (await (await fetch(`${url}/${pattern}/_count`)).json()) as { count: number };
  return { indices: indices.length, records: count };
}

it('indices that one request makes are all there after a kill, or none; none without what was acknowledged', {
  timeout: 120_000,
}, async () => {
  const data = temporaryData();
  let server = await startServer({ data });
  const prefixes: string[] = [];
  for (const millis of [20, 60, 150]) {
    const kept = `kept${millis}`;
    expect(new Set(await bulk(server, kept))).toEqual(new Set([201]));
    prefixes.push(kept);
    const statuses = bulk(server, `cut${millis}`).catch(() => []);
    await sleep(millis);
    await server.kill();
    const acknowledged = (await statuses).filter((status) => status === 201).length;
    server = await startServer({ data });
    const cut = await rowsOf(server, `cut${millis}-*`);
    expect([0, many]).toContain(cut.indices);
    expect([0, many]).toContain(cut.records);
    expect(cut.records).toBeGreaterThanOrEqual(acknowledged);
    expect(cut.indices).toBeGreaterThanOrEqual(cut.records);
    for (const prefix of prefixes) expect(await rowsOf(server, `${prefix}-*`), prefix).toEqual({ indices: many, records: many });
  }
  expect(new Set(await bulk(server, 'cut20'))).toEqual(new Set([201]));
  await server.kill();
});
