import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../harness/mcp-process.ts';
import { runCli } from '../harness/run-cli.ts';

const original =
  '{\n  // mine\n  "mcpServers": {\n    "files": { "command": "npx", "args": ["-y", "files", "--key=ghp_abcdefghijklmnopqrstuvwx"] }\n  }\n}\n';

it('shows, wraps, unwraps, and keeps what was there', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, '.cursor'));
  const real = join(home, 'real.json');
  const link = join(home, '.cursor/mcp.json');
  writeFileSync(real, original, { mode: 0o640 });
  symlinkSync(real, link);
  const init = (...args: string[]) => runCli(['init', ...args], { env: { HOME: home }, cwd: home });

  const shown = await init();
  expect([shown.code, readFileSync(link, 'utf8')]).toEqual([0, original]);
  expect(shown.stdout).toContain('Cursor: ');
  expect(shown.stdout).toMatch(/files: is wrapped\n {4}4 - "files".*\n {4}4 \+ "files".*"--name", "files", "--", "npx"/);
  expect(shown.stdout).toContain('Nothing was written.');
  expect(shown.stdout).not.toContain('ghp_');

  expect((await init('--apply')).stdout).toContain('written; the file as it was: ');
  expect(readFileSync(link, 'utf8')).toContain('// mine');
  expect(readFileSync(real, 'utf8')).toContain('"--name", "files", "--", "npx", "-y", "files"');
  expect(statSync(real).mode & 0o777).toBe(0o640);
  const copies = readdirSync(home).filter((name) => name.endsWith('.backup'));
  expect(copies.map((name) => readFileSync(join(home, name), 'utf8'))).toEqual([original]);
  expect((await init('--apply')).stdout).toContain('is wrapped already');

  await init('--undo', '--apply');
  expect(readFileSync(real, 'utf8')).toBe(original);
});

it('leaves alone what it does not understand, and says when there is nothing', async () => {
  const home = temporaryFolder();
  const init = (...args: string[]) => runCli(['init', ...args], { env: { HOME: home }, cwd: home });
  expect((await init('--apply')).stdout).toContain('No configuration of a known MCP client was found.');
  expect((await init('--file', 'none.json')).code).toBe(2);
  writeFileSync(join(home, '.mcp.json'), '{"mcpServers": {');
  expect((await init('--apply')).stdout).toContain('left alone: it cannot be read as JSON');
  expect(readdirSync(home)).toEqual(['.mcp.json']);
});
