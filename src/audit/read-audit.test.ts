import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from './audit-record.ts';
import { type AuditFilter, exportLines, readPage } from './read-audit.ts';
import { collect, entry, newFolder, openLog, readFiles, readRecords } from './testing/audit-bench.ts';

const folder = newFolder();
let all: AuditRecord[];
const begin = Date.UTC(2026, 10, 21);

beforeAll(async () => {
  let now = begin;
  const { log } = await openLog(folder, { fileBytes: 4000, now: () => now });
  for (let n = 0; n < 60; n++) {
    await log.append([entry(n)]);
    now += 1000;
  }
  await log.append([{ ...entry(1), actor: 'mallory', details: { text: '"actor":"agent-1"', actor: 'agent-1' } }]);
  await log.close();
  all = readRecords(folder);
});

const filters: readonly (readonly [AuditFilter, (record: AuditRecord) => boolean])[] = [
  [{}, () => true],
  [{ actor: 'agent-1' }, ({ actor }) => actor === 'agent-1'],
  [{ actor: 'agent-1', result: 'failure' }, ({ actor, result }) => actor === 'agent-1' && result === 'failure'],
  [{ action: 'audit.start' }, ({ action }) => action === 'audit.start'],
  [{ resource: 'tool:weather/7' }, ({ resource }) => resource === 'tool:weather/7'],
  [
    { fromMillis: begin + 5000, toMillis: begin + 7000 },
    ({ time }) => Date.parse(time) >= begin + 5000 && Date.parse(time) <= begin + 7000,
  ],
  [{ actor: 'nobody' }, () => false],
];

describe('reading', () => {
  it.each(filters)('finds %j by pages of every size, and exports it', async (filter, fits) => {
    const expected = all.filter(fits);
    for (const limit of [1, 3, 1000]) {
      const found: AuditRecord[] = [];
      let before: number | undefined;
      do {
        const page = await readPage(folder, { ...filter, before, limit });
        expect(page.records.length).toBeLessThanOrEqual(limit);
        found.push(...page.records);
        before = page.nextBefore;
      } while (before !== undefined);
      expect(found).toEqual(expected.toReversed());
    }
    const lines = await collect(exportLines(folder, filter, () => expect.unreachable()));
    expect(lines.map((line) => JSON.parse(line.toString()) as AuditRecord)).toEqual(expected);
  });

  it('does not give out what is not as it was written, and says so in an export', async () => {
    const name = [...readFiles(folder).keys()][1] as string;
    const text = readFileSync(join(folder, name), 'utf8');
    const changed = JSON.parse(text.split('\n')[1] as string) as AuditRecord;
    writeFileSync(join(folder, name), text.replace(`"seq":${changed.seq},"time":"2026`, `"seq":${changed.seq},"time":"2025`));
    let damaged = 0;
    const lines = await collect(exportLines(folder, {}, () => damaged++));
    expect([damaged, lines.length]).toEqual([1, all.length - 1]);
    const page = await readPage(folder, { limit: 1000 });
    expect(page.records.map(({ seq }) => seq)).not.toContain(changed.seq);
    writeFileSync(join(folder, name), text);
  });

  it('answers nothing for nothing', async () => {
    expect(await readPage(join(folder, 'none'), { limit: 10 })).toEqual({ records: [], nextBefore: undefined });
  });
});
