import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EventTime, FluentClient } from '@fluent-org/logger';
import { Client } from 'es8';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type ServerProcess, startServer, temporaryData } from '../harness/server-process.ts';

/** Shippers as Debian and npm give them, into the built server, found by search. */
let folder: string;
let logs: string;
const data = temporaryData();
let server: ServerProcess;
let client: Client;

const start = async () => {
  server = await startServer({
    data,
    flags: ['--files.paths', `${logs}/*.log`, '--files.index', 'rotated', '--forward.index', 'forwarded'],
  });
  client = new Client({ node: server.url });
};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meshscope-shippers-'));
  logs = join(folder, 'logs');
  mkdirSync(logs);
  await start();
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  rmSync(folder, { recursive: true });
});

type Found = Record<string, unknown>;

async function countOf(index: string, query: object = { match_all: {} }): Promise<number> {
  await client.indices.refresh({ index, ignore_unavailable: true });
  return (await client.count({ index, query, ignore_unavailable: true })).count;
}

/** Waits until as many documents are there, and a little longer for one too many; gives all of them. */
async function documentsOf(index: string, count: number, query: object = { match_all: {} }): Promise<Found[]> {
  await eventually(`${count} documents in ${index}`, async () => (await countOf(index, query)) >= count, 60_000);
  const found: Found[] = [];
  for await (const document of client.helpers.scrollDocuments<Found>({ index, query, size: 5000 })) found.push(document);
  return found;
}

const numbers = (documents: readonly Found[]) => documents.map(({ n }) => Number(n)).sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

const rsyslogd = '/usr/sbin/rsyslogd';
const hasRsyslog = existsSync(rsyslogd) && existsSync('/usr/lib/x86_64-linux-gnu/rsyslog/omelasticsearch.so');
const hasRsyslogArm = existsSync(rsyslogd) && existsSync('/usr/lib/aarch64-linux-gnu/rsyslog/omelasticsearch.so');
const withRsyslog = hasRsyslog || hasRsyslogArm;
if (!withRsyslog) console.warn('skipped: rsyslog needs Debian packages (apt-get install rsyslog rsyslog-elasticsearch)');

