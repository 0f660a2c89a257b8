import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mountSmallDisk } from '../../test/harness/small-disk.ts';
import { canonicalJson } from './canonical-json.ts';
import { entry, newFolder, openLog, readFiles, readRecords } from './testing/audit-bench.ts';
import { verifyAudit } from './verify-audit.ts';

const names = (folder: string) => [...readFiles(folder).keys()];

describe('AuditLog', () => {
  it('chains canonical records, across files and starts', async () => {
    const folder = newFolder();
    for (const start of [0, 20]) {
      const { log, troubles } = await openLog(folder, { fileBytes: 2500 });
      for (let n = start; n < start + 20; n++) {
        const [receipt] = await log.append([entry(n)]);
        expect(receipt).toMatchObject(log.head);
      }
      await log.close();
      await log.close();
      expect(troubles).toEqual([]);
    }
    const records = readRecords(folder);
    expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: 44 }, (_, index) => index + 1));
    expect(records.map(({ action }) => action).filter((action) => action.startsWith('audit.'))).toEqual([
      'audit.start',
      'audit.stop',
      'audit.start',
      'audit.stop',
    ]);
    for (const [index, record] of records.entries()) expect(record.prev).toBe(records[index - 1]?.hash ?? '0'.repeat(64));
    for (const line of [...readFiles(folder).values()].flat()) expect(canonicalJson(JSON.parse(line))).toBe(line);
    for (const [name, [first]] of readFiles(folder)) {
      const { seq } = JSON.parse(first as string) as { seq: number };
      expect(name).toBe(`audit-${String(seq).padStart(16, '0')}.ndjson`);
    }
    expect(names(folder).length).toBeGreaterThan(5);
    expect(records[1]).toMatchObject(entry(0));
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 44, unsigned: 0 });
  });

  it('gives concurrent records one order, and keeps those of one call together', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder, { fileBytes: 20_000 });
    const receipts = await Promise.all(Array.from({ length: 300 }, (_, call) => log.append([entry(call), entry(call), entry(call)])));
    await log.close();
    const records = readRecords(folder);
    for (const [call, three] of receipts.entries()) {
      expect(three.map(({ seq }) => seq - (three[0]?.seq ?? 0))).toEqual([0, 1, 2]);
      for (const { seq, hash } of three) expect(records[seq - 1]).toMatchObject({ seq, hash, details: { n: call } });
    }
    expect(names(folder).length).toBeGreaterThan(5);
    for (const name of names(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(20_000);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 902 });
  });

  it('stores a numbered record once, however often and whenever it is sent', async () => {
    const folder = newFolder();
    const numbered = (n: number, id: unknown = `id-${n}`) => ({ ...entry(n), details: { n, record_id: id } });
    const { log } = await openLog(folder);
    const first = await log.append([numbered(1), numbered(2)]);
    // In the same batch, at the same time, and later, mixed with new ones.
    const [again, ...others] = await Promise.all([
      log.append([numbered(2), numbered(3), numbered(3), numbered(1)]),
      log.append([numbered(3)]),
      log.append([numbered(1), numbered(2)]),
    ]);
    expect(again).toEqual([first[1], again[1], again[1], first[0]]);
    expect(others).toEqual([[again[1]], first]);
    // What says something else is another record; so is what has no number.
    await log.append([{ ...numbered(1), result: 'other' }, entry(1), entry(1), numbered(4, 7), numbered(4, 7)]);
    await log.close();
    const { log: later } = await openLog(folder);
    expect(await later.append([numbered(2), numbered(1)])).toEqual([first[1], first[0]]);
    await later.close();
    const said = readRecords(folder).filter(({ actor }) => actor !== 'meshscope');
    expect(said.map(({ details }) => details.record_id)).toEqual(['id-1', 'id-2', 'id-3', 'id-1', undefined, undefined, 7, 7]);
    expect(await verifyAudit(folder)).toMatchObject({ ok: true });
  });

  it('keeps what was handed in, whatever the caller does with it then', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    const details = { list: [1], ['__proto__']: 1 };
    const done = log.append([
      { ...entry(1), details: JSON.parse('{"__proto__":{"a":1},"list":[1]}') },
      { ...entry(1), details },
    ]);
    details.list.push(2);
    await done;
    await log.close();
    const text = readFileSync(join(folder, names(folder)[0] as string), 'utf8');
    expect(text).toContain('"details":{"__proto__":{"a":1},"list":[1]}');
    expect(text).not.toContain('[1,2]');
  });

  it.each([
    ['no actor', { ...entry(1), actor: '' }, 'bad_request', /^actor:/],
    ['a number', { ...entry(1), result: 1 }, 'bad_request', /^result:/],
    ['a long resource', { ...entry(1), resource: 'x'.repeat(5000) }, 'bad_request', /^resource:/],
    ['our own action', { ...entry(1), action: 'audit.stop' }, 'bad_request', /^action:/],
    ['details that are no object', { ...entry(1), details: [1] }, 'bad_request', /^details:/],
    ['large details', { ...entry(1), details: { text: 'x'.repeat(40_000) } }, 'too_large', /^details:/],
    ['no JSON', { ...entry(1), details: { at: new Date() } }, 'bad_request', /canonical/],
  ])('refuses %s, and all of that call', async (_name, wrong, code, message) => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    await expect(log.append([wrong as never])).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(log.append([entry(1), wrong as never])).rejects.toThrow(/^record 2: /);
    expect(await log.append([])).toEqual([]);
    await log.close();
    await expect(log.append([entry(1)])).rejects.toMatchObject({ code: 'shutting_down' });
    expect(readRecords(folder)).toHaveLength(2);
  });

  it('takes the largest record that it accepts, and reads it again', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    const text = '\u0001'.repeat(1024);
    await log.append([{ actor: text, action: text, resource: text.repeat(4), result: text, details: { x: 'x'.repeat(32 * 1024 - 8) } }]);
    await log.close();
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, records: 3 });
    const { log: again, troubles } = await openLog(folder);
    expect(again.head.seq).toBe(4);
    expect(troubles).toEqual([]);
    await again.close();
  });

  it('cuts off a torn last line, at whatever byte it ends, and says so', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder, { fileBytes: 700 });
    await log.append([entry(1)]);
    await log.append([entry(2)]);
    await log.checkpoint();
    await log.append([entry(3)]);
    const image = newFolder();
    cpSync(folder, image, { recursive: true });
    await log.close();
    const name = names(image).at(-1) as string;
    const text = readFileSync(join(image, name));
    const before = text.lastIndexOf(10, text.length - 2) + 1;
    // Every byte near both ends, and some between.
    const ends = Array.from({ length: text.length - before }, (_, index) => before + index);
    for (const end of ends.filter((one) => one < before + 20 || one > text.length - 30 || one % 23 === 0)) {
      const crashed = newFolder();
      cpSync(image, crashed, { recursive: true });
      writeFileSync(join(crashed, name), text.subarray(0, end));
      const beforeStart = await verifyAudit(crashed);
      expect(beforeStart.ok).toBe(true);
      const { log: next, troubles } = await openLog(crashed, { fileBytes: 700 });
      await next.append([entry(4)]);
      await next.close();
      const records = readRecords(crashed);
      expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
      const said = records.filter(({ action }) => action === 'audit.recovery');
      expect(said).toHaveLength(end === before ? 0 : 1);
      expect(troubles).toHaveLength(end === before ? 0 : 1);
      if (end > before) {
        expect(said[0]).toMatchObject({ resource: name, details: { bytes: end - before } });
        const kept = Buffer.from(String(said[0]?.details.start_base64), 'base64');
        expect(kept.equals(text.subarray(before, end).subarray(0, 1024))).toBe(true);
      }
      expect(await verifyAudit(crashed)).toMatchObject({ ok: true, unsigned: 0 });
      rmSync(crashed, { recursive: true });
    }
  });

  it('keeps lines that are damaged, goes on behind them, and says so', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    for (let n = 0; n < 5; n++) await log.append([entry(n)]);
    await log.close();
    const path = join(folder, names(folder)[0] as string);
    appendFileSync(path, 'someone was here\n');
    const { log: next, troubles } = await openLog(folder);
    await next.append([entry(6)]);
    await next.close();
    expect(troubles).toEqual([expect.stringContaining('1 lines behind record 7 are no records')]);
    expect(readFileSync(path, 'utf8')).toContain('someone was here');
    expect((await verifyAudit(folder)).findings).toEqual([expect.objectContaining({ kind: 'inserted', line: 8 })]);
    expect(readRecords(newFolder())).toEqual([]);
  });

  it('says at the start that signed records are gone', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    for (let n = 0; n < 5; n++) await log.append([entry(n)]);
    await log.close();
    const path = join(folder, names(folder)[0] as string);
    writeFileSync(path, readFileSync(path, 'utf8').split('\n').slice(0, 4).join('\n').concat('\n'));
    const { log: next, troubles } = await openLog(folder);
    for (let n = 0; n < 5; n++) await next.append([entry(n)]);
    await next.close();
    expect(troubles).toEqual([expect.stringContaining('it ends with record 4, but record 7 was signed')]);
    const { findings } = await verifyAudit(folder);
    expect(findings[0]).toMatchObject({ kind: 'changed', file: 'checkpoints.ndjson' });
    expect(findings[0]?.seq).toBeLessThanOrEqual(5);
    expect(findings[0]?.until).toBe(7);
  });

  it('begins a new file when someone removes the current one, and says so', async () => {
    const folder = newFolder();
    const { log, troubles } = await openLog(folder);
    await log.append([entry(1)]);
    await log.checkpoint();
    rmSync(join(folder, names(folder)[0] as string));
    rmSync(join(folder, 'checkpoints.ndjson'));
    await log.append([entry(2)]);
    await log.close();
    expect(troubles).toHaveLength(2);
    expect((await verifyAudit(folder)).findings).toEqual([expect.objectContaining({ kind: 'missing', seq: 1, until: 2 })]);
  });

  it('makes one key, that only its owner can read', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder);
    await log.close();
    const path = join(folder, 'signing-key.pem');
    const key = readFileSync(path, 'utf8');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'public-key.pem'), 'utf8')).not.toContain('PRIVATE');
    chmodSync(path, 0o644);
    const { log: again, troubles } = await openLog(folder);
    await again.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(troubles).toEqual([expect.stringContaining('others could read')]);
    expect(readFileSync(path, 'utf8')).toBe(key);
    for (const name of names(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    // A lost key is replaced; what it signed can still be checked.
    rmSync(path);
    const { log: third } = await openLog(folder);
    await third.close();
    expect(readRecords(folder).at(-2)).toMatchObject({ action: 'audit.start', details: { new_key: true } });
    expect(await verifyAudit(folder)).toMatchObject({ ok: true });
    writeFileSync(path, 'garbage');
    await expect(openLog(folder)).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('signs from time to time what is new', async () => {
    const folder = newFolder();
    const { log } = await openLog(folder, { checkpointMillis: 20 });
    await log.append([entry(1)]);
    const count = () => readFileSync(join(folder, 'checkpoints.ndjson'), 'utf8').split('\n').length - 1;
    await expect.poll(count).toBe(2);
    await new Promise((done) => setTimeout(done, 100));
    expect(count()).toBe(2);
    await log.close();
    expect(count()).toBe(3);
  });
});

