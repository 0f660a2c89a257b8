// `node scripts/take-screenshots.mjs [PAGE…]`: pictures of the built web page with the demo's data, for docs/images.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { palettePng } from './palette-png.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = process.env.BUILT_CLI ?? join(root, 'dist/cli/meshscope.cjs');
const images = join(root, 'docs/images');
const port = '18123';
const url = `http://127.0.0.1:${port}`;
const pages = ['overview', 'logs', 'traces', 'trace', 'mesh', 'tools', 'sessions', 'dashboards', 'audit', 'pipeline'];
const wanted = process.argv.length > 2 ? process.argv.slice(2) : pages;
const looks = [
  { name: '', width: 1440, height: 900, colorScheme: 'light' },
  { name: '-dark', width: 1440, height: 900, colorScheme: 'dark' },
  { name: '-phone', width: 390, height: 844, colorScheme: 'light' },
];

const folder = mkdtempSync(join(tmpdir(), 'meshscope-screenshots-'));
const children = [];
const start = (...args) => children.push(spawn(process.execPath, [cli, ...args], { stdio: 'ignore' }));
process.on('exit', () => {
  for (const child of children) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

async function until(probe) {
  for (let tries = 0; !(await probe().catch(() => false)); tries++) {
    if (tries > 600) throw new Error('the server did not become ready within a minute');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What of a page with several tells most; `undefined`: the page itself. */
const shownOf = {
  trace: async () => {
    const query = new URLSearchParams({ q: '{ name =~ ".*make_briefing" && status = error }', limit: '50' });
    const { traces } = await (await fetch(`${url}/api/traces?${query}`)).json();
    return `traces/${traces.find(({ state }) => state === 'complete')?.trace_id}`;
  },
  sessions: async () => {
    const query = new URLSearchParams({ q: 'mcp.session:* AND level:ERROR', size: '1', sort: 'timestamp:desc' });
    const { hits } = await (await fetch(`${url}/elasticsearch/*/_search?${query}`)).json();
    return `sessions/${encodeURIComponent(hits.hits[0]?._source.mcp.session)}`;
  },
  dashboards: () => 'dashboards/errors',
};

start('up', '--data', join(folder, 'data'), '--port', port, '--conventional-ports', 'off');
await until(async () => (await fetch(`${url}/readyz`)).ok);
start('demo', '--url', url, '--seconds', '600', '--seed', '7', '--servers', 'installed', '--incident', '4');
await new Promise((resolve) => setTimeout(resolve, 40_000));

mkdirSync(images, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
for (const { name, width, height, colorScheme } of looks) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  for (const wantedPage of wanted) {
    await page.goto(`${url}/ui/${(await shownOf[wantedPage]?.()) ?? wantedPage}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    await page.waitForTimeout(1000);
    writeFileSync(join(images, `${wantedPage}${name}.png`), palettePng(await page.screenshot()));
    process.stdout.write(`docs/images/${wantedPage}${name}.png\n`);
  }
  await page.close();
}
await browser.close();
// They write into the folder until they have ended.
for (const child of children) child.kill('SIGTERM');
await Promise.all(children.filter(({ exitCode }) => exitCode === null).map((child) => once(child, 'exit')));
process.exit(0);
