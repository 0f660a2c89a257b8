import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPackage } from './build-package.ts';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'sdk-package-'));
const installed = join(folder, 'node_modules/@meshscope/sdk');
const modules = join(root, '../node_modules');

/** The package as npm packs it, alone in a folder: no peer is there unless a test says so. */
beforeAll(async () => {
  await buildPackage();
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, root], { cwd: folder, stdio: 'ignore' });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, archive), '--strip-components=1', '-C', installed]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (file: string, text: string) => {
  writeFileSync(join(folder, file), text);
  return execFileSync(process.execPath, [join(folder, file)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
};

const names =
  'AgentLogger,LogContext,MeshPublisher,currentTrace,deliveryCounts,flush,formatTraceparent,instrument,meshFetch,parseTraceparent,pinoMixin';
const use = `
  const log = new sdk.AgentLogger('packed', { url: false, level: 'ERROR' });
  log.info('not written');
  console.log(Object.keys(sdk).filter((name) => name !== '__esModule' && name !== 'default' && name !== 'module.exports').sort().join());`;

describe('the packed package', () => {
  it('is small and has no dependency', () => {
    const size = (path: string): number =>
      statSync(path).isDirectory() ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0) : statSync(path).size;
    expect(size(installed)).toBeLessThan(500_000);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest.dependencies).toBeUndefined();
    expect(readdirSync(installed).sort()).toEqual(['README.md', 'dist', 'package.json']);
  });

  it('is imported as an ES module', () => {
    expect(run('use.mjs', `import * as sdk from '@meshscope/sdk';${use}`)).toBe(names);
  });

  it('is required as CommonJS', () => {
    expect(run('use.cjs', `const sdk = require('@meshscope/sdk');${use}`)).toBe(names);
  });

  it('shares its context between both', () => {
    const text = `import { createRequire } from 'node:module';
      import { LogContext } from '@meshscope/sdk';
      const other = createRequire(import.meta.url)('@meshscope/sdk');
      console.log(LogContext.run({ request_id: 'r1' }, () => other.LogContext.current().request_id), other.LogContext === LogContext);`;
    expect(run('both.mjs', text)).toBe('r1 false');
  });

  it.each([
    ['pino.mjs', `import build from '@meshscope/sdk/pino'; console.log(typeof build({ url: false }).write);`],
    ['pino.cjs', `const { default: build } = require('@meshscope/sdk/pino'); console.log(typeof build({ url: false }).write);`],
  ])('has its pino target (%s)', (file, text) => {
    expect(run(file, text)).toBe('function');
  });

  it('has types for both, strictly and without any peer', () => {
    const text = `import { AgentLogger, instrument, LogContext } from '@meshscope/sdk';
      const log: AgentLogger = new AgentLogger('a', { sample: { rate: 0.5 }, redact: { keys: ['ssn'] } });
      instrument({ connect: async () => {} }, { contents: 'redacted' });
      const n: number = LogContext.run({ request_id: '1' }, () => 1);
      log.request('m', { durationMs: n });`;
    writeFileSync(join(folder, 'types.mts'), text);
    writeFileSync(join(folder, 'types.cts'), text);
    writeFileSync(
      join(folder, 'wrong.mts'),
      `import { instrument } from '@meshscope/sdk';\ninstrument({ connect: async () => {} }, { contents: 'some' });`,
    );
    mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
    symlinkSync(join(modules, '@types/node'), join(folder, 'node_modules/@types/node'));
    symlinkSync(join(modules, 'undici-types'), join(folder, 'node_modules/undici-types'));
    const compiler = join(modules, 'typescript/bin/tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--skipLibCheck',
      'false',
      '--types',
      'node',
    ];
    const check = (...files: readonly string[]) =>
      spawnSync(process.execPath, [compiler, ...options, ...files], { cwd: folder, encoding: 'utf8' }).stdout;
    expect(check('types.mts', 'types.cts')).toBe('');
    expect(check('wrong.mts')).toMatch(/^wrong\.mts\(2,\d+\): error TS2322: Type '"some"'/);
  });
});
