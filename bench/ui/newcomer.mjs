// How long a newcomer takes from a clone to the first trace on the screen: clone, `npm ci`, `npm start`, `meshscope demo`, a browser.
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../server-process.mjs';
import { launchBrowser, noBrowser } from './browser.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mostMillis = 300_000;

async function until(what, probe) {
  const deadline = Date.now() + mostMillis;
  while (!(await probe().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${mostMillis / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** [what, seconds] of each step, in order. */
export async function measureNewcomer(folder, progress) {
  const browser = await launchBrowser();
  if (browser === undefined) return { error: noBrowser };
  const clone = join(folder, 'newcomer');
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    MESHSCOPE_DATA: join(folder, 'newcomer-data'),
    MESHSCOPE_HTTP_PORT: port,
    MESHSCOPE_CONVENTIONAL_PORTS: 'off',
  };
  const running = [];
  /** In a process group of its own, as a terminal has it. */
  const start = (command, args) => running.push(spawn(command, args, { cwd: clone, env, stdio: 'ignore', detached: true }));
  const stop = () => {
    for (const child of running.splice(0)) if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
  };
  process.prependListener('exit', stop);
  const steps = [];
  let last = performance.now();
  const done = (what) => {
    const now = performance.now();
    steps.push([what, (now - last) / 1000]);
    progress(`newcomer: ${what} ${((now - last) / 1000).toFixed(1)} s`);
    last = now;
  };
  try {
    execFileSync('git', ['clone', '-q', root, clone]);
    done('`git clone`');
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: clone, stdio: 'ignore' });
    done('`npm ci`');
    start('npm', ['start']);
    await until('npm start', async () => (await fetch(`${url}/readyz`)).ok);
    done('`npm start`, which builds first, until ready');
    start('npx', ['meshscope', 'demo', '--url', url]);
    const page = await browser.newPage();
    await page.goto(`${url}/ui/traces`);
    await page.getByRole('grid').getByRole('row').nth(1).waitFor({ timeout: mostMillis });
    done('`meshscope demo`, until its first trace is on the screen');
    return { steps };
  } finally {
    await browser.close();
    stop();
    process.off('exit', stop);
  }
}
