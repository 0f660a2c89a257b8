import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entry, newFolder, openLog, readFiles, readRecords } from './testing/audit-bench.ts';
import { verifyAudit } from './verify-audit.ts';

const names = (folder: string) => [...readFiles(folder).keys()];

describe('retention', () => {
  const day = 86_400_000;

  it('removes whole files by age only, oldest first, and keeps the rest verifiable', async () => {
    const folder = newFolder();
    let now = Date.UTC(2026, 0, 1);
    const { log } = await openLog(folder, { fileBytes: 2500, retentionDays: 10, now: () => now });
    for (let n = 0; n < 60; n++) {
      now += day / 2;
      await log.append([entry(n)]);
      if (n % 5 === 0) await log.checkpoint();
    }
    const before = readRecords(folder);
    await log.retain();
    await log.append([entry(99)]);
    const after = readRecords(folder);
    const first = after[0]?.seq ?? 0;
    expect(first).toBeGreaterThan(20);
    for (const record of before) {
      const isKept = record.seq >= first;
      if (!isKept) expect(Date.parse(record.time)).toBeLessThan(now - 10 * day);
      else expect(after).toContainEqual(record);
    }
    expect(after.find(({ action }) => action === 'audit.retention')).toMatchObject({
      details: { first_seq: 1, last_seq: first - 1, last_hash: before[first - 2]?.hash },
    });
    expect(await log.verify()).toMatchObject({ ok: true, first });
    await log.close();
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, first, unsigned: 0 });
    const kept = readFileSync(join(folder, 'checkpoints.ndjson'), 'utf8').trimEnd().split('\n');
    expect(kept.every((line) => (JSON.parse(line) as { seq: number }).seq >= first)).toBe(true);
    // A kept head of a removed record is no finding, but is said.
    const gone = before[2] as { seq: number; hash: string };
    expect(await verifyAudit(folder, { head: gone })).toMatchObject({
      ok: true,
      notes: [expect.anything(), expect.stringContaining('retention removed it')],
    });

    const anchor = readFileSync(join(folder, 'anchor.json'), 'utf8');
    const tampered = newFolder();
    cpSync(folder, tampered, { recursive: true });
    rmSync(join(tampered, names(tampered)[0] as string));
    expect((await verifyAudit(tampered)).findings[0]).toMatchObject({ kind: 'missing', seq: first });
    writeFileSync(join(tampered, 'anchor.json'), anchor.replace(/"seq":\d+/, '"seq":99'));
    expect((await verifyAudit(tampered)).findings[0]).toMatchObject({ kind: 'anchor' });
    rmSync(join(tampered, 'anchor.json'));
    expect((await verifyAudit(tampered)).findings[0]).toMatchObject({ kind: 'missing', seq: 1 });
  });

  it('finishes what a crash interrupted', async () => {
    const folder = newFolder();
    let now = Date.UTC(2026, 0, 1);
    const options = { fileBytes: 2500, retentionDays: 10, now: () => now };
    const { log } = await openLog(folder, options);
    for (let n = 0; n < 30; n++) await log.append([entry(n)]);
    now += 11 * day;
    await log.append([entry(31)]);
    const image = newFolder();
    cpSync(folder, image, { recursive: true });
    await log.retain();
    // The anchor is there, but no file was removed yet.
    for (const name of readdirSync(image)) if (!existsSync(join(folder, name))) cpSync(join(image, name), join(folder, name));
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, notes: [expect.anything(), expect.stringContaining('still there')] });
    await log.close();
    const { log: next, troubles } = await openLog(folder, options);
    await next.close();
    expect(troubles).toEqual([]);
    expect(names(folder)).toHaveLength(1);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true });
  });

  it('keeps a file that was changed at its end', async () => {
    const folder = newFolder();
    let now = Date.UTC(2026, 0, 1);
    const { log } = await openLog(folder, { fileBytes: 2500, retentionDays: 10, now: () => now });
    for (let n = 0; n < 30; n++) await log.append([entry(n)]);
    const second = join(folder, names(folder)[1] as string);
    writeFileSync(second, readFileSync(second, 'utf8').replace(/agent-\d(?![\s\S]*agent-\d)/, 'agent-9'));
    now += 40 * day;
    await log.retain();
    await log.close();
    expect(existsSync(second)).toBe(true);
    expect((await verifyAudit(folder)).findings).toEqual([expect.objectContaining({ kind: 'changed', file: names(folder)[0] })]);
  });

  it('begins a new file by age, so that little used logs shrink too', async () => {
    const folder = newFolder();
    let now = Date.UTC(2026, 0, 1);
    const { log } = await openLog(folder, { retentionDays: 12, now: () => now });
    for (let n = 0; n < 5; n++) {
      now += day;
      await log.append([entry(n)]);
    }
    await log.close();
    expect(names(folder).length).toBe(6);
  });
});
