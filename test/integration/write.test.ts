import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../harness/server-process.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  expect(await server.stop(), server.stderr()).toBe(0);
});

type Json = Record<string, unknown>;

async function call(method: string, path: string, body?: unknown): Promise<Json & { status_code: number }> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(text === undefined ? {} : { body: text as string }),
  });
  const answer = await response.text();
  return { status_code: response.status, ...(answer === '' ? {} : (JSON.parse(answer) as Json)) };
}

type Item = { _id: string; _version: number; result: string; status: number; error?: { type: string; reason: string } };

/** Items of a bulk answer, without the name of the action around each. */
async function bulk(lines: readonly unknown[], query = ''): Promise<Item[]> {
  const body = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
  const { items, ...rest } = await call('POST', `/_bulk${query}`, body);
  expect(rest.status_code, JSON.stringify(rest)).toBe(200);
  return (items as Record<string, Item>[]).map((item) => Object.values(item)[0] as Item);
}

const brief = (items: readonly Item[]) =>
  items.map(({ status, result, _version, error }) => (error ? [status, error.type] : [status, result, _version]));

/** Sources of all documents by id; an id that is found twice fails. */
async function documents(index: string): Promise<Record<string, unknown>> {
  await call('POST', `/${index}/_refresh`);
  const { hits } = (await call('POST', `/${index}/_search`, { size: 1000 })) as unknown as {
    hits: { hits: { _id: string; _source: unknown }[] };
  };
  const found: Record<string, unknown> = {};
  for (const { _id, _source } of hits.hits) {
    expect(found[_id], `${_id} twice`).toBeUndefined();
    found[_id] = _source;
  }
  return found;
}

const at = (index: string, id: string) => ({ _index: index, _id: id });

describe('documents with explicit ids', () => {
  it('are what was written last, in one request, in one segment and over segments', async () => {
    const to = at('last', 'a');
    expect(brief(await bulk([{ index: to }, { n: 1 }, { index: to }, { n: 2 }]))).toEqual([
      [201, 'created', 1],
      [200, 'updated', 2],
    ]);
    expect(brief(await bulk([{ index: to }, { n: 3 }]))).toEqual([[200, 'updated', 3]]);
    expect(await documents('last')).toEqual({ a: { n: 3 } });
    expect(brief(await bulk([{ index: to }, { n: 4 }], '?refresh=true'))).toEqual([[200, 'updated', 4]]);
    expect(await documents('last')).toEqual({ a: { n: 4 } });
  });

  it('are created once, by whichever request came first', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => call('PUT', '/once/_create/a', { n })));
    expect(answers.filter(({ status_code }) => status_code === 201)).toHaveLength(1);
    expect(answers.filter(({ status_code }) => status_code === 409)).toHaveLength(19);
    expect(brief(await bulk([{ create: at('once', 'a') }, { n: 99 }]))).toEqual([[409, 'version_conflict_engine_exception']]);
    expect(Object.keys(await documents('once'))).toEqual(['a']);
  });

  it('come and go and come again, in the same segment and in others', async () => {
    const to = at('again', 'a');
    expect(brief(await bulk([{ index: to }, { n: 1 }, { delete: to }, { delete: to }, { create: to }, { n: 2 }]))).toEqual([
      [201, 'created', 1],
      [200, 'deleted', 2],
      [404, 'not_found', 3],
      [201, 'created', 3],
    ]);
    expect(await documents('again')).toEqual({ a: { n: 2 } });
    await bulk([{ delete: to }], '?refresh=true');
    expect(await documents('again')).toEqual({});
    expect((await bulk([{ create: to }, { n: 3 }]))[0]?.status).toBe(201);
    expect(await documents('again')).toEqual({ a: { n: 3 } });
  });

  it('are updated by doc, upsert and doc_as_upsert, against what the same request did before', async () => {
    const [a, b, c] = [at('update', 'a'), at('update', 'b'), at('update', 'c')];
    expect(
      brief(
        await bulk([
          { index: a },
          { x: { y: 1 }, keep: true },
          { update: a },
          { doc: { x: { z: 2 } } },
          { update: a },
          { doc: { x: { z: 2 } } },
          { update: b },
          { doc: { n: 1 } },
          { update: b },
          { doc: { n: 1 }, upsert: { u: 1 } },
          { update: c },
          { doc: { n: 1 }, doc_as_upsert: true },
          { update: c },
          { script: { source: 'x' } },
        ]),
      ),
    ).toEqual([
      [201, 'created', 1],
      [200, 'updated', 2],
      [200, 'noop', 2],
      [404, 'document_missing_exception'],
      [201, 'created', 1],
      [201, 'created', 1],
      [400, 'illegal_argument_exception'],
    ]);
    expect(await documents('update')).toEqual({ a: { x: { y: 1, z: 2 }, keep: true }, b: { u: 1 }, c: { n: 1 } });
  });

  it('that are refused change nothing about the next with their id', async () => {
    const to = at('sound', 'a');
    expect(brief(await bulk([{ index: to }, '{"bad', { create: to }, { n: 1 }, { create: to }, { n: 2 }]))).toEqual([
      [400, 'document_parsing_exception'],
      [201, 'created', 1],
      [409, 'version_conflict_engine_exception'],
    ]);
    expect(await documents('sound')).toEqual({ a: { n: 1 } });
  });

  it('keep external versions beyond 32 bits', async () => {
    const now = 1_763_600_000_123;
    const to = { ...at('external', 'a'), version_type: 'external' };
    expect(brief(await bulk([{ index: { ...to, version: now } }, { n: 1 }], '?refresh=true'))).toEqual([[201, 'created', now]]);
    expect(brief(await bulk([{ index: { ...to, version: now } }, { n: 2 }]))).toEqual([[409, 'version_conflict_engine_exception']]);
    expect(brief(await bulk([{ index: { ...to, version: now + 1 } }, { n: 3 }]))).toEqual([[200, 'updated', now + 1]]);
    expect(await documents('external')).toEqual({ a: { n: 3 } });
  });

  it('may look like automatic ids, of this index or of another', async () => {
    const [{ _id: id }] = (await bulk([{ index: { _index: 'automatic' } }, { n: 1 }])) as [Item];
    expect(brief(await bulk([{ index: at('other', id) }, { n: 2 }], '?refresh=true'))).toEqual([[201, 'created', 1]]);
    expect(await documents('automatic')).toEqual({ [id]: { n: 1 } });
    expect(brief(await bulk([{ index: at('automatic', id) }, { n: 3 }]))).toEqual([[200, 'updated', 2]]);
    expect(await documents('automatic')).toEqual({ [id]: { n: 3 } });
    expect(await documents('other')).toEqual({ [id]: { n: 2 } });
  });

  it('with automatic ids are deleted and updated at once, without a refresh between', async () => {
    const [first, second] = (await bulk([{ index: { _index: 'quick' } }, { n: 1 }, { index: { _index: 'quick' } }, { n: 2 }])) as [
      Item,
      Item,
    ];
    expect(brief(await bulk([{ delete: at('quick', first._id) }, { update: at('quick', second._id) }, { doc: { m: 3 } }]))).toEqual([
      [200, 'deleted', 2],
      [200, 'updated', 2],
    ]);
    expect(await documents('quick')).toEqual({ [second._id]: { n: 2, m: 3 } });
  });
});

