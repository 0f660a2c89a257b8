import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogBatch } from '../../model/ingest.ts';
import { type FileTail, startFileTail } from './file-tail.ts';

let folder = '';
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rotation-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(folder, { recursive: true, force: true });
});

const lineCount = 60_000;
const goesFile = () => join(folder, 'goes');

/**
 * Writes numbered lines as fast as it can and rotates its own log, so that it writes nothing while a copy is made:
 * what is written between the copy and the truncation is lost by copytruncate itself. So many times, at even distances, it
 * waits for the file `goes` to have one byte more, so that something happens while it writes, however slow all else is.
 */
const writerSource = `
const fs = require('node:fs');
const [path, mode, total, perFile, keep, pauses, goes] = process.argv.slice(1).map((text, at) => (at < 2 || at === 6 ? text : Number(text)));
let out = fs.openSync(path, 'a');
const write = (text) => { for (let bytes = Buffer.from(text); bytes.length > 0; ) bytes = bytes.subarray(fs.writeSync(out, bytes)); };
const rotate = () => {
  for (let old = keep; old >= 1; old -= 1) if (fs.existsSync(path + '.' + old)) fs.renameSync(path + '.' + old, path + '.' + (old + 1));
  if (mode === 'rename') { fs.closeSync(out); fs.renameSync(path, path + '.1'); out = fs.openSync(path, 'a'); }
  else if (mode === 'copytruncate') { fs.copyFileSync(path, path + '.1'); fs.ftruncateSync(out); }
};
for (let n = 0; n < total; ) {
  let text = '';
  // Ends in the middle of a line, as buffered writers do.
  for (let i = 0; i < 97 && n < total; i += 1, n += 1) {
    text += JSON.stringify({ n, msg: 'line ' + n + ' ' + 'x'.repeat(n % 150) }) + '\\n';
  }
  write(text.slice(0, -20));
  write(text.slice(-20));
  if (perFile > 0 && n % (97 * perFile) === 0 && n < total) rotate();
  for (const went = () => (fs.existsSync(goes) ? fs.statSync(goes).size : 0); went() < Math.floor((n / total) * (pauses + 1)) && n < total; )
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}
`;

