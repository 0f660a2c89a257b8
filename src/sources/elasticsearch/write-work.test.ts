import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import type { FrameContent } from '../../model/journal-line.ts';
import { writeBulk, writeDocument } from './bulk.ts';
import { DocumentVersions } from './document-versions.ts';
import type { WritePorts } from './write-ports.ts';

type Frame = { payload: Buffer; rows: number; content: FrameContent };

/** A journal in memory, and ports that answer as the real ones do. */
function partsOf(overrides: Partial<WritePorts> = {}) {
  const frames: Frame[] = [];
  const counts: Record<string, number> = {};
  const journal = { rows: 0, refuse: undefined as AppError | undefined, beforeAppend: async () => {} };
  const indices = new Set<string>(['i']);
  const ports: WritePorts = {
    async append(build) {
      await journal.beforeAppend();
      if (journal.refuse) throw journal.refuse;
      const frame = build(7, journal.rows);
      if (frame.rows === 0) return;
      journal.rows += frame.rows;
      frames.push(frame);
    },
    resolveWrite: (name) => (indices.has(name) ? { index: name } : undefined),
    createForWrite: async (name) => {
      indices.add(name);
      return { index: name };
    },
    createAllForWrite: async (names) => {
      for (const name of names.keys()) indices.add(name);
    },
    mappingCheck: () => undefined,
    versions: new DocumentVersions({ findVersions: async () => [] }),
    readSource: async () => '{"stored":true}',
    refresh: async () => undefined,
    count: (outcome, records) => {
      counts[outcome] = (counts[outcome] ?? 0) + records;
    },
    countIndex: () => undefined,
    errorItem: (error) => ({
      status: (error as { status?: number }).status ?? 500,
      error: { type: (error as { type?: string }).type, reason: (error as Error).message },
    }),
    failure: (status, type, reason) => Object.assign(new Error(reason), { status, type }),
    maxDocumentBytes: 1000,
    ...overrides,
  };
  const lines = () => frames.flatMap(({ payload }) => payload.toString().split('\n').slice(0, -1));
  return { ports, frames, lines, counts, journal, indices };
}

const request = { index: undefined, requireAlias: false, pipeline: undefined, requireDataStream: false, refresh: false };

async function bulk(ports: WritePorts, text: string) {
  const answer = JSON.parse(await writeBulk(ports, Buffer.from(text), request)) as {
    errors: boolean;
    items: Record<string, { _id: string | null; status: number; error?: { type: string; reason: string } }>[];
  };
  return answer.items.map((item) => Object.values(item)[0]);
}

const create = '{"create":{"_index":"i"}}\n';
const index = (id: string) => `{"index":{"_index":"i","_id":"${id}"}}\n`;

describe('indices that are missing', () => {
  const text = ['a', 'b', 'a', 'i'].map((name) => `{"index":{"_index":"${name}"}}\n{"x":1}\n`).join('');

  it('are created together, those of a delete or of a pipeline not at all', async () => {
    const created: string[][] = [];
    const { ports, indices } = partsOf({
      createAllForWrite: async (names) => {
        created.push([...names.keys()]);
        for (const name of names.keys()) indices.add(name);
      },
      createForWrite: (name) => Promise.reject(new Error(`alone: ${name}`)),
    });
    const others = '{"delete":{"_index":"d","_id":"1"}}\n{"index":{"_index":"p","pipeline":"x"}}\n{}\n';
    const items = await bulk(ports, `${others}${text}`);
    expect(items.map((item) => item?.status)).toEqual([500, 400, 201, 201, 201, 201]);
    expect(created).toEqual([['a', 'b']]);
  });

  it('fail only their own documents when they cannot be saved', async () => {
    const { ports } = partsOf({ createAllForWrite: () => Promise.reject(new AppError('disk_full', 'full')) });
    const items = await bulk(ports, text);
    expect(items.map((item) => item?.status)).toEqual([429, 429, 429, 201]);
  });
});