describe('an index that is deleted', () => {
  it('does not get its rows back, from whatever was under way', async () => {
    let stop = false;
    const writers = Array.from({ length: 3 }, async (_, writer) => {
      for (let n = 0; !stop; n++) await bulk([{ index: { _index: 'gone' } }, { writer, n }, { index: at('gone', `k${writer}`) }, { n }]);
    });
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await call('DELETE', '/gone');
    }
    stop = true;
    await Promise.all(writers);
    await call('DELETE', '/gone');
    expect(await call('HEAD', '/gone')).toMatchObject({ status_code: 404 });
    await bulk([{ index: at('gone', 'new') }, { n: 1 }]);
    expect(await documents('gone')).toEqual({ new: { n: 1 } });
  });
});

describe('a bulk request', () => {
  it('with bad JSON in line 7 fails that item alone, and says where', async () => {
    const to = { index: { _index: 'line' } };
    const items = await bulk([to, { n: 1 }, to, { n: 2 }, to, { n: 3 }, to, '{"n": oops}', to, { n: 5 }]);
    expect(items.map(({ status }) => status)).toEqual([201, 201, 201, 400, 201]);
    expect(items[3]?.error).toEqual({ type: 'document_parsing_exception', reason: '[1:7] failed to parse: a value is expected' });
    expect(Object.keys(await documents('line'))).toHaveLength(4);
  });

  it('of very many tiny documents stores each', async () => {
    const count = 150_000;
    const response = await fetch(`${server.url}/tiny/_bulk?filter_path=errors`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: '{"index":{}}\n{}\n'.repeat(count),
    });
    expect(await response.json()).toEqual({ errors: false });
    await call('POST', '/tiny/_refresh');
    expect(await call('GET', '/tiny/_count')).toMatchObject({ count });
  });
});
