import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { mountSmallDisk, type SmallDisk } from '../../test/harness/small-disk.ts';
import { noContent, type SealedSegment } from '../model/journal-line.ts';
import { Journal, type JournalOptions } from './journal.ts';
import { recover } from './recover.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'meshscope-journal-'));
const line = (row: number, text: string) => `+\ti\t\t${row}\t\t${text}\n`;

async function openJournal(at: string, options: Partial<JournalOptions> = {}) {
  const sealed: SealedSegment[] = [];
  const journal = await Journal.open({
    folder: at,
    maxBytes: 1e6,
    segmentBytes: 1e5,
    segmentMillis: 60_000,
    lastId: 0,
    waitingBytes: 0,
    onSealed: (segment) => sealed.push(segment),
    onTrouble: (text) => expect.unreachable(text),
    ...options,
  });
  const put = (text: string) => journal.append((_, row) => ({ payload: Buffer.from(line(row, text)), rows: 1, content: noContent }));
  return { journal, sealed, put };
}

describe('Journal', () => {
  it('keeps frames in order and numbers rows through', async () => {
    const { journal, sealed, put } = await openJournal(folder());
    await Promise.all(['a', 'b', 'c'].map(put));
    await put('d');
    await journal.close();
    expect(sealed).toHaveLength(1);
    expect(sealed[0]).toMatchObject({ rows: 4, content: { keyed: false, deadLetters: false } });
    const rows = readFileSync((sealed[0] as SealedSegment).path, 'utf8')
      .split('\n')
      .filter((row) => row.startsWith('+'));
    expect(rows).toEqual(['a', 'b', 'c', 'd'].map((text, row) => line(row, text).trim()));
  });

  it('shares one sync among frames that arrive while another runs', async () => {
    const { journal, put } = await openJournal(folder());
    await Promise.all(Array.from({ length: 200 }, (_, index) => put(`x${index}`)));
    expect(journal.syncs).toBeLessThan(10);
    await journal.close();
  });

  it('seals by size and by age, with ids that increase', async () => {
    const { journal, sealed, put } = await openJournal(folder(), { segmentBytes: 100, segmentMillis: 20 });
    for (let index = 0; index < 10; index++) await put('x'.repeat(60));
    await put('y');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sealed.length).toBeGreaterThan(4);
    expect(sealed.map((segment) => segment.id)).toEqual(sealed.map((segment) => segment.id).sort((a, b) => a - b));
    expect(new Set(sealed.map((segment) => segment.id)).size).toBe(sealed.length);
    await journal.close();
  });

  it('refuses when it is full and takes more once a segment is released', async () => {
    const { journal, sealed, put } = await openJournal(folder(), { maxBytes: 500 });
    await put('x'.repeat(300));
    await expect(put('x'.repeat(300))).rejects.toMatchObject({ code: 'journal_full' });
    await journal.seal();
    journal.release(sealed[0] as SealedSegment);
    await put('x'.repeat(300));
    await journal.close();
    await expect(put('late')).rejects.toMatchObject({ code: 'shutting_down' });
  });

  it('recovers frames up to the first damage and keeps the rest aside', async () => {
    for (const damage of ['cut', 'flip', 'garbage'] as const) {
      const at = folder();
      const { journal, sealed, put } = await openJournal(at);
      for (const text of ['one', 'two', 'three']) await put(text);
      await journal.close();
      const { path, bytes } = sealed[0] as SealedSegment;
      const whole = readFileSync(path);
      if (damage === 'cut') writeFileSync(path, whole.subarray(0, bytes - 4));
      if (damage === 'flip')
        writeFileSync(
          path,
          whole.map((byte, index) => (index === bytes - 4 ? byte ^ 1 : byte)),
        );
      if (damage === 'garbage') appendFileSync(path, 'f\tdeadbeef\t9999\t1\t\t\n+\t');
      const { segments, damages } = await recover(at);
      expect(segments[0]?.rows).toBe(damage === 'garbage' ? 3 : 2);
      expect(damages).toHaveLength(1);
      expect(readdirSync(join(at, 'damaged'))).toHaveLength(1);
      const again = await recover(at);
      expect(again.damages).toEqual([]);
      expect(again.segments).toEqual([segments[0]]);
      expect(segments[0]?.openedAt).toBe(sealed[0]?.openedAt);
    }
  });

  it('recovers nothing but the damage from a file without a whole frame', async () => {
    const at = folder();
    writeFileSync(join(at, '0000000000000007-5.tsv'), 'f\t0000');
    expect(await recover(at)).toMatchObject({ segments: [], damages: [{ keptBytes: 0, damagedBytes: 6 }] });
    expect(readdirSync(at)).toEqual(['damaged']);
  });
});

