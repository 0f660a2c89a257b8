import { AppError } from './lib/errors.ts';
import type { SavedTable } from './store/saved-table.ts';
import type { SavedPort } from './surfaces/saved/saved-routes.ts';

/** A list is shown whole, so there must be an end to it. */
const maxObjects = 1000;
const maxBytes = 32 * 1024 ** 2;

const sizeOf = ({ title, content }: Readonly<{ title: string; content: string }>) => Buffer.byteLength(title) + Buffer.byteLength(content);

/** What people saved, over its table. One change at a time, so that a check and its change belong together. */
export function createSavedObjects(table: SavedTable, now: () => number = Date.now): SavedPort {
  let last: Promise<unknown> = Promise.resolve();
  let lastMillis = 0;
  const alone = <Result>(change: () => Promise<Result>): Promise<Result> => {
    const turn = last.then(change, change);
    last = turn;
    return turn;
  };
  const nextMillis = (before: number) => {
    lastMillis = Math.max(now(), lastMillis + 1, before + 1);
    return lastMillis;
  };
  return {
    list: (kind) => table.list(kind),
    find: (kind, id) => table.find(kind, id),
    save: ({ kind, id, title, content, expectedMillis }) =>
      alone(async () => {
        const before = await table.find(kind, id);
        if (expectedMillis !== undefined && before?.updatedMillis !== expectedMillis) {
          throw new AppError('conflict', `Someone else has ${before === undefined ? 'removed' : 'changed'} it since it was read.`);
        }
        const { objects, bytes } = await table.size(kind);
        if (before === undefined && objects >= maxObjects)
          throw new AppError('too_large', `No more than ${maxObjects} can be saved; remove some first.`);
        const others = bytes - (before === undefined ? 0 : sizeOf(before));
        if (others + sizeOf({ title, content }) > Math.max(maxBytes, bytes))
          throw new AppError('too_large', `All that is saved of one kind has no more than ${maxBytes} bytes; remove some first.`);
        const saved = { kind, id, title, content, updatedMillis: nextMillis(before?.updatedMillis ?? 0) };
        await table.save(saved);
        return saved;
      }),
    remove: (kind, id) =>
      alone(async () => {
        const before = await table.find(kind, id);
        if (before !== undefined) await table.remove(kind, id, nextMillis(before.updatedMillis));
        return before !== undefined;
      }),
  };
}
