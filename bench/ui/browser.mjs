// What the measurements of the web page share: Debian's Chromium, times taken inside of the page, CPU time of its processes.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { quantile } from '../statistics.mjs';

const path = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Undefined when there is no Chromium. */
export const launchBrowser = async () =>
  existsSync(path) ? chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] }) : undefined;

export const noBrowser = `there is no ${path}`;

/** CPU time that the page's process has used so far, in milliseconds; the largest, should there be spare ones. */
async function rendererCpuMillis(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime * 1000, 0);
}

const watch = (selector) => `(() => {
  const observer = new MutationObserver(() => {
    if (document.querySelector(${JSON.stringify(selector)}) === null) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.benchPainted = performance.now(); }));
  });
  observer.observe(document, { childList: true, subtree: true });
})()`;

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/**
 * Opens an address with nothing in the cache. `millis`: from the start of the navigation to the frame that shows what the selector finds. `scriptBytes`: of
 * all scripts that were loaded until then, as compressed as they came.
 */
export async function openUntil(browser, url, selector, timeoutMillis = 60_000) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(watch(selector));
  await page.goto(url, { waitUntil: 'commit' });
  const deadline = Date.now() + timeoutMillis;
  // Asked rarely: each question takes CPU time from what is measured.
  const painted = () => page.evaluate('window.benchPainted').catch(() => undefined);
  let millis = await painted();
  while (millis === undefined) {
    if (Date.now() > deadline) throw new Error(`${selector} did not appear in ${url}`);
    await pause(100);
    millis = await painted();
  }
  const scriptBytes = await page.evaluate(
    `performance.getEntriesByType('resource').filter(({ name, responseEnd }) => name.endsWith('.js') && responseEnd <= ${millis}).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
  );
  return { page, millis, scriptBytes, close: () => context.close() };
}

/** The same several times: p50 and the slowest. */
export async function measureOpening(browser, url, selector, rounds) {
  const millis = [];
  let scriptBytes = 0;
  for (let round = 0; round < rounds; round++) {
    const opened = await openUntil(browser, url, selector);
    millis.push(opened.millis);
    scriptBytes = opened.scriptBytes;
    await opened.close();
  }
  return { p50: quantile(millis, 0.5), most: Math.max(...millis), scriptBytes };
}

/** Scrolls an element by so many pixels in each frame for some seconds, back and forth at its ends. */
export async function scrollFrames(browser, page, selector, step, seconds = 5) {
  await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).scrollTop = 0`);
  await page.waitForTimeout(500);
  const before = await rendererCpuMillis(browser);
  const frames = await page.evaluate(`new Promise((done) => {
    const element = document.querySelector(${JSON.stringify(selector)});
    const frames = []; let last = performance.now(); const end = last + ${seconds * 1000}; let direction = ${step};
    const tick = (now) => {
      frames.push(now - last); last = now;
      if (element.scrollTop + element.clientHeight >= element.scrollHeight - 2) direction = -${step};
      else if (element.scrollTop <= 0) direction = ${step};
      element.scrollTop += direction;
      if (now < end) requestAnimationFrame(tick); else done(frames.slice(1));
    };
    requestAnimationFrame(tick);
  })`);
  const cpuMillis = (await rendererCpuMillis(browser)) - before;
  return {
    step,
    framesPerSecond: 1000 / (frames.reduce((sum, frame) => sum + frame, 0) / frames.length),
    p99: quantile(frames, 0.99),
    cpuMillisPerFrame: cpuMillis / frames.length,
  };
}
