import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomCases } from '../../test/harness/random-cases.ts';
import { type AuditRecord, type Link, prepareEntry, sealRecord } from './audit-record.ts';
import { entry, newFolder, openLog, readFiles, writeLines } from './testing/audit-bench.ts';
import { type AuditFinding, type AuditVerification, verifyAudit } from './verify-audit.ts';

const base = newFolder();
let files: ReadonlyMap<string, readonly string[]>;
let lines: readonly string[];
let fileOf: readonly string[];
let keys = '';

beforeAll(async () => {
  const { log } = await openLog(base, { fileBytes: 3000 });
  for (let n = 0; n < 40; n++) {
    await log.append([entry(n)]);
    if (n % 7 === 0) await log.checkpoint();
  }
  await log.close();
  files = readFiles(base);
  lines = [...files.values()].flat();
  fileOf = [...files].flatMap(([name, of]) => of.map(() => name));
  keys = readFileSync(join(base, 'public-key.pem'), 'utf8');
  expect(files.size).toBeGreaterThan(4);
});

/** The folder with other lines, each in the file of the line that stood at its place; `drop` takes files away. */
async function verifyWith(changed: readonly (readonly [string, string])[], drop: readonly string[] = []): Promise<AuditVerification> {
  const folder = newFolder();
  try {
    cpSync(base, folder, { recursive: true });
    for (const name of files.keys()) {
      writeLines(
        folder,
        name,
        changed.filter(([file]) => file === name).map(([, line]) => line),
      );
      if (drop.includes(name)) rmSync(join(folder, name));
    }
    return await verifyAudit(folder, { publicKeys: keys });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const placed = (): [string, string][] => lines.map((line, index) => [fileOf[index] as string, line]);
const about = (finding: AuditFinding, seq: number) =>
  finding.seq !== null && finding.until !== null && finding.seq <= seq && seq <= finding.until;
const index = fc.nat({ max: 1e6 }).map((n) => n % lines.length);
const linkOf = (at: number): Link => JSON.parse(lines[at] as string) as AuditRecord;
const forge = (last: Link, n = 1) => sealRecord(prepareEntry({ ...entry(n), actor: 'mallory' }, '2026-11-21T00:00:00.000Z'), last);
const runs = randomCases(12);

describe('verifyAudit', () => {
  it('finds nothing where nothing was changed', async () => {
    const result = await verifyWith(placed());
    expect(result).toMatchObject({ ok: true, findings: [], records: lines.length, first: 1, unsigned: 0, notes: [] });
    expect(result.head).toEqual({ seq: lines.length, hash: linkOf(lines.length - 1).hash });
    expect(result.signed?.seq).toBe(lines.length);
  });

  it('names a record with one other byte', async () => {
    await fc.assert(
      fc.asyncProperty(index, fc.nat(), fc.integer({ min: 32, max: 126 }), async (at, position, byte) => {
        const bytes = Buffer.from(lines[at] as string);
        const where = position % bytes.length;
        fc.pre(bytes[where] !== byte);
        bytes[where] = byte;
        const result = await verifyWith(placed().map(([file, line], i) => [file, i === at ? bytes.toString('latin1') : line]));
        expect(result.findings).toEqual([expect.objectContaining({ kind: 'changed', seq: at + 1, until: at + 1, file: fileOf[at] })]);
      }),
      runs,
    );
  });

  it('names a record that is gone', async () => {
    await fc.assert(
      fc.asyncProperty(index, fc.integer({ min: 1, max: 12 }), async (at, count) => {
        const until = Math.min(at + count, lines.length);
        const result = await verifyWith(placed().filter((_, i) => i < at || i >= until));
        const kind = until === lines.length ? 'truncated' : 'missing';
        expect(result.findings).toEqual([expect.objectContaining({ kind, seq: at + 1, until })]);
        if (kind === 'missing' && until === at + 1) expect(result.findings[0]?.file).toBe(fileOf[at]);
      }),
      runs,
    );
  });

  it('names every record of a file that is gone', async () => {
    for (const name of files.keys()) {
      const result = await verifyWith(placed(), [name]);
      const kind = name === [...files.keys()].at(-1) ? 'truncated' : 'missing';
      expect(result.findings).toEqual([
        expect.objectContaining({ kind, seq: fileOf.indexOf(name) + 1, until: fileOf.lastIndexOf(name) + 1 }),
      ]);
    }
  });

  it('names a copy, and where it stands', async () => {
    await fc.assert(
      fc.asyncProperty(index, index, async (at, to) => {
        const changed = placed();
        changed.splice(to, 0, [fileOf[to] as string, lines[at] as string]);
        const { findings } = await verifyWith(changed);
        expect(findings).toEqual([expect.objectContaining({ kind: 'inserted', seq: at + 1 })]);
        expect([fileOf[at], fileOf[to]]).toContain(findings[0]?.file);
      }),
      runs,
    );
  });

  it.each([
    ['a forged record that is chained to the one before', (at: number) => forge(linkOf(at)).line],
    ['a line that is no record', () => '{"seq":"?"}'],
    ['an empty line', () => ''],
    ['a deep line', () => '['.repeat(50_000)],
    ['a line longer than any record', () => `{"actor":"${'x'.repeat(200_000)}"}`],
  ])('names %s', async (_name, make) => {
    for (let at = 0; at < lines.length - 1; at++) {
      const changed = placed();
      changed.splice(at + 1, 0, [fileOf[at + 1] as string, make(at)]);
      const { findings } = await verifyWith(changed);
      const line = at + 1 - fileOf.indexOf(fileOf[at + 1] as string) + 1;
      expect(findings).toEqual([expect.objectContaining({ kind: 'inserted', seq: at + 2, file: fileOf[at + 1], line })]);
    }
  });

  it('names a record in a wrong place', async () => {
    await fc.assert(
      fc.asyncProperty(index, index, fc.boolean(), async (a, b, swap) => {
        fc.pre(a !== b);
        const order = lines.map((_, i) => i);
        if (swap) [order[a], order[b]] = [b, a];
        else order.splice(b, 0, ...order.splice(a, 1));
        const changed = order.map((from, i): [string, string] => [fileOf[i] as string, lines[from] as string]);
        const { findings } = await verifyWith(changed);
        expect(findings.length).toBeGreaterThan(0);
        const moved = order.flatMap((from, i) => (from === i ? [] : [from + 1]));
        expect(findings.filter(({ kind }) => kind !== 'reordered')).toEqual([]);
        for (const { seq } of findings) expect(moved).toContain(seq);
      }),
      runs,
    );
  });

  it('names a record that was written anew with a fitting hash', async () => {
    for (let at = 0; at < lines.length; at++) {
      const { seq, prev } = JSON.parse(lines[at] as string) as AuditRecord;
      const { line } = forge({ seq: seq - 1, hash: prev });
      const { findings } = await verifyWith(placed().map(([file, old], i) => [file, i === at ? line : old]));
      expect(findings).toHaveLength(1);
      expect(findings[0]).toMatchObject({ kind: 'changed' });
      expect(findings.some((finding) => about(finding, seq))).toBe(true);
    }
  });

  it('finds by its checkpoints that everything from a record on was written anew', async () => {
    for (let at = 0; at < lines.length; at++) {
      const { seq, prev } = JSON.parse(lines[at] as string) as AuditRecord;
      let link: Link = { seq: seq - 1, hash: prev };
      const changed = placed().map(([file, old], i): [string, string] => {
        if (i < at) return [file, old];
        const sealed = forge(link, i);
        link = sealed.link;
        return [file, sealed.line];
      });
      const { findings } = await verifyWith(changed);
      expect(findings).toEqual([expect.objectContaining({ kind: 'changed', file: 'checkpoints.ndjson' })]);
      expect(about(findings[0] as AuditFinding, seq)).toBe(true);
    }
  });

  it('finds that the end was cut off, at every record and in the middle of one', async () => {
    for (let at = 0; at < lines.length; at++) {
      const { findings } = await verifyWith(placed().slice(0, at));
      expect(findings).toEqual([expect.objectContaining({ kind: 'truncated', seq: at + 1, until: lines.length })]);
      const folder = newFolder();
      cpSync(base, folder, { recursive: true });
      for (const name of files.keys()) if (name > (fileOf[at] as string)) rmSync(join(folder, name));
      const path = join(folder, fileOf[at] as string);
      const whole = readFileSync(path, 'utf8');
      writeFileSync(path, whole.slice(0, whole.indexOf(lines[at] as string) + 20));
      const torn = await verifyAudit(folder, { publicKeys: keys });
      expect(torn.findings).toEqual([expect.objectContaining({ kind: 'truncated', seq: at + 1, file: fileOf[at] })]);
      rmSync(folder, { recursive: true });
    }
  });

  it('finds a change of the checkpoints', async () => {
    const text = readFileSync(join(base, 'checkpoints.ndjson'));
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 32, max: 126 }), async (position, byte) => {
        const bytes = Buffer.from(text);
        const where = position % (bytes.length - 1);
        fc.pre(bytes[where] !== byte);
        bytes[where] = byte;
        const folder = newFolder();
        cpSync(base, folder, { recursive: true });
        writeFileSync(join(folder, 'checkpoints.ndjson'), bytes);
        const { findings } = await verifyAudit(folder, { publicKeys: keys });
        rmSync(folder, { recursive: true });
        expect(findings[0]).toMatchObject({ kind: 'checkpoint', file: 'checkpoints.ndjson' });
      }),
      runs,
    );
  });

  it.each([
    ['checkpoints.ndjson', { kind: 'checkpoint' }],
    ['public-key.pem', { kind: 'key' }],
  ])('says that %s is gone', async (name, expected) => {
    const folder = newFolder();
    cpSync(base, folder, { recursive: true });
    rmSync(join(folder, name));
    const { ok, findings } = await verifyAudit(folder);
    expect(ok).toBe(false);
    expect(findings[0]).toMatchObject(expected);
  });

  it('trusts a kept key and a kept head more than the folder', async () => {
    const head = linkOf(lines.length - 1);
    const early = linkOf(10);
    // Someone with the right to write replaces all of it, key included.
    const other = newFolder();
    const { log } = await openLog(other);
    for (let n = 0; n < 50; n++) await log.append([entry(n + 1)]);
    await log.close();
    expect(await verifyAudit(other)).toMatchObject({ ok: true, notes: [expect.stringContaining('whoever can write there')] });
    expect((await verifyAudit(other, { publicKeys: keys })).findings[0]).toMatchObject({ kind: 'checkpoint' });
    expect((await verifyAudit(other, { head: early })).findings).toEqual([expect.objectContaining({ kind: 'changed', seq: 11 })]);
    expect(await verifyAudit(base, { head, publicKeys: keys })).toMatchObject({ ok: true });
    expect((await verifyAudit(base, { head: { ...head, seq: 99 } })).findings).toEqual([
      expect.objectContaining({ kind: 'truncated', seq: lines.length + 1, until: 99 }),
    ]);
    await expect(verifyAudit(base, { publicKeys: 'no key' })).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('never calls a folder whole that was changed in several ways', async () => {
    const change = fc.record({ kind: fc.constantFrom('drop', 'copy', 'swap', 'spoil', 'forge', 'empty'), a: fc.nat(), b: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const result = [...lines];
        for (const { kind, a, b } of changes.filter(() => result.length > 0)) {
          const [from, to] = [a % result.length, b % result.length];
          const line = result[from] as string;
          if (kind === 'drop') result.splice(from, 1);
          else if (kind === 'copy') result.splice(to, 0, line);
          else if (kind === 'swap') [result[from], result[to]] = [result[to] as string, line];
          else if (kind === 'spoil') result[from] = line.replace('agent', 'tnega');
          else if (kind === 'empty') result.splice(from, 0, '');
          else result.splice(from, 0, forge(linkOf(b % lines.length)).line);
        }
        const changed = result.map((line, i): [string, string] => [fileOf[Math.min(i, fileOf.length - 1)] as string, line]);
        const { ok, findings } = await verifyWith(changed);
        // Behind the last checkpoint, nothing tells a forged record from a true one.
        const isWhole = result.slice(0, lines.length).join() === lines.join();
        if (result.length === lines.length || !isWhole) expect(ok).toBe(isWhole);
        expect(ok).toBe(findings.length === 0);
      }),
      randomCases(20),
    );
  });

  it('finds nothing while records are written, files begun and old ones removed', async () => {
    const folder = newFolder();
    let now = Date.UTC(2026, 0, 1);
    const { log, troubles } = await openLog(folder, { fileBytes: 4000, checkpointMillis: 10, retentionDays: 60, now: () => now });
    let isOver = false;
    const write = async () => {
      for (let n = 0; !isOver; n++) {
        now += 12 * 3_600_000;
        await log.append([entry(n), entry(n)]);
        if (n % 50 === 49) await log.retain();
      }
    };
    const writing = Promise.all([write(), write(), write()]);
    for (let round = 0; round < 5 || log.head.seq < 1000; round++) {
      expect((await verifyAudit(folder)).findings).toEqual([]);
      expect((await log.verify()).findings).toEqual([]);
    }
    isOver = true;
    await writing;
    await log.close();
    expect(troubles).toEqual([]);
    const { first, ok } = await verifyAudit(folder);
    expect(ok).toBe(true);
    expect(first).toBeGreaterThan(1);
  });

  it('finds a file under another name', async () => {
    const folder = newFolder();
    cpSync(base, folder, { recursive: true });
    const last = [...files.keys()].at(-1) as string;
    writeLines(folder, 'audit-0000000000009999.ndjson', files.get(last) as string[]);
    rmSync(join(folder, last));
    expect((await verifyAudit(folder, { publicKeys: keys })).findings).toEqual([
      expect.objectContaining({ kind: 'changed', file: 'audit-0000000000009999.ndjson' }),
    ]);
  });

  it('refuses to say anything about nothing', async () => {
    const folder = newFolder();
    await expect(verifyAudit(folder)).rejects.toMatchObject({ code: 'not_found' });
    await expect(verifyAudit(join(folder, 'none'))).rejects.toMatchObject({ code: 'not_found' });
    mkdirSync(join(folder, 'x'));
    expect(existsSync(join(folder, 'public-key.pem'))).toBe(false);
  });
});
