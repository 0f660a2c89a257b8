import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AppError } from '../lib/errors.ts';
import type { AuditedLog } from '../model/audited-log.ts';
import type { AuditLog } from './audit-log.ts';
import { entryOf, LogCopier, type LogCopierOptions } from './log-copier.ts';
import { newFolder, openLog, readRecords } from './testing/audit-bench.ts';
import { verifyAudit } from './verify-audit.ts';

const document = (segment: number, row: number): AuditedLog => ({
  segment,
  row,
  index: 'logs',
  id: `${segment}-${row}`,
  action: 'login',
  resource: `agent:${segment}-${row}`,
  result: 'success',
  actor: 'ann',
  members: { service: 'weather', trace_id: '' },
});

/** A store of documents by segments; those behind `until` are still on their way. */
function storeOf(...segments: readonly (readonly [id: number, rows: number])[]) {
  const all = segments.flatMap(([id, rows]) => Array.from({ length: rows }, (_, row) => document(id, row)));
  const store = { until: 0, searches: 0, all };
  const findAudited: LogCopierOptions['findAudited'] = async (after, untilSegment, max) => {
    store.searches++;
    const found = store.all
      .filter(({ segment, row }) => segment <= untilSegment && (segment > after.segment || (segment === after.segment && row > after.row)))
      .slice(0, max);
    return { found, next: found.length < max ? undefined : found.at(-1) };
  };
  return { store, findAudited, loadedUntil: () => store.until };
}

type Store = ReturnType<typeof storeOf>;

const start = (folder: string, log: AuditLog, { findAudited, loadedUntil }: Store, more: Partial<LogCopierOptions> = {}) =>
  LogCopier.start({
    folder,
    findAudited,
    loadedUntil,
    append: (entries) => log.appendCopied(entries),
    headSeq: () => log.head.seq,
    onTrouble: () => undefined,
    pauseMillis: 1,
    ...more,
  });

const copied = (folder: string) =>
  readRecords(folder).flatMap(({ action, resource }) => (action === 'login' ? [resource.replace('agent:', '')] : []));

async function until(check: () => boolean): Promise<void> {
  for (let turn = 0; turn < 3000 && !check(); turn++) await sleep(20);
  expect(check()).toBe(true);
}

const names = (segment: number, rows: number) => Array.from({ length: rows }, (_, row) => `${segment}-${row}`);

describe('LogCopier', () => {
  it('copies what is loaded after its first start, each document once, in order', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    const store = storeOf([3, 2], [4, 5200], [6, 1]);
    store.store.until = 3;
    const copier = await start(folder, log, store);
    await sleep(20);
    expect(copied(folder)).toEqual([]);
    store.store.until = 5;
    copier.wake();
    await until(() => copied(folder).length === 5200);
    store.store.until = 6;
    copier.wake();
    await until(() => copied(folder).length === 5201);
    const { searches } = store.store;
    copier.wake();
    await sleep(50);
    expect(store.store.searches).toBe(searches);
    await copier.close();
    await log.close();
    expect(copied(folder)).toEqual([...names(4, 5200), ...names(6, 1)]);
    expect(readRecords(folder).find(({ action }) => action === 'login')).toMatchObject({
      actor: 'ann',
      result: 'success',
      details: { service: 'weather', from_log: { segment: 4, row: 0, index: 'logs', id: '4-0' } },
    });
    expect(await verifyAudit(folder)).toMatchObject({ ok: true });
  });

  it('goes on exactly where it was, wherever it was killed', async () => {
    const folder = newFolder();
    const store = storeOf([1, 4700], [2, 700]);
    const position = join(folder, 'log-position.json');
    await (await start(folder, (await openLog(folder)).log, store)).close();
    const before = readFileSync(position);
    store.store.until = 2;
    // Killed behind the first page, whose last records are not on the disk, and before the position was saved.
    const { log } = await openLog(folder);
    await log.appendCopied((await store.findAudited({ segment: 0, row: 0 }, 2, 321)).found.map(entryOf));
    await log.append([{ actor: 'a', action: 'b', resource: 'c', result: 'd' }]);
    await log.close();
    writeFileSync(position, before);
    const { log: again } = await openLog(folder);
    const copier = await start(folder, again, store);
    await until(() => copied(folder).length === 5400);
    await copier.close();
    await again.close();
    expect(copied(folder)).toEqual([...names(1, 4700), ...names(2, 700)]);
  });

  it('tries again while the disk is full, and says so once', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    const store = storeOf([1, 3]);
    let refusals = 1;
    const troubles: string[] = [];
    const copier = await start(folder, log, store, {
      append: async (entries) => {
        if (refusals-- > 0) throw new AppError('disk_full', 'The disk is full.');
        return log.appendCopied(entries);
      },
      onTrouble: (line) => troubles.push(line),
    });
    store.store.until = 1;
    copier.wake();
    await until(() => troubles.length === 1);
    expect(troubles[0]).toMatch(/made later: The disk is full/);
    for (let turn = 0; turn < 140 && copied(folder).length === 0; turn++) await sleep(50);
    expect(copied(folder)).toEqual(names(1, 3));
    await copier.close();
    await log.close();
  });

  it('begins anew when the store did, or when it was turned off, and survives a damaged position', async () => {
    for (const saved of [
      '{"place":{"segment":900,"row":1},"seq":0}',
      '{"place":{"segment":-1,"row":"x"},"seq":0}',
      '{',
      'null',
      undefined,
    ]) {
      const folder = newFolder();
      const { log } = await openLog(folder);
      const store = storeOf([4, 2], [5, 1]);
      store.store.until = 4;
      if (saved !== undefined) writeFileSync(join(folder, 'log-position.json'), saved);
      const copier = await start(folder, log, store);
      store.store.until = 5;
      copier.wake();
      await until(() => copied(folder).length === 1);
      await copier.close();
      await log.close();
      expect(copied(folder)).toEqual(['5-0']);
      rmSync(folder, { recursive: true });
    }
  });

  it('makes records of the strangest documents', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    const strange: AuditedLog = {
      ...document(1, 1),
      index: '\u0000'.repeat(10_000),
      id: '"\ud800'.repeat(10_000),
      action: 'audit.stop',
      resource: '\u0001'.repeat(100_000),
      result: '',
      actor: '\udfff',
      members: Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`m${n}`, '\u0000'.repeat(5000)])),
    };
    await log.appendCopied([entryOf(strange), entryOf({ ...strange, action: '__proto__', actor: '' })]);
    await log.close();
    const records = readRecords(folder).filter(({ actor }) => actor !== 'meshscope');
    expect(records.map(({ action, actor, result }) => [action, actor, result])).toEqual([
      ['log.audit.stop', '\ufffd', 'unknown'],
      ['__proto__', 'unknown', 'unknown'],
    ]);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true });
  });

  it('believes no stranger who names a log document', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    const forged = { actor: 'a', action: 'b', resource: 'c', result: 'd', details: { from_log: { segment: 9e15, row: 0 } } };
    await expect(log.append([forged])).rejects.toThrow(/from_log/);
    await log.close();
  });
});
