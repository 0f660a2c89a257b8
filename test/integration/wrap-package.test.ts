import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment } from '../harness/built-server.ts';
import { referenceServer, spooled, talk, temporaryFolder } from '../harness/mcp-process.ts';
import { builtCli } from '../harness/server-process.ts';

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');

/** The small package as a user gets it. */
describe('@meshscope/wrap', () => {
  const folder = temporaryFolder();
  const installed = join(folder, 'installed');
  const bin = join(installed, 'node_modules/.bin/meshscope-wrap');
  let packed = 0;

  beforeAll(async () => {
    const made = join(folder, 'package');
    const env = bareEnvironment({ npm_config_update_notifier: 'false', BUILT_ROOT: dirname(dirname(dirname(builtCli))) });
    for (const path of [made, installed]) mkdirSync(path);
    await execute(process.execPath, [join(root, 'scripts/build-wrap-package.mjs'), made], { env });
    await execute('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: made, env });
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz')) as [string];
    packed = statSync(join(folder, tarball)).size;
    await execute('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, tarball)], { cwd: installed, env });
  });

  it('is small and needs nothing else', () => {
    const sizes = readdirSync(join(installed, 'node_modules'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    process.stdout.write(`@meshscope/wrap: ${packed} bytes packed, ${bytes} bytes installed\n`);
    expect(bytes).toBeLessThan(3_000_000);
    expect(readdirSync(join(installed, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['@meshscope']);
    const manifest = JSON.parse(readFileSync(join(installed, 'node_modules/@meshscope/wrap/package.json'), 'utf8')) as object;
    expect(manifest).not.toHaveProperty('dependencies');
  });

  it('records a server', async () => {
    const spool = temporaryFolder();
    const client = talk(bin, [
      '--spool',
      spool,
      '--url',
      'http://127.0.0.1:9',
      '--',
      process.execPath,
      referenceServer('everything'),
      'stdio',
    ]);
    await client.ask({
      id: 0,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } },
    });
    await client.ask({ id: 1, method: 'tools/call', params: { name: 'echo', arguments: { message: 'small' } } });
    client.child.stdin?.end();
    expect((await client.closed).code).toBe(0);
    expect(spooled(spool).logs.map(({ tool }) => tool)).toContain('echo');
  });

  it.each([
    [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
    [['--help'], 0, /meshscope-wrap proxy --to URL/],
    [[], 2, /meshscope-wrap/],
    [['--', '/no/such/command'], 127, /^$/],
    [['init'], 0, /No configuration|: /],
    [['tapp'], 2, /^$/],
    [['proxy'], 2, /^$/],
  ] as const)('%j', async (args, code, stdout) => {
    const result = await talk(bin, args, { cwd: installed, env: { HOME: folder } }).closed;
    expect([result.code, result.stdout.toString()]).toEqual([code, expect.stringMatching(stdout)]);
  });
});
