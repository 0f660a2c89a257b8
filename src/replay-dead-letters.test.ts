import { describe, expect, it } from 'vitest';
import type { IngestSpans } from './model/span.ts';
import { replayDeadLetters } from './replay-dead-letters.ts';
import { spansOfLines } from './sources/redis-streams/testing/spans-of-lines.ts';
import type { DeadLetterTable, StoredDeadLetter } from './store/dead-letter-table.ts';
import type { DocumentWriter } from './surfaces/elasticsearch/document-write-endpoints.ts';

function parts(count: number) {
  const letters: StoredDeadLetter[] = Array.from({ length: count }, (_, n) => letterOf(n));
  const stored = new Map<string, number>();
  const table: DeadLetterTable = {
    list: async ({ limit, offset, ids }) => letters.filter(({ id }) => !ids || ids.includes(id)).slice(offset, offset + limit),
    count: async () => letters.length,
    remove: async (ids) => {
      for (const id of ids)
        letters.splice(
          letters.findIndex((letter) => letter.id === id),
          1,
        );
    },
  };
  const writer: DocumentWriter = {
    bulk: async () => expect.unreachable(),
    document: async (payload, { id = '' }) => {
      if (payload.toString() === 'bad') throw Object.assign(new Error('failed to parse'), { status: 400 });
      if (stored.has(id)) throw Object.assign(new Error('exists'), { status: 409 });
      stored.set(id, 1);
      return { status: 201, text: '' };
    },
  };
  return { letters, stored, table, writer };
}

const letterOf = (n: number, text = n % 3 === 0 ? 'bad' : '{}'): StoredDeadLetter => ({
  id: `l${n}`,
  source: 's',
  index: 'i',
  reason: 'r',
  receivedMillis: n,
  payload: Buffer.from(text),
});

const partsOf = (letters: DeadLetterTable, writer: DocumentWriter, ingestSpans: IngestSpans = async () => expect.unreachable()) => ({
  letters,
  writer,
  ingestSpans,
});

describe('replayDeadLetters', () => {
  it('reads spans again as their source does', async () => {
    const { letters, table, writer } = parts(0);
    const entry = (fields: object) => JSON.stringify({ origin: 'mesh:trace 1-0', fields });
    const good = entry({ trace_id: 't', span_id: 's', operation: 'op' });
    for (const [n, text] of [good, entry({ hello: 'world' }), '{"origin":"mesh:trace 2-0"}'].entries())
      letters.push({ ...letterOf(n, text), source: 'redis', index: 'spans' });
    letters.push({ ...letterOf(3, '{"traceId":"a1","id":"b2","name":"z"}'), source: 'zipkin', index: 'spans' });
    const taken: string[] = [];
    const ingest: IngestSpans = async ({ source, spans, lines }) =>
      void taken.push(
        ...[...spans, ...(lines === undefined ? [] : spansOfLines(lines))].map(({ name, origin }) => `${source} ${name} ${origin}`),
      );
    const { replayed, failed } = await replayDeadLetters(partsOf(table, writer, ingest), undefined);
    expect(taken).toEqual(['redis op mesh:trace 1-0', 'zipkin z ']);
    expect({ replayed, failed: failed.map(({ id }) => id) }).toEqual({ replayed: 2, failed: ['l1', 'l2'] });
  });

  it('stores what can be read and leaves the rest, over many pages', async () => {
    const { letters, stored, table, writer } = parts(1800);
    const { replayed, failed } = await replayDeadLetters(partsOf(table, writer), undefined);
    expect({ replayed, failed: failed.length, left: letters.length, stored: stored.size }).toEqual({
      replayed: 1200,
      failed: 600,
      left: 600,
      stored: 1200,
    });
    expect(new Set(failed.map(({ id }) => id)).size).toBe(600);
  });

  it('stores nothing twice when it runs again, also when it was interrupted before it removed anything', async () => {
    const { letters, stored, table, writer } = parts(30);
    const interrupted = { ...table, remove: async () => Promise.reject(new Error('killed')) };
    await expect(replayDeadLetters(partsOf(interrupted, writer), undefined)).rejects.toThrow('killed');
    expect({ left: letters.length, stored: stored.size }).toEqual({ left: 30, stored: 20 });
    expect(await replayDeadLetters(partsOf(table, writer), undefined)).toMatchObject({ replayed: 20 });
    expect(await replayDeadLetters(partsOf(table, writer), undefined)).toMatchObject({ replayed: 0, failed: { length: 10 } });
    expect(stored.size).toBe(20);
  });

  it('comes to an end while new letters arrive before the old ones', async () => {
    const { letters, stored, table, writer } = parts(1200);
    let arrived = 0;
    const busy: DocumentWriter = {
      ...writer,
      document: async (...call) => {
        if (arrived < 300) letters.unshift(letterOf(5000 + arrived++));
        return writer.document(...call);
      },
    };
    const { failed } = await replayDeadLetters(partsOf(table, busy), undefined);
    expect(new Set(failed.map(({ id }) => id)).size).toBe(failed.length);
    expect(stored.size).toBeGreaterThanOrEqual(800);
  });

  it('takes the ids that it was given only', async () => {
    const { stored, table, writer } = parts(10);
    expect(await replayDeadLetters(partsOf(table, writer), ['l1', 'l3', 'l99'])).toEqual({
      replayed: 1,
      failed: [{ id: 'l3', reason: 'failed to parse' }],
    });
    expect([...stored.keys()]).toEqual(['dead-letter-l1']);
  });
});
