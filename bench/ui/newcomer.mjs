// How long a newcomer takes from a clone to the first trace on the screen: `node bench/ui/newcomer.mjs`. Clone, `npm ci`, `npm start`, `meshscope demo`, a browser.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'meshscope-newcomer-'));
const clone = join(folder, 'meshscope');
const port = '18000';
const url = `http://127.0.0.1:${port}`;
const env = { ...process.env, MESHSCOPE_DATA: join(folder, 'data'), MESHSCOPE_HTTP_PORT: port, MESHSCOPE_CONVENTIONAL_PORTS: 'off' };
const running = [];
process.on('exit', () => {
  for (const child of running) process.kill(-child.pid, 'SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

let last = performance.now();
const begin = last;
const done = (what) => {
  const now = performance.now();
  process.stdout.write(`${what.padEnd(44)} ${((now - last) / 1000).toFixed(1).padStart(6)} s\n`);
  last = now;
};

/** In a process group of its own, as a terminal has it. */
function start(command, args) {
  const child = spawn(command, args, { cwd: clone, env, stdio: 'ignore', detached: true });
  running.push(child);
}

async function until(what, probe) {
  const deadline = Date.now() + 120_000;
  while (!(await probe().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within two minutes`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  done(what);
}

execFileSync('git', ['clone', '-q', root, clone]);
done('git clone');
execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: clone, stdio: 'ignore' });
done('npm ci');
start('npm', ['start']);
await until('npm start (builds first), until ready', async () => (await fetch(`${url}/readyz`)).ok);
start('npx', ['meshscope', 'demo', '--url', url]);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
const page = await browser.newPage();
await page.goto(`${url}/ui/traces`);
await page.getByRole('grid').getByRole('row').nth(1).waitFor({ timeout: 120_000 });
done('demo, until the first trace is on the screen');
await browser.close();
process.stdout.write(`${'all of it'.padEnd(44)} ${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s\n`);
process.exit(0);