describe.skipIf(!withRsyslog)('rsyslog with omelasticsearch', () => {
  let daemon: ChildProcess;
  let told = '';
  const input = () => join(folder, 'rsyslog.in');
  const errors = () => join(folder, 'rsyslog.errors');

  /** Its own configuration, state and process number: it has nothing to do with the machine's. */
  beforeAll(() => {
    const { port } = new URL(server.url);
    writeFileSync(input(), '');
    writeFileSync(
      join(folder, 'rsyslog.conf'),
      `
global(workDirectory="${folder}" maxMessageSize="64k")
module(load="imfile")
module(load="omelasticsearch")
template(name="record" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timegenerated" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="level" name="syslogseverity-text" caseConversion="upper" format="jsonf")
  property(outname="name" name="programname" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
}
input(type="imfile" file="${input()}" tag="agent:" severity="warning" facility="local7")
action(type="omelasticsearch" server="127.0.0.1" serverport="${port}" template="record" searchIndex="rsyslog" bulkmode="on"
  esVersion.major="8" errorFile="${errors()}" action.resumeRetryCount="-1" action.resumeInterval="1"
  queue.type="linkedList" queue.dequeueBatchSize="200")
`,
    );
    daemon = spawn(rsyslogd, ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'rsyslog.pid')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [daemon.stdout, daemon.stderr]) stream?.on('data', (chunk: Buffer) => (told += chunk.toString()));
  });
  afterAll(async () => {
    daemon.kill();
    if (daemon.exitCode === null) await once(daemon, 'close');
  });

  it('delivers every line once', async () => {
    const count = 3000;
    for (let first = 0; first < count; first += 500) {
      appendFileSync(input(), Array.from({ length: 500 }, (_, at) => `request ${first + at} took "long" \\ 12ms – ok\n`).join(''));
      await sleep(100);
    }
    const found = await documentsOf('rsyslog', count).catch((error: Error) => {
      throw new Error(`${error.message}; rsyslogd says: ${told}`);
    });
    expect(found.map(({ msg }) => Number(/request (\d+)/.exec(String(msg))?.[1])).sort((a, b) => a - b)).toEqual(upTo(count));
    expect(found[0]).toMatchObject({ level: 'WARNING', name: 'agent', '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string });
    expect(String(found[0]?.msg)).toMatch(/took "long" \\ 12ms – ok$/);
    expect(existsSync(errors()) ? readFileSync(errors(), 'utf8') : '').toBe('');
    expect(
      await countOf('rsyslog', { bool: { filter: [{ term: { level: 'WARNING' } }, { match: { msg: 'request 2999' } }] } }),
    ).toBeGreaterThan(0);
  });
});

/** Writes numbered JSON lines with `O_APPEND` for as long as it lives; SIGHUP makes it open its file again, as logrotate's `postrotate` does. */
const writerSource = `
const { openSync, writeSync, closeSync } = require('node:fs');
let file = openSync(process.argv[1], 'a');
let n = 0, paused = false, pad = 'x'.repeat(100);
process.on('SIGHUP', () => { closeSync(file); file = openSync(process.argv[1], 'a'); console.log('reopened'); });
process.on('SIGUSR2', () => { paused = !paused; console.log(paused ? 'paused' : 'goes on'); });
process.on('SIGTERM', () => { console.log('wrote ' + n); process.exit(0); });
setInterval(() => {
  for (let at = 0; !paused && at < 20; at++) writeSync(file, JSON.stringify({ n: n++, pad }) + '\\n');
}, 5);
console.log('started');`;

class Writer {
  readonly #child: ChildProcess;
  #text = '';

  constructor(path: string) {
    this.#child = spawn(process.execPath, ['-e', writerSource, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
  }

  /** Sends a signal, and waits until the writer says that it has understood it. */
  async tell(signal: NodeJS.Signals | undefined, answer: RegExp): Promise<string> {
    this.#text = signal === undefined ? this.#text : '';
    if (signal) this.#child.kill(signal);
    return eventually(`the writer's ${answer}`, async () => answer.exec(this.#text)?.[1] ?? answer.exec(this.#text)?.[0]);
  }
}

describe('log files rotated under load', () => {
  const query = (name: string) => ({
    bool: { filter: [{ term: { 'tag.keyword': `file.${join(logs, name).slice(1).replaceAll('/', '.')}` } }] },
  });

  it('by renaming, over a restart of the server', async () => {
    const path = join(logs, 'renamed.log');
    const writer = new Writer(path);
    await writer.tell(undefined, /started/);
    for (let round = 0; round < 8; round++) {
      await sleep(250);
      for (let old = round; old > 0; old--) renameSync(`${path}.${old}`, `${path}.${old + 1}`);
      renameSync(path, `${path}.1`);
      // The writer goes on in the renamed file for a moment.
      await sleep(20);
      await writer.tell('SIGHUP', /reopened/);
      if (round === 3) expect(await server.stop()).toBe(0);
      if (round === 5) await start();
    }
    const wrote = Number(await writer.tell('SIGTERM', /wrote (\d+)/));
    expect(wrote).toBeGreaterThan(2000);
    expect(numbers(await documentsOf('rotated', wrote, query('renamed.log')))).toEqual(upTo(wrote));
  }, 180_000);

  const logrotate = '/usr/sbin/logrotate';
  if (!existsSync(logrotate)) console.warn('skipped: copytruncate needs logrotate (apt-get install logrotate)');

  it.skipIf(!existsSync(logrotate))('by copytruncate of logrotate', async () => {
    const path = join(logs, 'truncated.log');
    const config = join(folder, 'logrotate.conf');
    const su = process.getuid?.() === 0 ? '  su root root\n' : '';
    writeFileSync(config, `${path} {\n${su}  rotate 20\n  copytruncate\n  nocompress\n  missingok\n}\n`, { mode: 0o600 });
    const writer = new Writer(path);
    await writer.tell(undefined, /started/);
    for (let round = 0; round < 6; round++) {
      await sleep(400);
      // What is written between the copy and the truncation is lost to anybody, so nothing is written then.
      await writer.tell('SIGUSR2', /paused/);
      await promisify(execFile)(logrotate, ['--force', '--state', join(folder, 'logrotate.state'), config]);
      await writer.tell('SIGUSR2', /goes on/);
    }
    const wrote = Number(await writer.tell('SIGTERM', /wrote (\d+)/));
    expect(wrote).toBeGreaterThan(2000);
    expect(numbers(await documentsOf('rotated', wrote, query('truncated.log')))).toEqual(upTo(wrote));
  });
});

describe('Fluent Forward', () => {
  it.each(['Message', 'Forward', 'PackedForward', 'CompressedPackedForward'] as const)(
    'from @fluent-org/logger in %s mode',
    async (eventMode) => {
      const logger = new FluentClient('agents', {
        socket: { host: '127.0.0.1', port: server.forwardPort, timeout: 10_000 },
        ack: { ackTimeout: 20_000 },
        eventMode,
      });
      const time = new EventTime(1_795_168_800, 123_456_789);
      await Promise.all(upTo(300).map((n) => logger.emit(eventMode, { n, msg: `héllo ${n}`, service: { name: 'agent' } }, time)));
      await logger.disconnect();
      // Acknowledged means stored: no waiting, one refresh.
      expect(await countOf('forwarded', { term: { 'tag.keyword': `agents.${eventMode}` } })).toBe(300);
      const found = await documentsOf('forwarded', 300, { term: { 'tag.keyword': `agents.${eventMode}` } });
      expect(numbers(found)).toEqual(upTo(300));
      expect(found.find(({ n }) => n === 7)).toEqual({
        n: 7,
        msg: 'héllo 7',
        service: { name: 'agent' },
        '@timestamp': '2026-11-20T10:00:00.123456789Z',
        tag: `agents.${eventMode}`,
      });
      expect(
        await countOf('forwarded', { range: { timestamp: { gte: '2026-11-20T10:00:00.123Z', lt: '2026-11-20T10:00:00.124Z' } } }),
      ).toBeGreaterThan(299);
    },
  );

  const hasPython = existsSync('/usr/lib/python3/dist-packages/fluent/sender.py');
  if (!hasPython) console.warn("skipped: Python's logger needs Debian's python3-fluent-logger (apt-get install python3-fluent-logger)");

  it.skipIf(!hasPython)("from Debian's python3-fluent-logger", async () => {
    const script = `
from fluent import sender
logger = sender.FluentSender('agents', host='127.0.0.1', port=${server.forwardPort}, nanosecond_precision=True)
for n in range(500):
    assert logger.emit('python', {'n': n, 'text': 'gr\\u00fc\\u00dfe'})
logger.close()
`;
    await promisify(execFile)('/usr/bin/python3', ['-c', script]);
    const found = await documentsOf('forwarded', 500, { term: { 'tag.keyword': 'agents.python' } });
    expect(numbers(found)).toEqual(upTo(500));
    expect(found[0]).toMatchObject({ text: 'grüße', '@timestamp': expect.stringMatching(/\.\d{9}Z$/) as string });
  });
});