describe('trouble', () => {
  it('refuses while the disk is full, and goes on without a gap when there is room', async ({ skip }) => {
    const disk = mountSmallDisk(2 * 1024 ** 2);
    if (disk === undefined) return skip();
    try {
      const folder = join(disk.folder, 'audit');
      const { log } = await openLog(folder, { fileBytes: 64 * 1024 });
      const large = { ...entry(1), details: { text: 'x'.repeat(20_000) } };
      await log.append([entry(1)]);
      disk.fill(16 * 1024);
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => log.append([large])));
      for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'disk_full' } });
      expect(await log.verify()).toMatchObject({ ok: true });
      disk.fill();
      await expect(log.append([large])).rejects.toMatchObject({ code: 'disk_full' });
      disk.clear();
      const [receipt] = await log.append([large]);
      expect(receipt?.seq).toBe(3);
      disk.fill();
      await log.close();
      disk.clear();
      const { log: next } = await openLog(folder);
      await next.append([entry(2)]);
      await next.close();
      expect(await verifyAudit(folder)).toMatchObject({ ok: true });
    } finally {
      disk.unmount();
    }
  });

  it('keeps every acknowledged record when the process is killed', { timeout: 120_000 }, async () => {
    const built = newFolder();
    const root = resolve(import.meta.dirname, '../..');
    const flags = ['--outDir', built, '--rootDir', 'src', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    execFileSync(
      'npx',
      ['tsc', 'src/audit/audit-log.ts', ...flags, '--skipLibCheck', '--rewriteRelativeImportExtensions', '--ignoreConfig'],
      {
        cwd: root,
      },
    );
    writeFileSync(join(built, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(built, 'writer.js'),
      `import { AuditLog } from './audit/audit-log.js';
       const log = await AuditLog.open({ folder: process.argv[2], retentionDays: 1, fileBytes: 30000, checkpointMillis: 10, onTrouble: () => {} });
       const write = async (n) => {
         for (;;) {
           const [{ seq, hash }] = await log.append([{ actor: 'a' + n, action: 'x', resource: 'r'.repeat(n * 100 + 1), result: 'ok' }]);
           process.stdout.write(seq + ' ' + hash + '\\n');
         }
       };
       for (let n = 0; n < 8; n++) void write(n);`,
    );
    const folder = newFolder();
    mkdirSync(folder, { recursive: true });
    const acknowledged = new Map<number, string>();
    for (let round = 0; round < 8; round++) {
      const child: ChildProcess = spawn(process.execPath, [join(built, 'writer.js'), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      let text = '';
      child.stdout?.on('data', (data: Buffer) => {
        text += data.toString();
      });
      await expect.poll(() => text.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
      await new Promise((done) => setTimeout(done, 20 + round * 23));
      child.kill('SIGKILL');
      await once(child, 'close');
      for (const line of text.split('\n').slice(0, -1)) {
        const [seq, hash] = line.split(' ') as [string, string];
        acknowledged.set(Number(seq), hash);
      }
      expect(await verifyAudit(folder)).toMatchObject({ ok: true });
    }
    const { log } = await openLog(folder);
    await log.close();
    expect(await verifyAudit(folder)).toMatchObject({ ok: true, unsigned: 0 });
    const stored = new Map(readRecords(folder).map(({ seq, hash }) => [seq, hash]));
    expect(acknowledged.size).toBeGreaterThan(100);
    for (const [seq, hash] of acknowledged) expect(stored.get(seq)).toBe(hash);
  });

  it('holds and verifies 30,000 records', { timeout: 120_000 }, async () => {
    const folder = newFolder();
    const { log } = await openLog(folder, { fileBytes: 4 * 1024 ** 2 });
    for (let n = 0; n < 30_000; n += 1000) await log.append(Array.from({ length: 1000 }, (_, index) => entry(n + index)));
    const page = await log.read({ limit: 10 });
    expect(page.records.map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, index) => 30_001 - index));
    expect(await log.verify()).toMatchObject({ ok: true, records: 30_001 });
    await log.close();
    rmSync(folder, { recursive: true });
  });
});