const disks: SmallDisk[] = [];
afterEach(() => {
  for (const disk of disks.splice(0)) disk.unmount();
});

describe('Journal on a disk that fails', () => {
  it('refuses what cannot be written, forgets it, and goes on when the disk does', async () => {
    const at = folder();
    const { journal, sealed, put } = await openJournal(at);
    rmSync(at, { recursive: true });
    await expect(put('lost')).rejects.toMatchObject({ code: 'store_failed' });
    expect(journal.waitingBytes).toBe(0);
    mkdirSync(at);
    await put('kept');
    await journal.close();
    const { path, rows } = sealed[0] as SealedSegment;
    expect(rows).toBe(1);
    expect(readFileSync(path, 'utf8')).not.toContain('lost');
    expect((await recover(at)).segments).toEqual(sealed);
  });

  it.runIf(process.getuid?.() === 0 && existsSync('/dev/full'))(
    'cuts back what a full disk took in part, and leaves no empty files',
    async () => {
      const disk = mountSmallDisk(256 * 1024);
      if (!disk) return;
      disks.push(disk);
      const { journal, sealed, put } = await openJournal(disk.folder, { segmentBytes: 1e9 });
      await put('before');
      const large = await Promise.allSettled([put('x'.repeat(500_000)), put('y')]);
      // They share a write, so both are refused.
      expect(large.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await expect(put('x'.repeat(500_000))).rejects.toMatchObject({ code: 'disk_full' });
      await put('after');
      await journal.seal();
      disk.fill();
      for (let count = 0; count < 3; count++) {
        await expect(put('full')).rejects.toMatchObject({ code: 'disk_full' });
        await journal.seal();
      }
      await journal.close();
      expect(sealed).toHaveLength(1);
      expect(readdirSync(disk.folder).filter((name) => name.endsWith('.tsv'))).toHaveLength(1);
      const { segments, damages } = await recover(disk.folder);
      expect({ segments, damages }).toEqual({ segments: sealed, damages: [] });
      expect(sealed[0]?.rows).toBe(2);
    },
  );

  it('recovers on a full disk, where the copy of a torn end has only the room of the end itself', async () => {
    const disk = mountSmallDisk(256 * 1024);
    if (!disk) return;
    disks.push(disk);
    const { journal, sealed, put } = await openJournal(disk.folder);
    await put('whole');
    await journal.close();
    appendFileSync((sealed[0] as SealedSegment).path, `f\tdeadbeef\t99999\t1\t\t\n${'z'.repeat(20_000)}`);
    disk.fill();
    const { segments, damages } = await recover(disk.folder);
    expect(segments).toEqual(sealed);
    expect(damages).toMatchObject([{ keptBytes: sealed[0]?.bytes }]);
  });

  it('lets a frame in that is larger than all room, when it is alone', async () => {
    const { journal, put } = await openJournal(folder(), { maxBytes: 100 });
    await put('x'.repeat(1000));
    await expect(put('y')).rejects.toMatchObject({ code: 'journal_full' });
    await journal.close();
  });
});
