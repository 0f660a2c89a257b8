import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareEnvironment, startServer } from '../harness/built-server.ts';

const execute = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const minutes = 60_000;

const npm = (cwd: string, ...args: string[]) =>
  execute('npm', args, {
    cwd,
    env: bareEnvironment({ npm_config_update_notifier: 'false' }),
    timeout: 5 * minutes,
    maxBuffer: 64 * 1024 ** 2,
  });

/** The package as a user gets it, of what `npm test` has built: packed from a copy, so that nothing else that lies in the checkout is in it. */
describe('the package', () => {
  let folder: string;
  let installed: string;
  let files: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'meshscope-package-'));
    const checkout = join(folder, 'checkout');
    installed = join(folder, 'installed');
    for (const path of [checkout, installed]) mkdirSync(path);
    const { stdout } = await execute('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    for (const path of stdout.split('\0').filter((name) => /^(?!test\/|bench\/)./.test(name))) {
      cpSync(join(root, path), join(checkout, path), { force: true });
    }
    cpSync(join(root, 'dist'), join(checkout, 'dist'), { recursive: true });
    await npm(checkout, 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const tarball = join(folder, `meshscope-${version}.tgz`);
    files = (await execute('tar', ['-tzf', tarball])).stdout.trim().split('\n');
    await npm(installed, 'install', '--prefer-offline', '--no-audit', '--no-fund', tarball);
  }, 10 * minutes);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what runs and what explains it, and nothing else', () => {
    const folders = [
      ...new Set(
        files.map((file) =>
          file
            .split('/')
            .slice(1, file.split('/').length > 2 ? 2 : 3)
            .join('/'),
        ),
      ),
    ].sort();
    expect(folders).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'dist', 'docs', 'package.json']);
    const wrong = files.filter((file) => /\.test\.|\/testing\/|snapshots|(?<!\.d)\.ts$|\/\.[^/]*$/.test(file));
    expect(wrong).toEqual([]);
    for (const needed of ['dist/index.js', 'dist/index.d.ts', 'dist/cli/meshscope.cjs', 'dist/store/migrations/0001-logs.sql']) {
      expect(files).toContain(`package/${needed}`);
    }
  });

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(installed, 'node_modules/meshscope/package.json'), 'utf8')) as { version: string };
    expect((await execute('npx', ['meshscope', '--version'], { cwd: installed, env: bareEnvironment() })).stdout).toBe(`${version}\n`);
  });

  it('starts in an empty folder, and ends when it is told to', async () => {
    const server = await startServer('npx', ['meshscope', 'up'], { cwd: installed, data: join(folder, 'data') });
    process.stdout.write(
      `npx meshscope up: ready ${Math.round(server.readyMillis)} ms after the command; ${/meshscope .* ready after .*/.exec(server.output())?.[0]}\n`,
    );
    const page = await fetch(server.url, { headers: { Accept: 'text/html' } });
    expect([page.url, page.status, await page.text()]).toEqual([
      `${server.url}/ui/`,
      200,
      expect.stringContaining('<title>meshscope</title>'),
    ]);
    await server.stop();
    expect(server.output()).toMatch(/\nmeshscope: SIGTERM: storing what was acknowledged, then stopping\n$/);
  });

  it('can be imported, with types', async () => {
    const program = `import { AppError, type Config, createServer, loadConfig } from 'meshscope';
      const config: Config = loadConfig({ argv: ['--port', '8001'], env: {}, cwd: '/' }).config;
      console.log(typeof createServer, new AppError('bad_request', 'x').code, config.http.port);`;
    writeFileSync(join(installed, 'use.mts'), `${program}\n`);
    const tsc = join(root, 'node_modules/.bin/tsc');
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const types = ['--typeRoots', join(root, 'node_modules/@types')];
    await execute(tsc, [...flags, ...types, 'use.mts'], { cwd: installed, env: bareEnvironment() });
    const script = program.replace('type Config, ', '').replace(': Config', '');
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script], { cwd: installed, env: bareEnvironment() });
    expect(stdout).toBe('function bad_request 8001\n');
  });
});
