// How quickly a trace of 100,000 spans is on the screen, and how smoothly it scrolls: `node bench/ui/waterfall.mjs [--spans N] [--url URL]`.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { startServer } from '../server-process.mjs';

const { values } = parseArgs({ options: { spans: { type: 'string', default: '100000' }, url: { type: 'string' } } });
const wanted = Number(values.spans);
const folder = mkdtempSync(join(tmpdir(), 'meshscope-waterfall-'));
const server = values.url === undefined ? await startServer({ data: folder }) : undefined;
const url = values.url ?? server.url;

const line = (what, value) => process.stdout.write(`${what.padEnd(52)} ${value}\n`);
const millis = (value) => `${value.toFixed(0).padStart(6)} ms`;

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

async function send(spans) {
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

const traceId = randomBytes(16).toString('hex');
await send(traceOf(wanted, traceId));
const outline = async () => (await fetch(`${url}/api/traces/${traceId}/outline`)).json();
while ((await outline()).spans?.id.length !== wanted) await new Promise((resolve) => setTimeout(resolve, 200));
while ((await outline()).state === 'running') await new Promise((resolve) => setTimeout(resolve, 500));
const began = performance.now();
const text = await (await fetch(`${url}/api/traces/${traceId}/outline`)).text();
line(`outline of ${wanted.toLocaleString('en')} spans, ${(text.length / 1e6).toFixed(1)} MB`, millis(performance.now() - began));

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const opened = performance.now();
await page.goto(`${url}/ui/traces/${traceId}?refresh=off`);
await page.getByRole('treegrid').getByRole('row').nth(3).waitFor();
line('from the address to the first rows', millis(performance.now() - opened));
const [longest] = await page.evaluate(
  `new Promise((done) => { const observer = new PerformanceObserver((list) => done([Math.max(...list.getEntries().map((entry) => entry.duration))]));
     observer.observe({ type: 'longtask', buffered: true }); setTimeout(() => done([0]), 500); })`,
);
line('longest task until then', millis(longest));
const unfolded = await page.evaluate(`new Promise((done) => {
  const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent.startsWith('Unfold'));
  const before = performance.now(); button.click();
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - before)));
})`);
line('unfolding all of them, until drawn', millis(unfolded));

/** Frames of five seconds in which each frame scrolls by `step` pixels. */
const scroll = (step) =>
  page.evaluate(
    `new Promise((done) => {
      const grid = document.querySelector('[role=treegrid]');
      const frames = []; let last = performance.now(); const end = last + 5000; let direction = ${step};
      const tick = (now) => {
        frames.push(now - last); last = now;
        if (grid.scrollTop + grid.clientHeight >= grid.scrollHeight - 2) direction = -Math.abs(direction);
        if (grid.scrollTop <= 0) direction = Math.abs(direction);
        grid.scrollTop += direction;
        if (now < end) requestAnimationFrame(tick);
        else done({ rows: Number(grid.getAttribute('aria-rowcount')) - 1, elements: document.querySelectorAll('*').length, frames: frames.slice(1) });
      };
      requestAnimationFrame(tick);
    })`,
  );
for (const step of [26, 260, 26_000]) {
  const { frames, rows, elements } = await scroll(step);
  const sorted = frames.toSorted((one, other) => one - other);
  const rate = 1000 / (frames.reduce((sum, frame) => sum + frame, 0) / frames.length);
  const slow = sorted[Math.floor(sorted.length * 0.99)];
  line(
    `scrolling ${rows.toLocaleString('en')} rows by ${step.toLocaleString('en')} px a frame`,
    `${rate.toFixed(1).padStart(6)} frames/s, 99 % within ${slow.toFixed(0)} ms, ${elements} elements`,
  );
}
await browser.close();
await server?.stop();
rmSync(folder, { recursive: true, force: true });
