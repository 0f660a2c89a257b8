// The web page in Debian's Chromium over the logs that are stored: what it weighs, first useful paint, interactions, scrolling.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { quantile } from '../statistics.mjs';

const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const built = fileURLToPath(new URL('../../dist/ui', import.meta.url));
const rounds = 7;
const scrolledRows = 100_000;

/** Gzipped bytes of the scripts that the page asks for before any page's own. */
function initialScriptBytes() {
  const html = readFileSync(join(built, 'index.html'), 'utf8');
  const names = [...html.matchAll(/(?:src|href)="[^"]*\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]);
  return names.reduce((sum, name) => sum + statSync(join(built, `${name}.gz`)).size, 0);
}

const allScriptBytes = () =>
  readdirSync(join(built, 'assets'))
    .filter((name) => name.endsWith('.js.gz'))
    .reduce((sum, name) => sum + statSync(join(built, 'assets', name)).size, 0);

/** Milliseconds from the address to the first rows with data, in a browser without anything in its cache. */
async function firstPaint(browser, url, isThere) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const started = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await isThere(page);
  const took = performance.now() - started;
  await context.close();
  return took;
}

/** From a key to the frame that shows its effect, in the page itself. */
const untilFrame = (page, act) =>
  page.evaluate(`new Promise((done) => {
    const before = performance.now();
    (${act})();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - before)));
  })`);

const key = (name) =>
  `() => document.querySelector('[role=grid]').dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }))`;

async function interactions(page) {
  const millis = [];
  for (const name of ['j', 'j', 'j', 'k', 'PageDown', 'PageDown', 'PageUp', 'Enter', 'Enter', 'Home', 'j', 'Enter', 'Enter']) {
    millis.push(await untilFrame(page, key(name)));
    await page.waitForTimeout(120);
  }
  return millis;
}

async function scroll(page) {
  const grid = page.locator('[role=grid]').first();
  await grid.focus();
  const deadline = Date.now() + 120_000;
  const height = () => page.evaluate(`document.querySelector('[role=grid]').scrollHeight`);
  // Reading on until so many rows are there: 26 pixels each.
  while ((await height()) < scrolledRows * 26 && Date.now() < deadline) {
    await page.keyboard.press('End');
    await page.waitForTimeout(60);
  }
  const loaded = Math.round((await height()) / 26);
  await page.keyboard.press('Home');
  const frames = await page.evaluate(`new Promise((done) => {
    const grid = document.querySelector('[role=grid]');
    const frames = []; let last = performance.now(); const end = last + 5000;
    const tick = (now) => {
      frames.push(now - last); last = now;
      grid.scrollTop += 400;
      if (now < end) requestAnimationFrame(tick); else done(frames.slice(1));
    };
    requestAnimationFrame(tick);
  })`);
  return {
    rows: loaded,
    framesPerSecond: 1000 / (frames.reduce((sum, frame) => sum + frame, 0) / frames.length),
    p99: quantile(frames, 0.99),
  };
}

export async function measurePage(server, plan, progress) {
  if (!existsSync(chromiumPath)) return { error: `there is no ${chromiumPath}` };
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  try {
    const range = `from=${new Date(plan.endMillis - 24 * 3_600_000).toISOString()}&to=${new Date(plan.endMillis).toISOString()}&refresh=off`;
    const logs = `${server.url}/ui/logs?${range}`;
    const firstRow = (page) => page.getByRole('grid').first().getByRole('row').nth(1).waitFor();
    const paints = [];
    for (let round = 0; round < rounds; round++) paints.push(await firstPaint(browser, logs, firstRow));
    progress(`page: first rows of logs after ${quantile(paints, 0.5).toFixed(0)} ms (p50)`);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(logs);
    await firstRow(page);
    await page.waitForLoadState('networkidle');
    const keys = await interactions(page);
    progress(`page: keys to frame ${quantile(keys, 0.5).toFixed(0)} ms (p50), ${Math.max(...keys).toFixed(0)} ms at most`);
    const scrolled = await scroll(page);
    progress(`page: ${scrolled.framesPerSecond.toFixed(0)} frames/s over ${scrolled.rows} rows`);
    return {
      initialScriptBytes: initialScriptBytes(),
      allScriptBytes: allScriptBytes(),
      firstPaint: { p50: quantile(paints, 0.5), most: Math.max(...paints) },
      keys: { p50: quantile(keys, 0.5), most: Math.max(...keys) },
      scrolled,
    };
  } finally {
    await browser.close();
  }
}
