// Runs `engine-ceiling.mjs` beside the server, on the records of a bulk file.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { action } from './bulk-file.mjs';

const { FrameBuilder } = await import('../build/pipeline/frame-builder.js');
const { frameHeader } = await import('../build/journal/frame.js');

const segmentBytes = 16 * 1024 ** 2;
const lineFeed = 0x0a;

/** Writes the records of a bulk file as the segments that the server's journal would hold. */
export function writeSegments(folder, bulkPath, bodies, index, firstId) {
  const file = openSync(bulkPath, 'r');
  const segments = [];
  let frames = [];
  let rows = 0;
  let bytes = 0;
  const finish = () => {
    if (rows === 0) return;
    const id = firstId + segments.length;
    const path = join(folder, `ceiling-${id}`);
    writeFileSync(path, Buffer.concat(frames));
    segments.push({
      id,
      path,
      bytes,
      rows,
      openedAt: Date.now(),
      content: { documents: true, keyed: false, deadLetters: false, spans: false, metrics: false },
    });
    frames = [];
    rows = 0;
    bytes = 0;
  };
  for (const body of bodies) {
    const text = Buffer.allocUnsafe(body.bytes);
    readSync(file, text, 0, body.bytes, body.offset);
    const frame = new FrameBuilder(rows, body.bytes);
    for (let at = 0; at < text.length; ) {
      const start = at + action.length;
      const end = text.indexOf(lineFeed, start);
      frame.addDocument(index, '', text, start, end);
      at = end + 1;
    }
    const { payload, rows: added, content } = frame.finish();
    frames.push(frameHeader(payload, added, content), payload);
    rows += added;
    bytes += payload.length;
    if (bytes >= segmentBytes) finish();
  }
  finish();
  closeSync(file);
  return segments;
}

export function startCeiling(data) {
  const script = fileURLToPath(new URL('engine-ceiling.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, data], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  const exited = new Promise((resolve) => child.on('exit', resolve));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = () => child.kill('SIGKILL');
  // Before the folder is removed.
  process.prependListener('exit', kill);
  return {
    async load(segments) {
      child.kill('SIGCONT');
      child.stdin.write(`${JSON.stringify(segments)}\n`);
      const { value } = await answers.next();
      child.kill('SIGSTOP');
      for (const { path } of segments) rmSync(path);
      if (value === undefined) throw new Error('the engine stopped while it loaded the segments');
      return JSON.parse(value);
    },
    async stop() {
      child.kill('SIGCONT');
      child.stdin.end();
      await exited;
      process.off('exit', kill);
    },
  };
}
