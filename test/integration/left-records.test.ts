import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { freePort } from '../harness/built-server.ts';
import { nowhere, talk, temporaryFolder, wrapArgs } from '../harness/mcp-process.ts';
import { eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

const node = process.execPath;

/** Answers each request with nothing. */
const server = ['sed', '-uE', 's/,"method":.*/,"result":{}}/'];

/** A wrapped server of which some tools are called. */
async function session(url: string, spool: string, tools: readonly string[]): Promise<void> {
  const client = talk(node, wrapArgs(server, { url, spool }));
  for (const [id, name] of tools.entries()) await client.ask({ id, method: 'tools/call', params: { name } });
  client.child.stdin?.end();
  expect((await client.closed).code).toBe(0);
}

async function storedTools({ url }: ServerProcess, headers: Record<string, string> = {}): Promise<string[]> {
  const answer = await fetch(`${url}/mcp-calls/_search?size=100`, { headers });
  const { hits } = (await answer.json()) as { hits?: { hits: { _source: { tool?: string } }[] } };
  return (hits?.hits ?? []).flatMap(({ _source: { tool } }) => tool ?? []).toSorted();
}

const up = (port: number, spool: string, ...flags: string[]) =>
  startServer({ flags: ['--port', String(port), '--recorders.spool', spool, ...flags] });

describe('what recorders left when they ended without a collector', () => {
  it('is delivered when meshscope starts, each record once, also when recorders do the same', async () => {
    const [port, spool] = [await freePort(), temporaryFolder()];
    const url = `http://127.0.0.1:${port}`;
    const tools = Array.from({ length: 4 }, (_, at) => `left${at}`);
    for (const tool of tools) await session(url.replace('127.0.0.1', 'localhost'), spool, [tool]);
    expect(readdirSync(spool)).toHaveLength(4);
    const again = await up(port, spool);
    const others = await Promise.all(
      [1, 2].map(async (at) => ({ name: `own${at}`, client: talk(node, wrapArgs(server, { url, spool })) })),
    );
    for (const { name, client } of others) await client.ask({ id: 1, method: 'tools/call', params: { name } });
    const all = [...tools, 'own1', 'own2'];
    await eventually('all records', async () => (await storedTools(again)).length >= all.length || undefined);
    await eventually('an empty spool', async () => readdirSync(spool).length === 0 || undefined);
    for (const { client } of others) client.child.stdin?.end();
    await Promise.all(others.map(({ client }) => client.closed));
    expect(await storedTools(again)).toEqual(all);
    await again.stop();
  });

  it('stays where it is when nobody wants it, it is meant for another collector, cannot be read, or belongs to a running recorder; the rest is delivered to a meshscope with a password, although the recorder knew none', async () => {
    const [port, spool] = [await freePort(), temporaryFolder()];
    const url = `http://127.0.0.1:${port}`;
    const password = ['--http.username', 'me', '--http.password', 'p@s:s/%'];
    const authorization = `Basic ${Buffer.from('me:p@s:s/%').toString('base64')}`;
    await session(nowhere, spool, ['elsewhere']);
    const host = hostname().replaceAll(/[^\w-]/g, '-');
    const [own] = readdirSync(spool) as [string];
    const text = readFileSync(join(spool, own), 'utf8').replace(nowhere, url);
    expect(text).toContain(url);
    writeFileSync(join(spool, `${host}.999999.a.0.ndjson`), 'no header\nL{}\n');
    writeFileSync(join(spool, `${host}.999999.b.0.ndjson`), '');
    writeFileSync(join(spool, `${host}.${process.pid}.c.0.ndjson`), text);
    const staying = readdirSync(spool).toSorted();
    writeFileSync(join(spool, `${host}.999999.d.0.ndjson`), text);

    const refusing = await up(port, spool, '--recorders.deliver', 'off', ...password);
    await session(url, spool, ['kept']);
    await sleep(3500);
    expect(readdirSync(spool)).toHaveLength(staying.length + 2);
    expect(await storedTools(refusing, { authorization })).toEqual([]);
    await refusing.stop();

    const wanting = await up(port, spool, ...password);
    await eventually('both records', async () => (await storedTools(wanting, { authorization })).length === 2 || undefined);
    await eventually('what stays', async () => readdirSync(spool).length === staying.length || undefined);
    // A look further, at all that is left.
    await sleep(2500);
    expect(await storedTools(wanting, { authorization })).toEqual(['elsewhere', 'kept']);
    expect(readdirSync(spool).toSorted()).toEqual(staying);
    await wanting.stop();
  });
});
