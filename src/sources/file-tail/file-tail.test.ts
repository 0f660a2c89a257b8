import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  promises,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../lib/errors.ts';
import type { DeadLetter, LogBatch } from '../../model/ingest.ts';
import { type FileTail, type FileTailOptions, startFileTail } from './file-tail.ts';

let folder = '';
let tails: FileTail[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-tail-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  await Promise.all(tails.map((tail) => tail.close()));
  tails = [];
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);
type Doc = Record<string, unknown>;

async function start(options: Partial<FileTailOptions> = {}) {
  const docs: Doc[] = [];
  const deadLetters: DeadLetter[] = [];
  const warnings: string[] = [];
  const take = (batch: LogBatch) => {
    docs.push(...batch.documents.map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as Doc));
    deadLetters.push(...(batch.deadLetters ?? []));
    return Promise.resolve({ accepted: batch.documents.length, deadLettered: 0 });
  };
  const tail = await startFileTail({
    paths: [at('*.log')],
    exclude: [],
    readFrom: 'head',
    index: 'logs',
    positionsFile: at('data/positions'),
    enrich: { environment: '', clusterName: '', hostname: 'h' },
    multiline: false,
    ingest: take,
    log: { warn: (message) => warnings.push(message) },
    pollMillis: 10,
    discoverMillis: 50,
    rotateWaitMillis: 200,
    ...options,
  });
  tails.push(tail);
  const messages = () => docs.map((doc) => doc.msg);
  /** Waits until just these messages have come, and a little longer for ones too many. */
  const settled = async (count: number) => {
    await vi.waitFor(() => expect(messages().length).toBeGreaterThanOrEqual(count), 30_000).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 60));
    return messages();
  };
  const expectMessages = async (expected: string[]) => expect(await settled(expected.length)).toEqual(expected);
  /** The same in any order: generations of one file are read side by side. */
  const expectSame = async (expected: string[]) => expect((await settled(expected.length)).toSorted()).toEqual(expected.toSorted());
  return { tail, docs, deadLetters, warnings, take, expectMessages, expectSame };
}

describe('what is read', () => {
  it('reads files from the head, later ones too, and not the excluded ones', async () => {
    writeFileSync(at('a.log'), 'a1\na2\n');
    writeFileSync(at('fluentd.log'), 'no\n');
    const { expectMessages, docs } = await start({ exclude: ['*fluentd*'] });
    await expectMessages(['a1', 'a2']);
    writeFileSync(at('b.log'), '{"msg":"b1","n":12345678901234567890}\n');
    appendFileSync(at('a.log'), 'a3');
    await expectMessages(['a1', 'a2', 'b1']);
    appendFileSync(at('a.log'), '!\n');
    await expectMessages(['a1', 'a2', 'b1', 'a3!']);
    expect(docs[0]).toEqual({ msg: 'a1', hostname: 'h', tag: `file${at('a.log').replaceAll('/', '.')}` });
  });

  it('reads from the tail only what was there at the first start', async () => {
    writeFileSync(at('a.log'), 'old\nbegun');
    const first = await start({ readFrom: 'tail' });
    appendFileSync(at('a.log'), ' now\nnew\n');
    writeFileSync(at('b.log'), 'b\n');
    await first.expectMessages(['begun now', 'new', 'b']);
    await first.tail.close();
    writeFileSync(at('c.log'), 'created while down\n');
    appendFileSync(at('a.log'), 'written while down\n');
    const second = await start({ readFrom: 'tail' });
    await second.expectMessages(['written while down', 'created while down']);
  });

  it('adds the fields of a container path, through symbolic links', async () => {
    mkdirSync(at('pods/mcp_pod_uid/agent'), { recursive: true });
    mkdirSync(at('containers'));
    writeFileSync(at('pods/mcp_pod_uid/agent/0.log'), '2026-01-05T14:24:38.1Z stdout F {"msg":"x","kubernetes":{"namespace":"own"}}\n');
    symlinkSync(at('pods/mcp_pod_uid/agent/0.log'), at(`containers/pod_mcp_agent-${'0a'.repeat(32)}.log`));
    const { docs, expectMessages } = await start({ paths: [at('containers/*.log'), at('pods/*/*/*.log')] });
    await expectMessages(['x']);
    expect(docs[0]).toMatchObject({
      '@timestamp': '2026-01-05T14:24:38.1Z',
      stream: 'stdout',
      kubernetes: { namespace: 'own', pod_name: 'pod', container_name: 'agent', pod_id: 'uid', container_id: '0a'.repeat(32) },
    });
  });

  it('joins tracebacks and ends them after a quiet time', async () => {
    writeFileSync(at('a.log'), 'Traceback (most recent call last):\n');
    const { docs, expectMessages } = await start({ multiline: true });
    appendFileSync(at('a.log'), '  File "x"\nValueError: bad\n');
    await expectMessages(['ValueError: bad']);
    expect(docs[0]?.exception).toMatchObject({ type: 'ValueError', message: 'bad' });
  });
});

