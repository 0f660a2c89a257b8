import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../harness/fake-server.ts';
import { type CliOptions, runCli } from '../harness/run-cli.ts';

/** The client commands when the server misbehaves. What they do with a real one is in cli-server.test.ts. */
let server: FakeServer;
let cwd: string;
beforeEach(async () => {
  server = await startFakeServer();
  cwd = mkdtempSync(join(tmpdir(), 'meshscope-cli-'));
});
afterEach(async () => {
  await server.stop();
  rmSync(cwd, { recursive: true });
});

const cli = (argv: string[], options: CliOptions = {}) => runCli(argv, { url: server.url, cwd, ...options });
const seed = (count: number, index = 'logs') => {
  const texts = Array.from(
    { length: count },
    (_, at) => `{"timestamp":"2026-01-01T00:00:00Z","level":"INFO","msg":"m${at}","n":${10n ** 20n + BigInt(at)}}`,
  );
  server.documents.push(...texts.map((text) => ({ index, text })));
  return texts;
};

describe('every client command', () => {
  const commands = [['search'], ['tail'], ['export'], ['loadtest'], ['dead-letters', 'list']];

  it.each(commands)('%s says what to do when no server answers', async (...argv) => {
    await server.stop();
    const { code, stdout, stderr } = await cli(argv);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `meshscope: No meshscope answers at ${server.url}: start one with \`meshscope up\`, or name its address with --url.\n`,
    );
    await server.start();
  });

  it.each(commands)('%s says that credentials are wanted', async (...argv) => {
    for (const suffix of ['_search', '_pit', '/elasticsearch/', 'dead-letters']) server.failNext(suffix, 401);
    const { code, stderr } = await cli(argv);
    expect(code).toBe(1);
    expect(stderr).toMatch(/wants credentials: give --user NAME:PASSWORD/);
  });

  it.each<[string, string[], Record<string, string>, string | undefined]>([
    ['flag', ['--user', 'a:b:c'], { MESHSCOPE_USERNAME: 'x' }, 'a:b:c'],
    ['environment', [], { MESHSCOPE_USERNAME: 'x', MESHSCOPE_PASSWORD: 'y' }, 'x:y'],
    ['none', [], {}, undefined],
  ])('sends credentials from %s', async (_name, argv, env, expected) => {
    await cli(['search', ...argv], { env });
    const sent = server.requests[0]?.authorization?.replace('Basic ', '');
    expect(sent === undefined ? undefined : Buffer.from(sent, 'base64').toString()).toBe(expected);
  });

  it.each<[string[], RegExp]>([
    [['search', '--limt', '5'], /Unknown flag --limt\. Did you mean --limit\?/],
    [['search', '--limit', 'many'], /--limit must be a whole number from 1 to 10000/],
    [['search', '--url', 'localhost:9'], /must be a URL such as/],
    [['search', '--since', 'soon'], /--since must be a span/],
    [['search', '--sort', 'a:up'], /--sort must be/],
    [['search', '-level:INFO'], /goes behind `--`/],
    [['search', '--user', 'nobody'], /--user must be NAME:PASSWORD/],
    [['loadtest', '--mode', 'both'], /--mode must be doc or bulk/],
    [['loadtest', 'extra'], /Unexpected operand "extra"/],
    [['dead-letters'], /Use list, show ID or replay/],
    [['dead-letters', 'show'], /needs the ID/],
    [['serach'], /Unknown command serach\. Did you mean search\?/],
    [['--verison'], /Unknown flag --verison/],
    [['config', 'x'], /takes no operands/],
  ])('refuses %j', async (argv, message) => {
    const { code, stderr } = await cli(argv);
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(code).toBe(2);
    expect(server.requests).toEqual([]);
  });
});