function startWriter(path: string, mode: string, perFile: number, pauses = 0): Promise<void> {
  const numbers = [lineCount, perFile, 1000, pauses].map(String);
  const child = spawn(process.execPath, ['-e', writerSource, path, mode, ...numbers, goesFile()], { stdio: 'inherit' });
  children.push(child);
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the writer ended with ${code}`))));
  });
}

/** How often each line came. */
class Collector {
  readonly counts = new Uint8Array(lineCount);
  seen = 0;

  readonly ingest = async (batch: LogBatch): Promise<{ accepted: number; deadLettered: number }> => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const document of batch.documents) {
      const { n } = JSON.parse(Buffer.from(document).toString()) as { n?: number };
      if (n === undefined) throw new Error(`not a whole line: ${Buffer.from(document).toString().slice(0, 200)}`);
      this.counts[n] = (this.counts[n] ?? 0) + 1;
      this.seen += 1;
    }
    return { accepted: batch.documents.length, deadLettered: 0 };
  };

  summary(): { lost: number; doubled: number } {
    return { lost: this.counts.filter((count) => count === 0).length, doubled: this.counts.filter((count) => count > 1).length };
  }
}

function start(collector: Collector, options: { paths?: string[]; pollMillis?: number } = {}): Promise<FileTail> {
  return startFileTail({
    paths: options.paths ?? [join(folder, 'app.log')],
    exclude: [],
    readFrom: 'head',
    index: 'logs',
    positionsFile: join(folder, 'data/positions'),
    enrich: { environment: 'test', clusterName: 'c', hostname: 'h' },
    multiline: true,
    ingest: collector.ingest,
    log: { warn: (message, detail) => warnings.push(`${message} ${JSON.stringify(detail)}`) },
    pollMillis: options.pollMillis ?? 50,
    discoverMillis: 200,
    rotateWaitMillis: 500,
  });
}
let warnings: string[] = [];
beforeEach(() => {
  warnings = [];
});

/** Until all have come, or none has for a while; and a little longer for ones too many. */
async function waitForAll(collector: Collector, count = lineCount): Promise<void> {
  for (let [seen, since] = [collector.seen, Date.now()]; seen < count && Date.now() - since < 15_000; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (collector.seen > seen) [seen, since] = [collector.seen, Date.now()];
  }
  await new Promise((resolve) => setTimeout(resolve, 700));
}

describe('rotation under load', () => {
  it.each([
    ['rename', 'app.log', 250],
    ['rename', 'app.log*', 10],
    ['copytruncate', 'app.log', 250],
    ['copytruncate', 'app.log*', 10],
  ])('loses and doubles nothing: %s, %s, poll %d ms', async (mode, glob, pollMillis) => {
    const collector = new Collector();
    const tail = await start(collector, { paths: [join(folder, glob)], pollMillis });
    const writer = startWriter(join(folder, 'app.log'), mode, 40, 1);
    // So that a file is rotated of which something was read: until then, rotations of an empty one are not counted.
    await vi.waitFor(() => expect(collector.seen).toBeGreaterThanOrEqual(lineCount / 2), 60_000);
    appendFileSync(goesFile(), '.');
    await writer;
    await waitForAll(collector);
    await tail.close();
    expect({ ...collector.summary(), warnings }).toEqual({ lost: 0, doubled: 0, warnings: [] });
    expect(tail.stats().rotations + tail.stats().truncations).toBeGreaterThan(0);
  });

  // A copy that is still being made while the source starts cannot be told from a whole one, so copytruncate gets fewer rotations here.
  it.each([
    ['rename', 50],
    ['copytruncate', 200],
  ])('loses and doubles nothing over restarts: %s', async (mode, perFile) => {
    const collector = new Collector();
    // Files that were rotated before the path was ever seen are not its to find.
    writeFileSync(join(folder, 'app.log'), '');
    await (await start(collector)).close();
    let isWriting = true;
    const writer = startWriter(join(folder, 'app.log'), mode, perFile, 3).then(() => {
      isWriting = false;
    });
    while (isWriting) {
      const tail = await start(collector);
      await new Promise((resolve) => setTimeout(resolve, 150));
      await tail.close();
      appendFileSync(goesFile(), '.');
    }
    await writer;
    const tail = await start(collector);
    await waitForAll(collector);
    await tail.close();
    expect(collector.summary()).toEqual({ lost: 0, doubled: 0 });
  });
});

/** Takes batches in by appending them to a file and syncing it; a batch counts when its last line is there. */
const takerSource = `
import { fsyncSync, openSync, writeSync } from 'node:fs';
import { startFileTail } from './file-tail.mjs';
const taken = openSync('taken', 'a');
const put = (text) => { for (let bytes = Buffer.from(text); bytes.length > 0; ) bytes = bytes.subarray(writeSync(taken, bytes)); fsyncSync(taken); };
put('\\nstart\\n');
await startFileTail({
  paths: [process.cwd() + '/app.log'], exclude: [], readFrom: 'head', index: 'logs', positionsFile: 'data/positions', multiline: true,
  enrich: { environment: '', clusterName: '', hostname: '' }, pollMillis: 20, discoverMillis: 100, rotateWaitMillis: 500, log: { warn: console.error },
  ingest: async ({ documents }) => { put(documents.map((bytes) => JSON.parse(Buffer.from(bytes).toString()).n).join(' ') + ' end\\n'); return { accepted: documents.length, deadLettered: 0 }; },
});
`;

/** Starts sooner than modules that are found and compiled one by one. */
async function compileTaker(): Promise<void> {
  const bundle = await rolldown({
    input: join(import.meta.dirname, 'file-tail.ts'),
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
  });
  await bundle.write({ file: join(folder, 'file-tail.mjs'), format: 'esm' });
  await bundle.close();
  symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'taker.mjs'), takerSource);
}

describe('kill -9', () => {
  it.each(['rename', 'copytruncate'])('loses nothing, and doubles at most the batch that was being taken in: %s', async (mode) => {
    await compileTaker();
    writeFileSync(join(folder, 'app.log'), '');
    let isWriting = true;
    let taker = startTaker();
    await vi.waitFor(() => expect(existsSync(join(folder, 'data/positions'))).toBe(true), 60_000);
    const writer = startWriter(join(folder, 'app.log'), mode, 50, 7).then(() => {
      isWriting = false;
    });
    while (isWriting) {
      await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 200));
      taker.kill('SIGKILL');
      taker = startTaker();
      appendFileSync(goesFile(), '.');
    }
    await writer;
    await vi
      .waitFor(() => expect(linesTaken().counts.every((count) => count > 0)).toBe(true), { timeout: 60_000, interval: 500 })
      .catch(() => undefined);
    const { counts, excusable } = linesTaken();
    const doubled = [...counts.keys()].filter((n) => (counts[n] ?? 0) > 1);
    expect(counts.filter((count) => count === 0).length).toBe(0);
    expect(doubled.filter((n) => !excusable.has(n))).toEqual([]);
  });

  function startTaker(): ChildProcess {
    const child = spawn(process.execPath, ['taker.mjs'], { cwd: folder, stdio: 'inherit' });
    children.push(child);
    return child;
  }

  /** How often each line was taken in, and the lines of batches behind which the next thing is another start. */
  function linesTaken(): { counts: Uint8Array; excusable: Set<number> } {
    const counts = new Uint8Array(lineCount);
    const excusable = new Set<number>();
    const batches = readFileSync(join(folder, 'taken'), 'utf8')
      .split('\n')
      .filter((line) => line.endsWith(' end') || line === 'start');
    batches.forEach((batch, at) => {
      for (const number of batch.split(' ').slice(0, -1).map(Number)) {
        counts[number] = (counts[number] ?? 0) + 1;
        if (batches[at + 1] === 'start') excusable.add(number);
      }
    });
    return { counts, excusable };
  }
});

const hasLogrotate = spawnSync('logrotate', ['--version']).status === 0;

describe.skipIf(!hasLogrotate)('logrotate itself (skipped where it is not installed)', () => {
  it.each(['create', 'copytruncate', 'create\n  dateext\n  dateformat -%s'])('%s', async (directive) => {
    const log = join(folder, 'app.log');
    writeFileSync(join(folder, 'rotate.conf'), `${log} {\n  rotate 100\n  size 1\n  ${directive}\n}\n`, { mode: 0o600 });
    writeFileSync(log, '', { mode: 0o600 });
    const collector = new Collector();
    const tail = await start(collector, { pollMillis: 250 });
    let n = 0;
    for (let round = 0; round < 5; round += 1) {
      for (let i = 0; i < 1000; i += 1, n += 1) appendFileSync(log, `{"n":${n}}\n`);
      if (directive.includes('%s')) await new Promise((resolve) => setTimeout(resolve, 1000));
      execFileSync('logrotate', ['-f', '-s', join(folder, 'state'), join(folder, 'rotate.conf')]);
    }
    await waitForAll(collector, n);
    await tail.close();
    const counts = collector.counts.slice(0, n);
    expect({ lost: counts.filter((count) => count === 0).length, doubled: counts.filter((count) => count > 1).length, warnings }).toEqual({
      lost: 0,
      doubled: 0,
      warnings: [],
    });
    expect(readFileSync(log, 'utf8')).toBe('');
  });
});