describe('rotation', () => {
  it('reads a renamed file to its end, and its last line without an end after a while', async () => {
    writeFileSync(at('a.log'), 'a1\n');
    const { expectMessages, expectSame, tail } = await start();
    await expectMessages(['a1']);
    appendFileSync(at('a.log'), 'a2\n');
    renameSync(at('a.log'), at('a.log.1'));
    appendFileSync(at('a.log.1'), 'a3\na4');
    writeFileSync(at('a.log'), 'b1\nb2');
    await vi.waitFor(() => expect(tail.stats().documents).toBe(5), 30_000);
    await expectSame(['a1', 'a2', 'a3', 'b1', 'a4']);
    expect(tail.stats()).toMatchObject({ rotations: 1, lost: 0, openFiles: 2 });
  });

  it('reads a deleted file to its end and lets go of it', async () => {
    writeFileSync(at('a.log'), 'a1\n');
    const { expectMessages, tail } = await start();
    await expectMessages(['a1']);
    appendFileSync(at('a.log'), 'a2');
    unlinkSync(at('a.log'));
    await expectMessages(['a1', 'a2']);
    await vi.waitFor(() => expect(tail.stats().openFiles).toBe(0), 30_000);
  });

  /** Shifts `a.log.N` up and moves or copies `a.log` to `a.log.1`. */
  function rotate(move: (from: string, to: string) => void): void {
    for (const old of [8, 7, 6, 5, 4, 3, 2, 1]) if (existsSync(at(`a.log.${old}`))) renameSync(at(`a.log.${old}`), at(`a.log.${old + 1}`));
    move(at('a.log'), at('a.log.1'));
  }
  const byRename = (from: string, to: string) => renameSync(from, to);
  const byCopy = (from: string, to: string) => {
    copyFileSync(from, to);
    truncateSync(from);
  };

  it.each([
    ['renamed', byRename, '*.log'],
    ['copied and truncated', byCopy, '*.log'],
    ['renamed, the rotated ones followed too', byRename, '*.log*'],
    ['copied and truncated, the copies followed too', byCopy, '*.log*'],
  ])('finds the generations that came and went between two looks: %s', async (_, move, glob) => {
    writeFileSync(at('a.log'), 'a1\n');
    const { expectSame, tail } = await start({ paths: [at(glob)], pollMillis: 200 });
    await expectSame(['a1']);
    appendFileSync(at('a.log'), 'a2\n');
    for (const next of ['b', 'c', 'd', 'e']) {
      rotate(move);
      appendFileSync(at('a.log'), `${next}1 which is longer\n${next}2\n`);
    }
    const all = ['a1', 'a2', ...['b', 'c', 'd', 'e'].flatMap((next) => [`${next}1 which is longer`, `${next}2`])];
    await expectSame(all);
    rotate(move);
    appendFileSync(at('a.log'), 'f\n');
    await expectSame([...all, 'f']);
    expect(tail.stats().lost).toBe(0);
  });

  it.each([
    ['renamed', byRename],
    ['copied and truncated', byCopy],
  ])('finds what was %s while nothing ran', async (_, move) => {
    writeFileSync(at('a.log'), 'a1\n');
    const first = await start();
    await first.expectSame(['a1']);
    await first.tail.close();
    appendFileSync(at('a.log'), 'a2\n');
    rotate(move);
    appendFileSync(at('a.log'), 'b1\nb2\nb3\nb4\n');
    rotate(move);
    appendFileSync(at('a.log'), 'c1\nc2\n');
    const second = await start();
    await second.expectSame(['a2', 'b1', 'b2', 'b3', 'b4', 'c1', 'c2']);
    await second.tail.close();
    const third = await start();
    await third.expectSame([]);
    appendFileSync(at('a.log'), 'c3\n');
    await third.expectSame(['c3']);
  });

  it('finds what came and went while it was stopped and there was no file at the path when it started', async () => {
    writeFileSync(at('a.log'), 'a1\n');
    const first = await start();
    await first.expectSame(['a1']);
    await first.tail.close();
    appendFileSync(at('a.log'), 'a2\n');
    rotate(byRename);
    writeFileSync(at('a.log'), 'b1\n');
    rotate(byRename);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = await start();
    await second.expectSame(['a2']);
    await second.tail.close();
    writeFileSync(at('a.log'), 'c1\n');
    const third = await start();
    await third.expectSame(['b1', 'c1']);
  });

  it('finds what came between its last look and its stop, and was rotated before and after that', async () => {
    const first = await start({ discoverMillis: 60_000 });
    await first.expectSame([]);
    writeFileSync(at('a.log'), 'a1\n');
    rotate(byRename);
    writeFileSync(at('a.log'), 'b1\n');
    await first.tail.close();
    rotate(byRename);
    writeFileSync(at('a.log'), 'c1\n');
    const second = await start();
    await second.expectSame(['a1', 'b1', 'c1']);
  });

  it('finds a file that is renamed while it starts, after it was found at its path', async () => {
    writeFileSync(at('a.log'), 'a1\n');
    writeFileSync(at('z.log'), 'z1\n');
    const first = await start();
    await first.expectSame(['a1', 'z1']);
    await first.tail.close();
    appendFileSync(at('a.log'), 'a2\n');
    unlinkSync(at('z.log'));
    // It is told of the loss of z.log between the two looks at a.log.
    const warn = () => {
      if (existsSync(at('a.log.1'))) return;
      rotate(byRename);
      writeFileSync(at('a.log'), 'b1\n');
    };
    const second = await start({ log: { warn } });
    await second.expectSame(['a2', 'b1']);
    expect(existsSync(at('a.log.1'))).toBe(true);
  });

  it('starts again after a truncation without a copy, also when the file grew past the offset at once', async () => {
    writeFileSync(at('a.log'), 'a1\nbegun');
    const { expectMessages, tail, warnings } = await start({ pollMillis: 100 });
    await expectMessages(['a1']);
    writeFileSync(at('a.log'), 'another beginning\nb2\n');
    await expectMessages(['a1', 'begun', 'another beginning', 'b2']);
    expect(tail.stats()).toMatchObject({ truncations: 1, lost: 1 });
    expect(warnings).toHaveLength(1);
  });

  it('skips the hole that a writer leaves which keeps its offset', async () => {
    const writer = openSync(at('a.log'), 'w');
    writeSync(writer, 'a1\n'.repeat(10));
    const { expectMessages } = await start();
    await expectMessages(Array.from({ length: 10 }, () => 'a1'));
    copyFileSync(at('a.log'), at('a.log.1'));
    truncateSync(at('a.log'));
    writeSync(writer, 'b1\n');
    closeSync(writer);
    await expectMessages([...Array.from({ length: 10 }, () => 'a1'), 'b1']);
  });

  it('reads a new file whose inode was used before', async () => {
    const { expectMessages } = await start();
    const all: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      writeFileSync(at('a.log'), `round ${round}\n`);
      all.push(`round ${round}`);
      await expectMessages(all);
      unlinkSync(at('a.log'));
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  });
});