describe('documents with automatic ids', () => {
  it('go into the journal in order; each that is wrong fails alone', async () => {
    const { ports, lines, counts } = partsOf();
    const items = await bulk(ports, `${create}{"a":1}\n${create}{"a":oops}\n${create}{"x":"${'y'.repeat(1000)}"}\n${create}{"a":2}\n`);
    expect(items.map((item) => item?.status)).toEqual([201, 400, 413, 201]);
    expect(items[1]?.error).toEqual({ type: 'document_parsing_exception', reason: '[1:6] failed to parse: a value is expected' });
    expect(lines().map((line) => line.split('\t').at(-1))).toEqual(['{"a":1}', '{"a":2}']);
    expect([items[0]?._id, items[3]?._id]).toEqual(['00000000000070000000', '00000000000070000001']);
    expect(counts).toEqual({ received: 4, accepted: 2, rejected: 2 });
  });

  it('are refused one by one when the journal refuses, none of them twice', async () => {
    const { ports, journal, counts, lines } = partsOf();
    journal.refuse = new AppError('journal_full', 'full');
    const items = await bulk(ports, `${create}{"a":1}\n${create}{"a":2}\n`);
    expect(items.map((item) => item?.status)).toEqual([429, 429]);
    expect(counts).toEqual({ received: 2, accepted: 0, rejected: 2 });
    expect(lines()).toEqual([]);
  });

  it('are cut into frames when they are many, and know their own index in each', async () => {
    const { ports, frames, indices, journal } = partsOf({ maxDocumentBytes: 1e7 });
    let appends = 0;
    journal.beforeAppend = async () => {
      // The index is deleted while the request is under way.
      if (++appends === 2) indices.delete('i');
    };
    const document = `${create}{"a":"${'x'.repeat(1e6)}"}\n`;
    const items = await bulk(ports, document.repeat(20));
    expect(frames).toHaveLength(1);
    expect(items.map((item) => item?.status)).toEqual([...new Array(9).fill(201), ...new Array(11).fill(404)]);
    expect(items.at(-1)?.error?.type).toBe('index_not_found_exception');
  });

  it('are checked one by one when the body is not UTF-8', async () => {
    const { ports } = partsOf();
    const body = Buffer.concat([Buffer.from(`${create}{"a":"`), Buffer.from([0xff]), Buffer.from(`"}\n${create}{"a":1}\n`)]);
    const { items } = JSON.parse(await writeBulk(ports, body, request)) as { items: { create: { status: number } }[] };
    expect(items.map((item) => item.create.status)).toEqual([400, 201]);
  });
});

describe('documents with explicit ids', () => {
  it('are one frame of increasing versions', async () => {
    const { ports, frames, lines } = partsOf();
    await bulk(ports, `${index('a')}{"n":1}\n${index('a')}{"n":2}\n{"delete":{"_index":"i","_id":"a"}}\n${index('a')}{"n":3}\n`);
    expect(frames).toHaveLength(1);
    expect(lines().map((line) => line.split('\t').slice(0, 3).join(' '))).toEqual(['+ i 1:a', '+ i 2:a', '- i 3:a', '+ i 4:a']);
  });

  it('refused by the journal leave no version behind', async () => {
    const { ports, journal } = partsOf();
    journal.refuse = new AppError('disk_full', 'full');
    expect((await bulk(ports, `${index('a')}{"n":1}\n`))[0]?.status).toBe(429);
    journal.refuse = undefined;
    expect((await bulk(ports, '{"create":{"_index":"i","_id":"a"}}\n{"n":1}\n'))[0]?.status).toBe(201);
  });

  it.each(['a\tb', 'a\nb', 'a\u0000b', 'x'.repeat(513), 'ü'.repeat(257)])('%j are refused', async (id) => {
    const { ports, lines } = partsOf();
    expect((await bulk(ports, `{"index":{"_index":"i","_id":${JSON.stringify(id)}}}\n{}\n`))[0]?.status).toBe(400);
    expect(lines()).toEqual([]);
  });

  it('may be the names of prototypes', async () => {
    const { ports } = partsOf();
    const ids = ['__proto__', 'constructor', 'toString'];
    const items = await bulk(ports, ids.map((id) => `${index(id)}{"__proto__":{"x":1}}\n`).join(''));
    expect(items.map((item) => [item?._id, item?.status])).toEqual(ids.map((id) => [id, 201]));
  });

  it('of a deleted index are not written to it', async () => {
    const { ports, journal, indices, lines } = partsOf();
    journal.beforeAppend = async () => void indices.delete('i');
    expect((await bulk(ports, `${index('a')}{"n":1}\n`))[0]?.status).toBe(404);
    expect(lines()).toEqual([]);
  });

  it('are spread over frames when they are many, and counted once', async () => {
    const { ports, frames, counts } = partsOf({ maxDocumentBytes: 1e7 });
    const items = await bulk(ports, Array.from({ length: 20 }, (_, n) => `${index(String(n))}{"a":"${'x'.repeat(1e6)}"}\n`).join(''));
    expect(items.every((item) => item?.status === 201)).toBe(true);
    expect(frames).toHaveLength(3);
    expect(counts).toEqual({ received: 20, accepted: 20, rejected: 0 });
  });
});

describe('one document', () => {
  const target = {
    action: 'index',
    index: 'i',
    id: undefined,
    requireAlias: undefined,
    pipeline: undefined,
    ifSeqNo: undefined,
    version: undefined,
    versionType: undefined,
  } as const;
  const options = { requireDataStream: false, refresh: false };

  it('is answered without the name of an action around it', async () => {
    const { ports } = partsOf();
    const { status, text } = await writeDocument(ports, Buffer.from('{"a":1}'), target, options);
    expect(status).toBe(201);
    expect(JSON.parse(text)).toMatchObject({ _index: 'i', _id: '00000000000070000000', result: 'created' });
  });

  it('may stretch over lines, and fails with its own error', async () => {
    const { ports, lines } = partsOf();
    await writeDocument(ports, Buffer.from('{\n  "a": 1\r\n}\n'), target, options);
    expect(lines()[0]?.split('\t').at(-1)).toBe('{"a":1}');
    await expect(writeDocument(ports, Buffer.from('{"a":'), target, options)).rejects.toMatchObject({
      status: 400,
      type: 'document_parsing_exception',
    });
  });
});
