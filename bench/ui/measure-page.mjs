// The web page in Debian's Chromium over the logs that are stored: what it loads, first useful paint, interactions, scrolling.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../statistics.mjs';
import { launchBrowser, measureOpening, noBrowser, openUntil, scrollFrames } from './browser.mjs';

const built = fileURLToPath(new URL('../../dist/ui/assets', import.meta.url));
const rounds = 9;
const scrolledRows = 100_000;
const rowPixels = 26;
const grid = '[role=grid]';

const allScriptBytes = () =>
  readdirSync(built)
    .filter((name) => name.endsWith('.js.gz'))
    .reduce((sum, name) => sum + statSync(join(built, name)).size, 0);

/** From a key to the frame that shows its effect, in the page itself. */
const untilFrame = (page, act) =>
  page.evaluate(`new Promise((done) => {
    const before = performance.now();
    (${act})();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - before)));
  })`);

const key = (name) =>
  `() => document.querySelector('${grid}').dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }))`;

async function interactions(page) {
  const millis = [];
  for (const name of ['j', 'j', 'j', 'k', 'PageDown', 'PageDown', 'PageUp', 'Enter', 'Enter', 'Home', 'j', 'Enter', 'Enter']) {
    millis.push(await untilFrame(page, key(name)));
    await page.waitForTimeout(120);
  }
  return millis;
}

/** Reads on until so many rows are there. */
async function readOn(page) {
  await page.locator(grid).first().focus();
  const deadline = Date.now() + 240_000;
  const height = () => page.evaluate(`document.querySelector('${grid}').scrollHeight`);
  while ((await height()) < scrolledRows * rowPixels && Date.now() < deadline) {
    await page.keyboard.press('End');
    await page.waitForTimeout(60);
  }
  return Math.round((await height()) / rowPixels);
}

export async function measurePage(server, plan, progress) {
  const browser = await launchBrowser();
  if (browser === undefined) return { error: noBrowser };
  try {
    const range = `from=${new Date(plan.endMillis - 24 * 3_600_000).toISOString()}&to=${new Date(plan.endMillis).toISOString()}&refresh=off`;
    const address = (name) => `${server.url}/ui/${name}?${range}`;
    const logs = await measureOpening(browser, address('logs'), `${grid} [aria-rowindex="2"]`, rounds);
    progress(`page: first rows of Logs after ${logs.p50.toFixed(0)} ms (p50), ${(logs.scriptBytes / 1000).toFixed(0)} kB of scripts`);
    const overview = await measureOpening(browser, address('overview'), 'main dl svg', rounds);
    progress(`page: figures of Overview after ${overview.p50.toFixed(0)} ms (p50)`);
    const { page, close } = await openUntil(browser, address('logs'), `${grid} [aria-rowindex="2"]`);
    await page.waitForLoadState('networkidle');
    const keys = await interactions(page);
    progress(`page: keys to frame ${quantile(keys, 0.5).toFixed(0)} ms (p50), ${Math.max(...keys).toFixed(0)} ms at most`);
    const rows = await readOn(page);
    const scrolled = [];
    for (const step of [rowPixels, 400]) {
      const measured = await scrollFrames(browser, page, grid, step);
      scrolled.push(measured);
      progress(
        `page: ${measured.framesPerSecond.toFixed(0)} frames/s over ${rows} rows at ${step} px a frame, ${measured.cpuMillisPerFrame.toFixed(1)} ms CPU each`,
      );
    }
    await close();
    return {
      initialScriptBytes: logs.scriptBytes,
      allScriptBytes: allScriptBytes(),
      firstPaint: { p50: logs.p50, most: logs.most },
      overview: { p50: overview.p50, most: overview.most },
      keys: { p50: quantile(keys, 0.5), most: Math.max(...keys) },
      rows,
      scrolled,
    };
  } finally {
    await browser.close();
  }
}
