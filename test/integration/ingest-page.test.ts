import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment, type RunningServer, startServer } from '../harness/built-server.ts';

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/ingest/elasticsearch.md'), 'utf8');

/** Debian's, which sees Debian's packages. */
const python = '/usr/bin/python3';
const hasPythonClient = await execute(python, ['-c', 'import elasticsearch']).then(
  () => true,
  () => false,
);
const rsyslogd = '/usr/sbin/rsyslogd';
const hasRsyslog =
  existsSync(rsyslogd) &&
  (await execute('sh', ['-c', 'ls /usr/lib/*/rsyslog/omelasticsearch.so']).then(
    () => true,
    () => false,
  ));

let folder: string;
let server: RunningServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meshscope-page-'));
  server = await startServer(process.execPath, [join(root, 'dist/cli/meshscope.cjs'), 'up'], { cwd: folder, data: join(folder, 'data') });
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

/** The first code block of a section, with the address of the server under test. */
function block(heading: string): string {
  const code = new RegExp(`^## ${heading}\n[\\s\\S]*?^\`\`\`\\w*\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1];
  if (code === undefined) throw new Error(`the page has no code under ${heading}`);
  return code.replaceAll('127.0.0.1:8000', `127.0.0.1:${server.port}`).replaceAll('serverport="8000"', `serverport="${server.port}"`);
}

async function messages(query: string): Promise<unknown[]> {
  const answer = await fetch(`${server.url}/_search?size=100&sort=_doc&q=${encodeURIComponent(query)}`);
  const { hits } = (await answer.json()) as { hits: { hits: { _source: { msg: string } }[] } };
  return hits.hits.map((hit) => hit._source.msg).sort();
}

describe("the page on Elasticsearch's API as a way in", () => {
  it('sends with curl', async () => {
    const { stdout } = await execute('bash', ['-euo', 'pipefail', '-c', block('curl')], { env: bareEnvironment() });
    expect(stdout).toContain('"errors":false');
    expect(await messages('_index:mcp-mesh-logs')).toEqual(['Another', 'One of many', 'One record']);
  });

  it.runIf(hasPythonClient)("sends with Debian's client for Python", async () => {
    const { stdout } = await execute(python, ['-c', block('Python')], { env: bareEnvironment() });
    expect(stdout).toBe('1000\n');
  });

  it('sends with the client for JavaScript', async () => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'send.mjs'), block('JavaScript').replace('@elastic/elasticsearch', 'es8'));
    const { stdout } = await execute(process.execPath, ['send.mjs'], { cwd: folder, env: bareEnvironment() });
    expect(stdout).toBe('From JavaScript\n');
  });

  it.runIf(hasRsyslog)('receives from rsyslog', async () => {
    const work = join(folder, 'rsyslog');
    mkdirSync(work);
    const lines = ['first "quoted" line', 'second line with ünïcode'];
    writeFileSync(join(work, 'in.log'), `${lines.join('\n')}\n`);
    const input = `module(load="imfile")\nglobal(workDirectory="${work}")\ninput(type="imfile" File="${work}/in.log" Tag="agent:" Severity="error")\n`;
    writeFileSync(join(work, 'rsyslog.conf'), input + block('rsyslog'));
    const daemon = spawn(rsyslogd, ['-n', '-f', join(work, 'rsyslog.conf'), '-i', join(work, 'pid')], { stdio: 'ignore' });
    try {
      await expect.poll(() => messages('_index:mcp-mesh-syslog AND level:ERR AND name:agent'), { timeout: 30_000 }).toEqual(lines);
    } finally {
      daemon.kill('SIGTERM');
      await once(daemon, 'close');
    }
  });
});
