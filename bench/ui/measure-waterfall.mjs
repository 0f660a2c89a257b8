// How quickly one large trace is on the screen, and how smoothly it scrolls.
import { randomBytes } from 'node:crypto';
import { cpuSeconds } from '../server-process.mjs';
import { launchBrowser, measureOpening, noBrowser, openUntil, scrollFrames } from './browser.mjs';

const rounds = 5;
const outlines = 5;
const tree = '[role=treegrid]';

/** A plan of steps; each asks three services, which query. Times in milliseconds. */
function traceOf(count, traceId) {
  const begin = BigInt(Date.now() - 120_000) * 1_000_000n;
  const whole = 60_000;
  const spans = [];
  const add = (service, parent, name, start, end, attributes = {}, error = '') => {
    spans.push({
      service,
      traceId,
      spanId: (spans.length + 1).toString(16).padStart(16, '0'),
      parentSpanId: parent < 0 ? '' : (parent + 1).toString(16).padStart(16, '0'),
      name,
      kind: 3,
      startTimeUnixNano: String(begin + BigInt(Math.round(start * 1e6))),
      endTimeUnixNano: String(begin + BigInt(Math.round(end * 1e6))),
      attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
      status: error === '' ? { code: 1 } : { code: 2, message: error },
    });
    return spans.length - 1;
  };
  const root = add('planner', -1, 'plan', 0, whole);
  const steps = Math.max(1, Math.round(count / 100));
  const step = whole / steps;
  for (let at = 0; at < steps && spans.length < count; at++) {
    const from = at * step;
    const tool = add('worker', root, `step ${at % 7}`, from, from + step * 0.95, { 'gen_ai.operation.name': 'execute_tool' });
    for (let part = 0; part < 3 && spans.length < count; part++) {
      const start = from + step * (0.05 + part * 0.3);
      const took = step * 0.28;
      const isModel = part === 2;
      const call = add('search', tool, ['lookup', 'rank', 'chat'][part], start, start + took, {
        'gen_ai.operation.name': isModel ? 'chat' : 'other',
      });
      for (let query = 0; query < 32 && spans.length < count; query++) {
        const asked = start + (took * query) / 33;
        const error = spans.length % 997 === 0 ? 'deadlock found when trying to get lock' : '';
        const name = query % 8 === 7 ? 'acquire connection' : 'query';
        add('database', call, name, asked, asked + took / 34, { 'db.query.text': `select ${query}`, note: 'x'.repeat(150) }, error);
      }
    }
  }
  return spans;
}

async function send(url, spans) {
  for (const service of new Set(spans.map((span) => span.service))) {
    const own = spans.filter((span) => span.service === service).map(({ service: _, ...span }) => span);
    for (let at = 0; at < own.length; at += 5000) {
      const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
      const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: own.slice(at, at + 5000) }] }] });
      const response = await fetch(`${url}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    }
  }
}

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** CPU of the server and time for one outline, the answer that the page draws. */
async function measureOutline(server, path) {
  const cpuBefore = cpuSeconds(server.pid);
  const began = performance.now();
  let bytes = 0;
  for (let round = 0; round < outlines; round++) bytes = (await (await fetch(`${server.url}${path}`)).text()).length;
  return {
    bytes,
    millis: (performance.now() - began) / outlines,
    cpuMillis: ((cpuSeconds(server.pid) - cpuBefore) * 1000) / outlines,
  };
}

export async function measureWaterfall(server, spans, progress) {
  const browser = await launchBrowser();
  if (browser === undefined) return { error: noBrowser };
  try {
    const traceId = randomBytes(16).toString('hex');
    const path = `/api/traces/${traceId}/outline`;
    await send(server.url, traceOf(spans, traceId));
    const isWhole = async () => {
      const { spans: known, state } = await (await fetch(`${server.url}${path}`)).json();
      return known?.id.length === spans && state !== 'running';
    };
    while (!(await isWhole())) await pause(500);
    const outline = await measureOutline(server, path);
    progress(`waterfall: outline of ${spans} spans after ${outline.millis.toFixed(0)} ms, CPU ${outline.cpuMillis.toFixed(0)} ms`);
    const url = `${server.url}/ui/traces/${traceId}?refresh=off`;
    const opened = await measureOpening(browser, url, `${tree} [aria-rowindex="4"]`, rounds);
    progress(`waterfall: first rows after ${opened.p50.toFixed(0)} ms (p50)`);
    const { page, close } = await openUntil(browser, url, `${tree} [aria-rowindex="4"]`);
    const unfoldMillis = await page.evaluate(`new Promise((done) => {
      const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent.startsWith('Unfold'));
      const before = performance.now(); button.click();
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - before)));
    })`);
    progress(`waterfall: unfolded after ${unfoldMillis.toFixed(0)} ms`);
    const rows = await page.evaluate(`Number(document.querySelector('${tree}').getAttribute('aria-rowcount')) - 1`);
    const scrolled = [];
    for (const step of [26, 400, 26_000]) {
      const measured = await scrollFrames(browser, page, tree, step);
      scrolled.push(measured);
      progress(
        `waterfall: ${measured.framesPerSecond.toFixed(0)} frames/s over ${rows} rows at ${step} px a frame, ${measured.cpuMillisPerFrame.toFixed(1)} ms CPU each`,
      );
    }
    await close();
    return { spans, outline, opened: { p50: opened.p50, most: opened.most }, unfoldMillis, rows, scrolled };
  } finally {
    await browser.close();
  }
}