describe('search', () => {
  it('shows the reason of the server', async () => {
    const error = {
      type: 'x',
      reason: 'all shards failed',
      root_cause: [{ type: 'y', reason: 'Failed to parse query [level:]\u001b[2J' }],
    };
    server.answer('/elasticsearch/*/_search', 400, { error, status: 400 });
    const { code, stderr } = await cli(['search', 'level:']);
    expect([code, stderr]).toEqual([1, `meshscope: ${server.url} answers: Failed to parse query [level:]\\u001b[2J\n`]);
  });

  it.each(['<html></html>', '', '{"hits":{"hits":[{"_source":{"a"'])('does not take %j for an answer', async (body) => {
    server.answer('/elasticsearch/*/_search', 200, body);
    const { code, stdout, stderr } = await cli(['search']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/not a complete JSON text/);
  });

  it('says that an answer is incomplete', async () => {
    server.answer('/elasticsearch/*/_search', 200, { timed_out: true, hits: { hits: [{ _source: { msg: 'm' } }] } });
    const { code, stdout, stderr } = await cli(['search']);
    expect([code, stdout]).toEqual([1, 'm\n']);
    expect(stderr).toMatch(/incomplete/);
  });

  it.each<[string, Record<string, string>, boolean, boolean]>([
    ['a terminal', {}, true, true],
    ['a pipe', {}, false, false],
    ['NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['FORCE_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  ])('colours for %s', async (_name, env, tty, coloured) => {
    seed(1);
    expect((await cli(['search'], { env, tty })).stdout.includes('\u001b[32mINFO')).toBe(coloured);
  });
});

describe('tail', () => {
  /** Runs until standard output has `lines` lines. */
  async function tail(argv: string[], lines: number, during: (stdout: string) => void = () => undefined) {
    const stop = new AbortController();
    const timeout = setTimeout(() => stop.abort(), 60_000);
    const watch = (stdout: string) => {
      if (stdout.split('\n').length > lines) stop.abort();
      else during(stdout);
    };
    const result = await cli(['tail', ...argv], { signal: stop.signal, watch });
    clearTimeout(timeout);
    return result;
  }

  it('begins with nothing and finds what comes', async () => {
    setTimeout(() => seed(2), 700);
    expect((await tail([], 2)).stdout.split('\n')).toHaveLength(3);
  });

  it('survives a restart of the server without loss or repetition', async () => {
    const texts = seed(2);
    let restarted = false;
    const { stdout, stderr, code } = await tail(['--json'], 4, () => {
      if (restarted) return;
      restarted = true;
      void (async () => {
        await server.stop();
        await sleep(1500);
        texts.push(...seed(2));
        server.failNext('_search', 503, 429);
        await server.start();
      })();
    });
    expect(stdout.trimEnd().split('\n')).toEqual(texts);
    expect(stderr).toBe('meshscope: The server does not answer; waiting for it.\nmeshscope: The server answers again.\n');
    expect(code).toBe(0);
  });

  it('ends on a query that the server refuses', async () => {
    server.failNext('_search', 400);
    const { code, stderr } = await cli(['tail', 'level:']);
    expect([code, stderr]).toEqual([1, `meshscope: ${server.url} answers: asked to answer 400\n`]);
  });
});

describe('export', () => {
  it('asks again for a page that did not come', async () => {
    const texts = seed(25);
    server.failNext('_search', 503, 'reset', 'lose', 429);
    const { code, stdout } = await cli(['export', '--page', '10']);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual(texts);
  });

  it.each<[string, () => void, RegExp]>([
    ['a page is refused', () => server.failNext('_search', 404), /does not have this/],
    [
      'the count is wrong',
      () => server.answer('/elasticsearch/_search', 200, { hits: { total: { value: 9 }, hits: [] } }),
      /counted 9 records but gave 0/,
    ],
    [
      'the query ran out of time',
      () => server.answer('/elasticsearch/_search', 200, { timed_out: true, hits: { hits: [] } }),
      /time limit/,
    ],
    ['a record has no text', () => server.answer('/elasticsearch/_search', 200, { hits: { hits: [{}] } }), /without its text/],
  ])('leaves no file when %s', async (_name, break_, message) => {
    seed(3);
    break_();
    const { code, stderr } = await cli(['export', '-o', 'out.ndjson']);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('does not loop on a server that ignores search_after', async () => {
    const hits = Array.from({ length: 10 }, () => ({ _source: {}, sort: [1] }));
    server.answer('/elasticsearch/_search', 200, { hits: { total: { value: 100 }, hits } });
    const { code, stderr } = await cli(['export', '--page', '10']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no position to go on from/);
  });

  it('says that a file cannot be written, in one line', async () => {
    seed(1);
    const { code, stderr } = await cli(['export', '-o', 'missing/out.ndjson']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^meshscope: ENOENT.*missing\/out\.ndjson\.part'\n$/);
    expect(existsSync(join(cwd, 'missing'))).toBe(false);
  });

  it('does not begin when the file is a folder', async () => {
    seed(1);
    mkdirSync(join(cwd, 'folder'));
    const { code, stderr } = await cli(['export', '-o', 'folder']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'meshscope: --output must name a file; folder is a folder.\n' });
    expect(existsSync(join(cwd, 'folder.part'))).toBe(false);
  });

  it('draws a bar for people only', async () => {
    seed(25);
    expect((await cli(['export', '--page', '10', '-o', 'x'], { tty: true })).stderr).toMatch(/100% 25 of 25|25 records in/);
  });
});

describe('loadtest', () => {
  const receipt = async (argv: string[]) => {
    const { code, stdout } = await cli(['loadtest', '--json', '--seconds', '1', ...argv]);
    return { code, receipt: JSON.parse(stdout) as Record<string, unknown> };
  };

  it('tells refused from unanswered', async () => {
    server.failNext('_doc', 429, 'reset', 'lose', 500);
    const result = await receipt(['--rate', '100']);
    expect(result).toMatchObject({ code: 0, receipt: { sent: 100, acknowledged: 96, refused: 2, unanswered: 2, found: 97, ok: true } });
  });

  it.each([
    ['lost', 90],
    ['doubled', 110],
  ])('fails when records are %s', async (_name, count) => {
    server.answer('/elasticsearch/mcp-mesh-logs/_count', 200, { count });
    const result = await receipt(['--rate', '100']);
    expect(result).toMatchObject({ code: 1, receipt: { acknowledged: 100, found: count, ok: false } });
  });
});

describe('ingest', () => {
  const messages = (index = 'mcp-mesh-logs-stdin') =>
    server.documents.filter((document) => document.index === index).map(({ text }) => (JSON.parse(text) as { msg?: string }).msg);

  it('keeps records through refusals, lost connections and a restart, in order', async () => {
    await server.stop();
    server.failNext('_bulk', 429, 503, 'reset');
    setTimeout(() => void server.start(), 1000);
    const lines = Array.from({ length: 1000 }, (_, at) => `{"msg":"m${at}"}\n`);
    const { code, stderr } = await cli(['ingest'], { stdin: Readable.from(lines.map((line) => Buffer.from(line))) });
    expect(messages()).toEqual(lines.map((_, at) => `m${at}`));
    expect(code).toBe(0);
    expect(stderr).toMatch(/nothing is dropped[\s\S]*1000 records acknowledged/);
  });

  it('sends single records again that the server had no room for', async () => {
    const items = [{ create: { status: 201 } }, { create: { status: 429, error: { reason: 'full' } } }];
    server.answer('/elasticsearch/mcp-mesh-logs-stdin/_bulk', 200, { errors: true, items });
    const done = cli(['ingest'], { stdin: Readable.from([Buffer.from('{"msg":"a"}\n{"msg":"b"}\n')]) });
    await expect.poll(() => server.requests.length, { timeout: 60_000 }).toBe(1);
    server.answer('/elasticsearch/mcp-mesh-logs-stdin/_bulk', 200, { errors: false, items: [{ create: { status: 201 } }] });
    expect((await done).code).toBe(0);
    expect(server.requests.map(({ body }) => body.split('\n').filter((line) => line.includes('msg')))).toEqual([
      ['{"msg":"a"}', '{"msg":"b"}'],
      ['{"msg":"b"}'],
    ]);
  });

  it.each<[string, () => void, RegExp]>([
    ['wants credentials', () => server.failNext('_bulk', 401), /wants credentials/],
    [
      'answers about too few records',
      () => server.answer('/elasticsearch/mcp-mesh-logs-stdin/_bulk', 200, { errors: false, items: [] }),
      /each of its 1 records/,
    ],
    ['is something else', () => server.answer('/elasticsearch/mcp-mesh-logs-stdin/_bulk', 200, 'OK'), /not JSON/],
  ])('ends at once when the server %s', async (_name, break_, message) => {
    break_();
    const stdin = new PassThrough();
    stdin.write('{"msg":"a"}\n');
    const { code, stderr } = await cli(['ingest'], { stdin });
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('reads no further while much is waiting', async () => {
    await server.stop();
    const line = Buffer.from(`{"msg":"${'x'.repeat(1024 * 1024)}"}\n`);
    let given = 0;
    const stdin = Readable.from(
      (function* () {
        for (; given < 100; given++) yield line;
      })(),
      { highWaterMark: 1 },
    );
    const done = cli(['ingest'], { stdin });
    await sleep(1500);
    expect(given).toBeLessThan(50);
    await server.start();
    expect((await done).code).toBe(0);
    expect(messages()).toHaveLength(100);
  });
});

describe('dead-letters', () => {
  const row = {
    id: '7',
    source: 'fluent-forward',
    index: 'logs',
    reason: 'not\u001b JSON',
    received: '2026-01-01T00:00:00Z',
    payload: 'a\nb',
    payload_encoding: 'utf8',
    payload_bytes: 3,
  };

  it('lists hostile text', async () => {
    server.answer('/api/dead-letters', 200, { dead_letters: [row], total: 5 });
    const { code, stdout, stderr } = await cli(['dead-letters', 'list', '--limit', '1']);
    expect([code, stdout]).toEqual([0, '7  2026-01-01T00:00:00Z  fluent-forward  logs  not\\u001b JSON  a b\n']);
    expect(stderr).toBe('meshscope: 1 of 5 records shown; see --limit.\n');
    expect(server.requests[0]?.path).toBe('/api/dead-letters?limit=1');
    expect(JSON.parse((await cli(['dead-letters', 'list', '--json'])).stdout)).toEqual(row);
  });

  it('does not take anything for an answer', async () => {
    server.answer('/api/dead-letters', 200, { rows: [] });
    expect((await cli(['dead-letters', 'list'])).stderr).toMatch(/expected form/);
  });
});
