import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../harness/fake-server.ts';

/** The built command line, as `npx meshscope` starts it. */
const cliPath = resolve(import.meta.dirname, '../../dist/cli/meshscope.cjs');

let cwd: string;
let server: FakeServer;
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'meshscope-process-'));
  server = await startFakeServer();
});
afterEach(async () => {
  await server.stop();
  rmSync(cwd, { recursive: true });
});

function start(argv: string[], env: Record<string, string> = {}): ChildProcess & { text: { stdout: string; stderr: string } } {
  const { PATH, HOME, TMPDIR } = process.env;
  const own = Object.fromEntries(Object.entries({ PATH, HOME, TMPDIR }).filter(([, value]) => value !== undefined));
  const child = spawn(process.execPath, [cliPath, ...argv], {
    cwd,
    env: { ...own, MESHSCOPE_URL: server.url, ...env } as NodeJS.ProcessEnv,
  });
  const text = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text.stderr += chunk;
  });
  return Object.assign(child, { text });
}

async function run(argv: string[], env: Record<string, string> = {}) {
  const child = start(argv, env);
  child.stdin?.end();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...child.text };
}

describe('the program', () => {
  it('says its version and its help', async () => {
    const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string };
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(await run([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: meshscope COMMAND') });
    const help = await run(['help', 'export']);
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Usage: meshscope export [QUERY]') });
    expect(await run(['export', 'x', '--help'])).toEqual(help);
  });

  it('fails with one line, and shows the stack only when asked', async () => {
    const quiet = await run(['config', '--prot', '1']);
    expect(quiet).toEqual({ code: 1, stdout: '', stderr: 'meshscope: Unknown flag --prot. Did you mean --port?\n' });
    expect((await run(['config', '--verbose', '--prot', '1'])).stderr).toMatch(/^meshscope: Unknown flag[^\n]*\nAppError: .*\n +at /);
  });

  it('has threads for the engine', async () => {
    server.documents.push(...Array.from({ length: 3000 }, () => ({ index: 'logs', text: `{"msg":"${'x'.repeat(500)}"}` })));
    const child = start(['export', '--page', '100', '-o', 'x']);
    let most = 0;
    const look = setInterval(() => {
      try {
        most = Math.max(most, Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0));
      } catch {
        clearInterval(look);
      }
    }, 5);
    expect((await once(child, 'close'))[0]).toBe(0);
    clearInterval(look);
    if (process.platform === 'linux') expect(most).toBeGreaterThan(20);
  });

  it('ends quietly when its reader has enough', async () => {
    server.documents.push(...Array.from({ length: 20_000 }, () => ({ index: 'logs', text: `{"msg":"${'x'.repeat(500)}"}` })));
    const child = start(['export', '--page', '100']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(child.text.stderr).toBe('');
  });
});

describe('config', () => {
  it('shows values and sources, and no secret', async () => {
    writeFileSync(join(cwd, 'meshscope.json'), JSON.stringify({ http: { username: 'ops', password: 'hunter2' } }));
    const { code, stdout } = await run(['config', '--port', '0'], { MESHSCOPE_STORE_RETENTION_DAYS: '7' });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^http\.port +0 +flag --port$/m);
    expect(stdout).toMatch(/^store\.retentionDays +7 +environment MESHSCOPE_STORE_RETENTION_DAYS$/m);
    expect(stdout).toMatch(/^http\.password +\*{8} +file .*meshscope\.json$/m);
    expect(stdout).not.toContain('hunter2');
    const json = JSON.parse((await run(['config', '--json'])).stdout) as Record<string, unknown>;
    expect(json['http.username']).toEqual({ value: 'ops', source: 'file', setBy: expect.stringContaining('meshscope.json') });
    expect(JSON.stringify(json)).not.toContain('hunter2');
  });

  it('checks', async () => {
    expect(await run(['config', '--check'])).toEqual({ code: 0, stdout: 'The settings are valid.\n', stderr: '' });
    const refused = await run(['config', '--check', '--host', '0.0.0.0']);
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/which other machines can reach\. Set MESHSCOPE_HTTP_USERNAME/);
  });
});