describe('trouble', () => {
  it('does not read on while nothing is taken in, and then goes on without loss', async () => {
    const lines = Array.from({ length: 200_000 }, (_, n) => `line ${n} ${'x'.repeat(60)}`);
    writeFileSync(at('a.log'), `${lines.join('\n')}\n`);
    let full = true;
    const seen: string[] = [];
    const ingest = (batch: LogBatch) => {
      if (full) return Promise.reject(new AppError('journal_full', 'full'));
      seen.push(...batch.documents.map((bytes) => (JSON.parse(Buffer.from(bytes).toString()) as Doc).msg as string));
      return Promise.resolve({ accepted: 0, deadLettered: 0 });
    };
    const { tail, warnings } = await start({ ingest });
    await vi.waitFor(() => expect(tail.stats().retries).toBeGreaterThan(1), 30_000);
    expect(tail.stats().readBytes).toBeLessThan(5e6);
    expect(warnings).toHaveLength(1);
    full = false;
    await vi.waitFor(() => expect(seen.length).toBe(lines.length), 30_000);
    expect(seen).toEqual(lines);
  });

  it('closes while nothing is taken in, and reads the same again', async () => {
    writeFileSync(at('a.log'), 'a\n');
    const first = await start({ ingest: () => Promise.reject(new AppError('disk_full', 'full')) });
    await vi.waitFor(() => expect(first.tail.stats().retries).toBe(1), 30_000);
    await first.tail.close();
    await (await start()).expectMessages(['a']);
  });

  it('keeps a document that is refused in the dead letters, and takes the others in', async () => {
    writeFileSync(at('a.log'), `a\nb\nhuge ${'x'.repeat(1000)}\nc\n`);
    const { take, ...rest } = await start({ paths: [] });
    const ingest = (batch: LogBatch) =>
      batch.documents.some((bytes) => bytes.byteLength > 1000) ? Promise.reject(new AppError('too_large', 'over the limit')) : take(batch);
    await start({ ingest });
    await rest.expectMessages(['a', 'b', 'c']);
    expect(rest.deadLetters.map(({ reason }) => reason)).toEqual(['over the limit']);
  });

  it('keeps the beginning of an endless line and the rest in the dead letters, also over a restart', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    writeFileSync(at('a.log'), Buffer.concat(Array.from({ length: 18 }, () => megabyte)));
    const first = await start();
    await vi.waitFor(() => expect(first.deadLetters.length).toBe(1), 30_000);
    expect([first.docs[0]?.truncated, String(first.docs[0]?.msg).length]).toEqual([true, 16 * 1024 * 1024]);
    await first.tail.close();
    appendFileSync(at('a.log'), 'end\nnext\n');
    const second = await start();
    await second.expectMessages(['next']);
    expect([...first.deadLetters, ...second.deadLetters].reduce((sum, { payload }) => sum + payload.byteLength, 0)).toBe(
      2 * 1024 * 1024 + 3,
    );
  });

  it('counts what cannot be read, says so once, and reads it when it can', async () => {
    mkdirSync(at('x.log'));
    symlinkSync(at('nowhere'), at('dangling.log'));
    symlinkSync(at('loop.log'), at('loop.log'));
    writeFileSync(at('a.log'), 'a\n');
    const { tail, warnings, expectMessages } = await start();
    await expectMessages(['a']);
    await vi.waitFor(() => expect(tail.stats().unreadable).toBeGreaterThan(1), 30_000);
    expect(warnings).toHaveLength(1);
    unlinkSync(at('loop.log'));
    writeFileSync(at('loop.log'), 'b\n');
    await expectMessages(['a', 'b']);
  });

  it('does not take a path that cannot be looked at for one whose file is gone', async () => {
    mkdirSync(at('app'));
    writeFileSync(at('app/a.log'), 'a1\na2\n');
    const paths = [at('app/a.log')];
    const first = await start({ paths });
    await first.expectMessages(['a1', 'a2']);
    await first.tail.close();
    appendFileSync(at('app/a.log'), 'a3\n');
    // As it is for others than root when a folder has no permission, and for all when a network file system does not answer.
    const stat = vi.spyOn(promises, 'stat').mockRejectedValue(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }));
    syncBuiltinESMExports();
    const second = await start({ paths });
    await vi.waitFor(() => expect(second.tail.stats().unreadable).toBeGreaterThan(2), 30_000);
    expect(second.tail.stats().lost).toBe(0);
    stat.mockRestore();
    syncBuiltinESMExports();
    await second.expectMessages(['a3']);
  });

  it.skipIf(process.getuid?.() === 0)('retries a file without permission', async () => {
    writeFileSync(at('a.log'), 'a\n', { mode: 0o000 });
    const { expectMessages, tail } = await start();
    await vi.waitFor(() => expect(tail.stats().unreadable).toBeGreaterThan(0), 30_000);
    chmodSync(at('a.log'), 0o600);
    await expectMessages(['a']);
  });

  it('goes on when positions cannot be saved', async () => {
    writeFileSync(at('a.log'), 'a\n');
    const { expectMessages, tail } = await start({ positionsFile: at('data/positions') });
    await expectMessages(['a']);
    rmSync(at('data'), { recursive: true });
    appendFileSync(at('a.log'), 'b\n');
    await expectMessages(['a', 'b']);
    expect(tail.stats().documents).toBe(2);
  });
});
