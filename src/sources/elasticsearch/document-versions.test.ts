import { describe, expect, it } from 'vitest';
import { type DocumentKey, DocumentVersions, keyOf } from './document-versions.ts';

const key = { index: 'i', id: 'a' };

/** A store whose answers wait for `answer`. */
function storeOf(stored: readonly (DocumentKey & { version: number })[]) {
  let answer = () => {};
  const asked: DocumentKey[][] = [];
  const gate = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const versions = new DocumentVersions({
    findVersions: async (keys) => {
      asked.push([...keys]);
      await gate;
      return stored.filter((row) => keys.some((wanted) => keyOf(wanted) === keyOf(row)));
    },
  });
  return { versions, asked, answer };
}

describe('DocumentVersions', () => {
  it('knows what the store has, and prefers what is newer', async () => {
    const { versions, answer } = storeOf([{ ...key, version: 3 }]);
    answer();
    expect((await versions.current([key])).get(keyOf(key))).toEqual({ version: 3, exists: true });
    versions.note(key, 4, false, 10);
    expect((await versions.current([key])).get(keyOf(key))).toEqual({ version: 4, exists: false });
    versions.forgetLoaded(10);
    expect((await versions.current([key])).get(keyOf(key))).toEqual({ version: 3, exists: true });
  });

  it('keeps what it knew when a segment is loaded while the store answers', async () => {
    const { versions, asked, answer } = storeOf([]);
    versions.note(key, 1, true, 10);
    const current = versions.current([key, { index: 'i', id: 'other' }]);
    versions.forgetLoaded(10);
    answer();
    expect((await current).get(keyOf(key))).toEqual({ version: 1, exists: true });
    expect(asked).toEqual([[{ index: 'i', id: 'other' }]]);
  });

  it('forgets a segment only, in whatever order segments are loaded', () => {
    const { versions } = storeOf([]);
    versions.note(key, 1, true, 10);
    versions.note({ index: 'i', id: 'b' }, 1, true, 11);
    versions.forgetLoaded(11);
    expect(versions.isPending(key)).toBe(true);
    versions.note(key, 2, true, 12);
    versions.forgetLoaded(10);
    expect(versions.isPending(key)).toBe(true);
    versions.forgetLoaded(12);
    expect(versions.isPending(key)).toBe(false);
  });

  it('runs one at a time, also after a failure', async () => {
    const { versions } = storeOf([]);
    const order: string[] = [];
    const run = (name: string) =>
      versions.exclusively(async () => {
        order.push(`${name} begins`);
        await Promise.resolve();
        order.push(`${name} ends`);
        if (name === 'a') throw new Error('a fails');
      });
    const [a, b] = await Promise.allSettled([run('a'), run('b')]);
    expect([a?.status, b?.status]).toEqual(['rejected', 'fulfilled']);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });
});