describe('doctor', () => {
  type Report = { findings: { name: string; state: string; detail: string; advice?: string }[] };
  const doctor = async (argv: string[], env: Record<string, string> = {}) => {
    const { code, stdout } = await run(['doctor', '--json', ...argv], env);
    return { code, findings: (JSON.parse(stdout) as Report).findings };
  };

  it('finds nothing wrong here', async () => {
    const { code, findings } = await doctor(['--port', '0', '--conventional-ports', 'off']);
    expect(findings.filter(({ state }) => state === 'fail')).toEqual([]);
    expect(findings.find(({ name }) => name === 'engine')?.detail).toMatch(/^ClickHouse \d+/);
    expect(code).toBe(0);
  });

  it('says who has a port, and fails only for one that was asked for', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const address = blocker.address();
    const port = String(typeof address === 'object' ? address?.port : '');
    const { code, findings } = await doctor(['--port', '0', '--elasticsearch.port', port]);
    expect(findings.find(({ name }) => name === `port ${port}`)).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining(process.platform === 'linux' ? `(process ${process.pid})` : 'taken'),
      advice: expect.stringContaining('--elasticsearch.port'),
    });
    expect(code).toBe(1);
    blocker.close();
  });

  it('looks at every port that a server would open', async () => {
    const { findings } = await doctor(['--port', '0']);
    expect(findings.map(({ name }) => name).filter((name) => name.startsWith('port '))).toEqual(
      ['9200', '4317', '4318', '24224'].map((port) => `port ${port}`),
    );
  });

  it('goes on with wrong settings', async () => {
    writeFileSync(join(cwd, 'meshscope.json'), '{');
    const { code, findings } = await doctor([]);
    expect(code).toBe(1);
    expect(findings.find(({ name }) => name === 'settings')).toMatchObject({ state: 'fail', detail: expect.stringContaining('not JSON') });
    expect(findings.length).toBeGreaterThan(9);
  });

  it('says that a folder cannot be used', async () => {
    writeFileSync(join(cwd, 'file'), '');
    const { findings } = await doctor(['--data', 'file', '--port', '0']);
    expect(findings.find(({ name }) => name === 'data folder')).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('not a folder'),
    });
  });

  it('knows a data folder in use', async () => {
    mkdirSync(join(cwd, 'meshscope-data'));
    const script = `const { Session } = require(${JSON.stringify(resolve('node_modules/chdb'))}); new Session('meshscope-data/engine'); console.log('open'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['-e', script], { cwd });
    await once(holder.stdout, 'data');
    const before = await doctor(['--port', '0']);
    holder.kill('SIGKILL');
    await once(holder, 'close');
    const after = await doctor(['--port', '0']);
    const detail = ({ findings }: typeof before) => findings.find(({ name }) => name === 'data folder')?.detail;
    expect(detail(before)).toContain(`in use by process ${holder.pid}`);
    expect(detail(after)).toContain('not in use');
  });

  it('prints for people', async () => {
    const { stdout } = await run(['doctor', '--port', '0', '--conventional-ports', 'off']);
    expect(stdout).toMatch(/^ok {4}platform/);
    expect(stdout).toMatch(/can run here\.\n$/);
  });
});

describe('ingest in a pipe', () => {
  it('sends what it has when it is interrupted', async () => {
    const child = start(['ingest']);
    child.stdin?.write('{"msg":"before"}\nhalf a line');
    await expect.poll(() => server.documents.length, { timeout: 60_000 }).toBe(1);
    child.kill('SIGINT');
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(child.text.stderr).toBe('meshscope: 2 records acknowledged.\n');
    expect(server.documents.map(({ text }) => (JSON.parse(text) as { msg: string }).msg)).toEqual(['before', 'half a line']);
  });

  it('ends when the server refuses, although its writer goes on', async () => {
    server.failNext('_bulk', 401);
    const child = start(['ingest']);
    child.stdin?.write('{"msg":"a"}\n');
    child.stdin?.on('error', () => undefined);
    expect((await once(child, 'close'))[0]).toBe(1);
    expect(child.text.stderr).toMatch(/wants credentials/);
  });
});
