import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { decodeMultiStream, encode } from '@msgpack/msgpack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../harness/built-server.ts';
import { type CliOptions, type CliResult, runCli } from '../harness/run-cli.ts';
import { eventually, type ServerProcess, startServer } from '../harness/server-process.ts';

/** The client commands against the built server. What they do when a server misbehaves is in cli-faults.test.ts. */
let server: ServerProcess;
let cwd: string;
beforeAll(async () => {
  server = await startServer();
  cwd = mkdtempSync(join(tmpdir(), 'meshscope-cli-'));
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  rmSync(cwd, { recursive: true });
});

const cli = (argv: readonly string[], options: CliOptions = {}): Promise<CliResult> => runCli(argv, { url: server.url, cwd, ...options });
const lines = (text: string) => text.split('\n').slice(0, -1);

/** Texts with numbers that no double holds: they must come back as they are, and be told apart. */
const text = (n: number, level = 'INFO') =>
  `{"timestamp":"2026-01-01T00:00:${String(Math.floor(n / 10) % 60).padStart(2, '0')}.${String(n % 10)}Z","level":"${level}","msg":"m${n}","n":${2n ** 60n + BigInt(n)}}`;

async function load(index: string, texts: readonly string[], at = server.url): Promise<void> {
  const response = await fetch(`${at}/${index}/_bulk?refresh=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: texts.map((one) => `{"create":{}}\n${one}\n`).join(''),
  });
  expect(await response.json()).toMatchObject({ errors: false });
}

async function sourcesOf(index: string): Promise<Record<string, unknown>[]> {
  await fetch(`${server.url}/${index}/_refresh`, { method: 'POST' });
  const { stdout } = await cli(['export', '--index', index]);
  return lines(stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('search', () => {
  const texts = Array.from({ length: 25 }, (_, n) => text(n, n % 5 === 0 ? 'ERROR' : 'INFO'));
  beforeAll(() => load('searched', texts));

  it('prints the newest records, the newest last', async () => {
    const { code, stdout, stderr } = await cli(['search', '--index', 'searched', '--limit', '2']);
    expect(stdout).toBe('2026-01-01T00:00:02.3Z INFO  m23 n=1152921504606846999\n2026-01-01T00:00:02.4Z INFO  m24 n=1152921504606847000\n');
    expect([code, stderr]).toEqual([0, 'meshscope: 2 of 25 records shown; see --limit.\n']);
  });

  it('prints JSON exactly as it was sent', async () => {
    expect(lines((await cli(['search', '--json', '--index', 'searched', '--limit', '100'])).stdout)).toEqual(texts);
  });

  it.each<[string, string[], number[]]>([
    ['Lucene', ['level:ERROR', 'AND', 'NOT', 'm5'], [0, 10, 15, 20]],
    ['KQL', ['--kql', 'level: ERROR and not msg: m5'], [0, 10, 15, 20]],
    ['a big number', ['n:1152921504606846983'], [7]],
    ['a range of time', ['timestamp:[2026-01-01T00:00:01.2Z TO 2026-01-01T00:00:01.4Z]'], [12, 13, 14]],
    ['--since and --until', ['--since', '2026-01-01T00:00:02Z', '--until', '2026-01-01T00:00:02.2Z'], [20, 21]],
  ])('asks by %s', async (_name, argv, expected) => {
    const { code, stdout, stderr } = await cli(['search', '--json', '--index', 'searched', ...argv]);
    expect([code, stderr]).toEqual([0, '']);
    const found = lines(stdout).map((line) => Number(/"m(\d+)"/.exec(line)?.[1]));
    expect(found).toEqual(expected);
  });

  it('shows chosen fields in a chosen order', async () => {
    const argv = ['search', '--index', 'searched', '--fields', 'msg', '--json', '--sort', 'msg:asc', '--limit', '3', 'level:ERROR'];
    expect(lines((await cli(argv)).stdout)).toEqual(['{"msg":"m0"}', '{"msg":"m10"}', '{"msg":"m15"}']);
  });

  it.each<[string[], RegExp]>([
    [['level:'], /answers: .*level:/],
    [['--kql', 'level: ('], /answers: /],
    [['--index', 'no-such-index'], /no such index \[no-such-index\]/],
  ])('says in one line what is wrong with %j', async (argv, message) => {
    const { code, stdout, stderr } = await cli(['search', ...argv]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(lines(stderr)).toHaveLength(1);
  });
});

describe('tail', () => {
  /** Runs until standard output has `count` lines. */
  async function tail(argv: readonly string[], count: number, during: (stdout: string) => void = () => undefined, url = server.url) {
    const stop = new AbortController();
    const timeout = setTimeout(() => stop.abort(), 30_000);
    const watch = (stdout: string) => {
      if (stdout.split('\n').length > count) stop.abort();
      else during(stdout);
    };
    const result = await cli(['tail', '--json', ...argv], { url, signal: stop.signal, watch });
    clearTimeout(timeout);
    return result;
  }

  it('shows the last ten records, then each new one once, in the order of arrival', async () => {
    const first = Array.from({ length: 12 }, (_, n) => text(n));
    // Their own times are older: only the arrival counts.
    const later = Array.from({ length: 30 }, (_, n) => text(n).replace('2026', '2019'));
    await load('tailed', first);
    const sending: Promise<void>[] = [];
    const { stdout, code } = await tail(['--index', 'tailed'], 40, () => {
      if (sending.length > 0) return;
      sending.push(
        (async () => {
          for (let at = 0; at < later.length; at += 3) await load('tailed', later.slice(at, at + 3));
        })(),
      );
    });
    await Promise.all(sending);
    expect(lines(stdout)).toEqual([...first.slice(2), ...later]);
    expect(code).toBe(0);
  });

  it('reads on over many full pages, and filters', async () => {
    const texts = Array.from({ length: 1300 }, (_, n) => text(n, n % 2 ? 'WARN' : 'INFO').replace('2026-01-01', '2026-11-20'));
    await load('paged', texts);
    const { stdout } = await tail(['--index', 'paged', '--since', '2026-11-01', 'level:WARN'], 650);
    expect(lines(stdout)).toEqual(texts.filter((one) => one.includes('WARN')));
  });

  it('survives a restart of the server without loss or repetition', async () => {
    const port = String(await freePort());
    let own = await startServer({ flags: ['--port', port] });
    const texts = Array.from({ length: 6 }, (_, n) => text(n));
    await load('restarted', texts.slice(0, 3), own.url);
    let restarted: Promise<void> | undefined;
    const { stdout, stderr, code } = await tail(
      [],
      6,
      () => {
        restarted ??= (async () => {
          expect(await own.stop()).toBe(0);
          own = await startServer({ data: own.data, flags: ['--port', port] });
          await load('restarted', texts.slice(3), own.url);
        })();
      },
      own.url,
    );
    await restarted;
    expect(lines(stdout)).toEqual(texts);
    expect(stderr).toBe('meshscope: The server does not answer; waiting for it.\nmeshscope: The server answers again.\n');
    expect([code, await own.stop()]).toEqual([0, 0]);
  });
});

describe('export', () => {
  const texts = Array.from({ length: 2105 }, (_, n) => text(n));
  beforeAll(() => load('exported', texts));

  it.each(['100', '2105', '10000'])('writes every record exactly, by pages of %s', async (page) => {
    const { code, stdout, stderr } = await cli(['export', '--page', page, '--index', 'exported']);
    expect([code, stderr]).toEqual([0, '']);
    expect(lines(stdout)).toEqual(texts);
  });

  it('is of one moment', async () => {
    let added: Promise<void> | undefined;
    const { stdout } = await cli(['export', '--page', '100', '--index', 'exported'], {
      watch: () => {
        added ??= load('exported', ['{"late":true}']);
      },
    });
    await added;
    expect(lines(stdout)).toEqual(texts);
    expect(lines((await cli(['export', '--index', 'exported', 'late:true'])).stdout)).toEqual(['{"late":true}']);
  });

  it('writes a file that appears when it is complete', async () => {
    expect(await cli(['export', '--index', 'exported', '--output', 'out.ndjson', 'msg:m17'])).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(join(cwd, 'out.ndjson'), 'utf8')).toBe(`${texts[17]}\n`);
    expect(readdirSync(cwd)).toEqual(['out.ndjson']);
  });

  it('writes nothing of nothing', async () => {
    expect(await cli(['export', '--index', 'exported', 'msg:nothing'])).toMatchObject({ code: 0, stdout: '' });
  });
});

describe('loadtest', () => {
  it.each([
    ['doc', ['--rate', '100'], 200],
    ['bulk', ['--mode', 'bulk', '--rate', '5000', '--batch', '300'], 10_000],
  ])('finds what it sent by %s', async (mode, argv, count) => {
    const { code, stdout } = await cli(['loadtest', '--json', '--seconds', '2', '--index', `load-${mode}`, ...argv]);
    const receipt = JSON.parse(stdout) as { sent: number };
    expect(receipt).toMatchObject({ acknowledged: receipt.sent, found: receipt.sent, refused: 0, unanswered: 0, ok: true });
    expect(code).toBe(0);
    // A busy machine sends less than it was asked to.
    expect(receipt.sent).toBeGreaterThan(count / 10);
    const found = await sourcesOf(`load-${mode}`);
    expect(found.length).toBe(receipt.sent);
    expect(new Set(found.map((one) => JSON.stringify(one))).size).toBe(receipt.sent);
  });
});

describe('loadtest for people', () => {
  it('prints a receipt', async () => {
    const { stdout } = await cli(['loadtest', '--seconds', '1', '--rate', '50', '--index', 'load-print']);
    expect(stdout).toMatch(
      /sent +(\d+) records.*\nacknowledged +\1\nrefused +0\nunanswered +0\nfound +\1 .*\nlatency .*p99.*\nEvery acknowledged/,
    );
  });
});

describe('ingest', () => {
  const stdin = (input: string) => Readable.from([Buffer.from(input)]);

  it('sends lines of any kind', async () => {
    const input = [
      '{"timestamp":"2026-01-01T00:00:00Z","msg":"json","n":12345678901234567890}',
      '2026-01-05 14:24:38 INFO     started',
      'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: no',
      '2026-11-20T10:00:00.1Z stderr F {"msg":"wrapped","level":"WARN"}',
      'last without a line end',
    ];
    const { code, stderr } = await cli(['ingest', '--index', 'stdin'], { stdin: stdin(input.join('\n')) });
    expect([code, stderr]).toEqual([0, 'meshscope: 4 records acknowledged.\n']);
    const found = await sourcesOf('stdin');
    expect(found).toMatchObject([
      { msg: 'json' },
      // The traceback belongs to the line above it.
      { level: 'INFO', timestamp: expect.stringMatching(/^2026-01-0\dT/) as string, exception: { type: 'ValueError', message: 'no' } },
      { msg: 'wrapped', level: 'WARN', stream: 'stderr' },
      { msg: 'last without a line end' },
    ]);
    expect((await cli(['search', '--json', '--index', 'stdin', 'n:12345678901234567890'])).stdout).toContain('"n":12345678901234567890');
  });

  it('sends nothing of an empty input', async () => {
    expect(await cli(['ingest'])).toEqual({ code: 0, stdout: '', stderr: 'meshscope: 0 records acknowledged.\n' });
  });

  it('sends a line soon, not only at the end', async () => {
    const input = new PassThrough();
    const done = cli(['ingest', '--tee', '--index', 'soon'], { stdin: input });
    input.write('{"msg":"early"}\n');
    await eventually('the early line', async () => (await cli(['search', '--index', 'soon'])).stdout.includes('early'));
    input.end();
    expect(await done).toMatchObject({ code: 0, stdout: '{"msg":"early"}\n' });
  });

  it('says which record the mapping refuses, and keeps the others', async () => {
    await fetch(`${server.url}/typed`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"mappings":{"properties":{"n":{"type":"long"}}}}',
    });
    const { code, stderr } = await cli(['ingest', '--index', 'typed'], { stdin: stdin('{"n":1}\n{"n":"no number"}\n{"n":3}\n') });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^meshscope: 2 records acknowledged, 1 refused\.\nmeshscope: Refused: .*\[n\]/);
    expect(await sourcesOf('typed')).toEqual([{ n: 1 }, { n: 3 }]);
  });
});

describe('dead-letters', () => {
  it('says that there are none', async () => {
    expect(await cli(['dead-letters', 'list'])).toEqual({ code: 0, stdout: '', stderr: 'meshscope: There are no dead letters.\n' });
    expect(await cli(['dead-letters', 'replay'])).toMatchObject({ code: 0, stdout: '0 records replayed, 0 still cannot be read.\n' });
  });

  it('lists, shows and replays what could not be read', async () => {
    const socket = connect({ host: '127.0.0.1', port: server.forwardPort });
    const answers = decodeMultiStream(socket)[Symbol.asyncIterator]();
    socket.write(
      encode([
        'agents',
        [
          [1, { msg: 'fine' }],
          [2, 'no record'],
        ],
        { chunk: 'c' },
      ]),
    );
    expect((await answers.next()).value).toEqual({ ack: 'c' });
    socket.destroy();
    const listed = await eventually('the dead letter', async () => {
      const { stdout } = await cli(['dead-letters', 'list', '--json']);
      return stdout === '' ? undefined : stdout;
    });
    const [letter] = lines(listed).map((line) => JSON.parse(line) as { id: string; reason: string });
    expect(letter).toMatchObject({
      source: 'fluent-forward',
      reason: expect.stringMatching(/\w/) as string,
      received: expect.stringMatching(/^\d{4}-/) as string,
    });
    expect(lines((await cli(['dead-letters', 'list'])).stdout)).toEqual([expect.stringContaining(`${letter?.id}  `)]);
    const shown = await cli(['dead-letters', 'show', letter?.id as string]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain(`reason    ${letter?.reason}`);
    const replayed = await cli(['dead-letters', 'replay']);
    expect([replayed.code, replayed.stdout]).toEqual([1, '0 records replayed, 1 still cannot be read.\n']);
    expect(lines((await cli(['dead-letters', 'list', '--json'])).stdout)).toHaveLength(1);
    const missing = await cli(['dead-letters', 'show', 'none']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/no dead letter "none"/);
  });
});

describe('config and doctor', () => {
  it('show the settings of an environment', async () => {
    const { code, stdout } = await cli(['config', '--json'], {
      env: { MESHSCOPE_HTTP_USERNAME: 'ops', MESHSCOPE_HTTP_PASSWORD: 'hunter2' },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ 'http.username': { value: 'ops', source: 'environment' } });
    expect(stdout).not.toContain('hunter2');
  });

  it('know a running server', async () => {
    const { port } = new URL(server.url);
    const { code, stdout } = await cli(['doctor', '--json', '--data', server.data, '--port', port, '--conventional-ports', 'off']);
    const { findings } = JSON.parse(stdout) as { findings: { name: string; state: string; detail: string }[] };
    const of = (name: string) => findings.find((finding) => finding.name === name)?.detail;
    expect(of('data folder')).toContain(`in use by process ${server.pid}`);
    expect(of(`port ${port}`)).toContain(`(process ${server.pid})`);
    expect(of('server')).toBe(`a meshscope answers at ${server.url}`);
    expect(code).toBe(0);
  });
});

describe('credentials', () => {
  it('are needed and taken', async () => {
    const secured = await startServer({ flags: ['--http.username', 'elastic', '--http.password', 'changeme'] });
    const refused = await cli(['search'], { url: secured.url });
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/wants credentials: give --user NAME:PASSWORD/) as string]);
    const wrong = await cli(['search', '--user', 'elastic:guess'], { url: secured.url });
    expect(wrong.code).toBe(1);
    await cli(['ingest', '--user', 'elastic:changeme', '--index', 'x'], {
      url: secured.url,
      stdin: Readable.from([Buffer.from('{"msg":"in"}\n')]),
    });
    const env = { MESHSCOPE_USERNAME: 'elastic', MESHSCOPE_PASSWORD: 'changeme' };
    await eventually('the record', async () => (await cli(['search', '--json'], { url: secured.url, env })).stdout === '{"msg":"in"}\n');
    expect(await secured.stop()).toBe(0);
  });
});
