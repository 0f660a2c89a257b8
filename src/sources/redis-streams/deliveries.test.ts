import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { SpanBatch } from '../../model/span.ts';
import { Deliveries } from './deliveries.ts';
import { EntryTexts } from './entry-texts.ts';

const entry = () => EntryTexts.of(['trace_id', 't', 'operation', 'o']);
const ids = (from: number, count: number) => Array.from({ length: count }, (_, at) => `${from + at}-0`);

/** A journal that takes a batch when it is told to, in any order. */
function journal() {
  const waiting: { batch: SpanBatch; take: () => void; refuse: () => void }[] = [];
  const ingest = (batch: SpanBatch) =>
    new Promise<void>((resolve, reject) => waiting.push({ batch, take: resolve, refuse: () => reject(new Error('full')) }));
  return { waiting, ingest };
}

function setup() {
  const { waiting, ingest } = journal();
  const troubles: string[] = [];
  const deliveries = new Deliveries('mesh:trace', ingest, ({ message }) => troubles.push(message));
  const add = async (list: readonly string[]) => {
    for (const id of list) deliveries.add(id, entry());
    await turn();
    await turn();
  };
  return { waiting, troubles, deliveries, add };
}

describe('deliveries', () => {
  it('holds entries until the journal has them, and then until Redis has confirmed', async () => {
    const { waiting, deliveries, add } = setup();
    await add(ids(1, 3));
    expect([deliveries.held, deliveries.isDone, deliveries.unacknowledged(10)]).toEqual([3, false, []]);
    expect([...deliveries.heldIds()]).toEqual(ids(1, 3));
    waiting[0]?.take();
    await turn();
    expect([deliveries.held, deliveries.isDone, deliveries.heldIds().size]).toEqual([0, false, 0]);
    await add(ids(4, 1));
    waiting[1]?.take();
    await turn();
    expect([deliveries.unconfirmed, deliveries.unacknowledged(2), deliveries.unacknowledged(4)]).toEqual([4, ids(1, 3), ids(1, 4)]);
    // The connection broke before Redis could confirm.
    expect(deliveries.unacknowledged(2)).toEqual(ids(1, 3));
    expect(deliveries.unknown(['1-0', '4-0', '5-0'])).toEqual(['5-0']);
    deliveries.acknowledged(3);
    expect([deliveries.unacknowledged(10), deliveries.isDone]).toEqual([['4-0'], false]);
    deliveries.acknowledged(1);
    expect([deliveries.unconfirmed, deliveries.isDone, deliveries.counts.acknowledged]).toEqual([0, true, 4]);
    expect(deliveries.unknown(ids(1, 4))).toEqual(ids(1, 4));
  });

  it('acknowledges in the order in which batches are taken, each entry once', async () => {
    const { waiting, deliveries, add } = setup();
    await add(ids(1, 2));
    await add(ids(3, 2));
    waiting[1]?.take();
    await turn();
    expect([deliveries.unacknowledged(10), deliveries.held]).toEqual([ids(3, 2), 2]);
    waiting[0]?.take();
    await turn();
    deliveries.acknowledged(2);
    expect(deliveries.unacknowledged(10)).toEqual(ids(1, 2));
  });

  it('knows which of many entries are on their way', async () => {
    const { waiting, deliveries, add } = setup();
    const all = ids(1, 25_000);
    for (let from = 0; from < all.length; from += 1000) await add(all.slice(from, from + 1000));
    expect([deliveries.held, deliveries.hasRoom]).toEqual([25_000, false]);
    for (const { take } of waiting) take();
    await turn();
    expect([deliveries.held, deliveries.hasRoom]).toEqual([0, true]);
    const told: string[] = [];
    for (let list = deliveries.unacknowledged(4999); list.length > 0; list = deliveries.unacknowledged(4999)) {
      told.push(...list);
      expect(deliveries.unknown([told[0] as string, list[0] as string])).toEqual(told.length === list.length ? [] : [told[0]]);
      deliveries.acknowledged(list.length);
    }
    expect(told).toEqual(all);
    expect([deliveries.isDone, deliveries.counts.stored, deliveries.counts.acknowledged]).toEqual([true, 25_000, 25_000]);
  });

  it('counts an entry that is read again once, and lets go of what could not be read', async () => {
    const { waiting, deliveries, add } = setup();
    deliveries.hold(ids(1, 4));
    expect([deliveries.held, deliveries.unknown(ids(1, 5))]).toEqual([4, ['5-0']]);
    await add(['1-0']);
    deliveries.add('2-0', undefined);
    deliveries.settle(['3-0']);
    expect([deliveries.held, deliveries.counts.lost, deliveries.unacknowledged(10)]).toEqual([2, 1, ['2-0', '3-0']]);
    deliveries.release(['4-0']);
    expect([deliveries.held, deliveries.unknown(ids(1, 4))]).toEqual([1, ['4-0']]);
    waiting[0]?.take();
    await turn();
    expect([deliveries.held, deliveries.unacknowledged(10)]).toEqual([0, ['2-0', '3-0', '1-0']]);
  });

  it('gives back what the journal refuses when it is to stop', async () => {
    const { waiting, deliveries, add, troubles } = setup();
    await add(ids(1, 2));
    deliveries.stop();
    waiting[0]?.refuse();
    await turn();
    expect([deliveries.held, deliveries.isDone, deliveries.unacknowledged(10), troubles]).toEqual([0, true, [], ['full']]);
    expect(deliveries.unknown(ids(1, 2))).toEqual(ids(1, 2));
  });
});
