import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../harness/server-process.ts';
import { accessibilityProblems, openPage, problemsInBothThemes } from './browser.ts';
import { startFilledServer } from './filled-server.ts';

let server: ServerProcess;
/** What the demo sends depends on chance; this is always there. */
let failedTrace: string;
beforeAll(async () => {
  server = await startFilledServer();
  failedTrace = newTrace();
  const base = Date.now() - 30_000;
  const error = 'pool exhausted: 50 of 50 connections in use';
  await send(failedTrace, [
    { id: spanId(0), name: 'make report', fromMillis: base, toMillis: base + 5000, error },
    { id: spanId(1), parent: spanId(0), name: 'read template', fromMillis: base + 10, toMillis: base + 60 },
    { id: spanId(2), parent: spanId(0), name: 'render', fromMillis: base + 100, toMillis: base + 4900 },
    { id: spanId(3), parent: spanId(2), name: 'acquire connection', fromMillis: base + 200, toMillis: base + 4800, error },
  ]);
  await stored(failedTrace);
}, 180_000);
afterAll(async () => {
  await server.stop();
});

const list = (page: Page) => page.getByRole('grid', { name: 'Traces, the newest first' });
const waterfall = (page: Page) => page.getByRole('treegrid', { name: 'Operations of the trace' });
const rowsOf = (page: Page) =>
  waterfall(page)
    .getByRole('row')
    .filter({ hasNot: page.getByRole('columnheader') });

type Sent = Readonly<{ id: string; parent?: string; name: string; fromMillis: number; toMillis: number; error?: string }>;

async function send(traceId: string, spans: readonly Sent[]): Promise<void> {
  const nanos = (millis: number) => `${Math.round(millis)}000000`;
  const response = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'bulk-agent' } }] },
          scopeSpans: [
            {
              spans: spans.map(({ id, parent, name, fromMillis, toMillis, error }) => ({
                traceId,
                spanId: id,
                parentSpanId: parent,
                name,
                startTimeUnixNano: nanos(fromMillis),
                endTimeUnixNano: nanos(toMillis),
                status: error === undefined ? {} : { code: 2, message: error },
              })),
            },
          ],
        },
      ],
    }),
  });
  expect(response.status).toBe(200);
}

/** Until it is stored; what is sent is acknowledged before. */
async function stored(trace: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await fetch(`${server.url}/api/traces/${trace}/outline`)).status !== 200) {
    if (Date.now() > deadline) throw new Error(`The trace ${trace} is not stored.`);
    await sleep(100);
  }
}

const newTrace = () => randomBytes(16).toString('hex');
const spanId = (at: number) => (at + 1).toString(16).padStart(16, '0');

describe('the search of traces', () => {
  it('leads from a failure to the call that says why, by mouse', async () => {
    const { page, problems, close } = await openPage(server, '/ui/traces?from=now-2h&to=now&refresh=off');
    await page.getByRole('combobox', { name: 'Operation' }).selectOption('make report');
    await page.getByRole('combobox', { name: 'with a failing' }).selectOption('acquire connection');
    await page.waitForURL(/tq=/);
    expect(await page.getByRole('combobox', { name: 'TraceQL' }).inputValue()).toBe(
      '{ name = "make report" } >> { name = "acquire connection" && status = error }',
    );
    await list(page).getByRole('row').filter({ hasText: 'errors' }).first().click();
    await page.getByRole('link', { name: 'Whole page' }).click();
    await page.waitForURL(/\/ui\/traces\/[0-9a-f]+/);
    await rowsOf(page).filter({ hasText: 'acquire connection' }).filter({ hasText: 'exhausted' }).click();
    const drawer = page.getByRole('complementary');
    await drawer.getByRole('note').filter({ hasText: 'exhausted' }).waitFor();
    await drawer.getByText('service.name').waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('completes TraceQL, and opens a trace, by keyboard', async () => {
    const { page, problems, close } = await openPage(server, '/ui/traces?from=now-2h&to=now&refresh=off');
    await page.getByRole('combobox', { name: 'TraceQL' }).focus();
    await page.keyboard.type('{ nam');
    const completions = page.getByRole('listbox', { name: 'Completions' }).last();
    await completions.getByRole('option', { name: 'name', exact: true }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('"tools/call log');
    await completions.getByRole('option', { name: 'tools/call login' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('}');
    await page.keyboard.press('Enter');
    await page.waitForURL(/tq=/);
    await list(page).getByRole('row').nth(1).filter({ hasText: 'login' }).waitFor();
    await list(page).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'tools/call login' }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('says what is wrong with a query', async () => {
    const { page, close } = await openPage(server, '/ui/traces?tq=%7B%20name%20%3D&refresh=off');
    await page.getByRole('alert').filter({ hasText: 'position' }).waitFor();
    await close();
  });

  it('explains what is different about a selected part', async () => {
    const { page, problems, close } = await openPage(server, '/ui/traces?from=now-2h&to=now&refresh=off');
    await list(page).waitFor();
    const box = await page.locator('.u-over').boundingBox();
    if (box === null) throw new Error('There is no scatter.');
    await page.mouse.move(box.x + 2, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 2, box.y + box.height * 0.45, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/box=/);
    const panel = page.getByRole('region', { name: 'What is different about the selected traces' });
    await panel.getByRole('row').nth(1).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await panel.getByRole('button', { name: 'Show all' }).click();
    await panel.waitFor({ state: 'detached' });
    // The same without a pointer.
    await page.getByRole('button', { name: 'Explain the slowest' }).press('Enter');
    await panel.getByText(/^[1-9][\d,]* selected, [1-9]/).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('shows the rows before and behind, by [ and ], while one is open', async () => {
    const { page, problems, close } = await openPage(server, '/ui/traces?from=now-2h&to=now&refresh=off');
    await list(page).getByRole('row').nth(3).waitFor();
    await list(page).focus();
    await page.keyboard.press('Enter');
    const opened = () => new URL(page.url()).searchParams.get('d');
    await page.waitForURL(/d=trace/);
    const first = opened();
    await page.keyboard.press('[');
    expect(opened()).toBe(first);
    await page.keyboard.press(']');
    await expect.poll(opened).not.toBe(first);
    const second = opened();
    await page.keyboard.press(']');
    await expect.poll(opened).not.toBe(second);
    await page.keyboard.press('[');
    await expect.poll(opened).toBe(second);
    expect(problems).toEqual([]);
    await close();
  });

  it('compares two, marked by keyboard', async () => {
    const { page, problems, close } = await openPage(server, '/ui/traces?from=now-2h&to=now&refresh=off');
    await list(page).getByRole('row').nth(3).waitFor();
    await list(page).focus();
    for (const key of ['x', 'j', 'x', 'c']) await page.keyboard.press(key);
    await page.waitForURL(/\/compare\//);
    await page.getByRole('grid', { name: 'Differences' }).getByRole('row').nth(1).waitFor();
    await page.getByRole('region', { name: 'Right' }).getByText('operation').first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});

describe('one trace', () => {
  it('is accessible in every view, in either theme', async () => {
    const { page, problems, close } = await openPage(server, `/ui/traces/${failedTrace}`);
    await rowsOf(page).first().waitFor();
    expect(await problemsInBothThemes(page)).toEqual([]);
    for (const view of ['Flame graph', 'Table', /^Logs \d/]) {
      await page.getByRole('tab', { name: view }).click();
      await page.getByRole('tabpanel', { name: view }).waitFor();
      expect(await problemsInBothThemes(page)).toEqual([]);
    }
    await page.waitForURL(/view=logs/);
    expect(problems).toEqual([]);
    await close();
  });

  it('is walked, closed and opened by keyboard', async () => {
    const { page, problems, close } = await openPage(server, `/ui/traces/${failedTrace}`);
    await rowsOf(page).first().waitFor();
    const count = await rowsOf(page).count();
    await waterfall(page).focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => rowsOf(page).count()).toBe(1);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => rowsOf(page).count()).toBe(count);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').getByRole('heading', { name: 'Resource' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    // The keyboard goes on where it was.
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Operations of the trace');
    expect(problems).toEqual([]);
    await close();
  });

  it('has a flame graph that is walked and zoomed by keyboard', async () => {
    const { page, problems, close } = await openPage(server, `/ui/traces/${failedTrace}?view=flame&refresh=off`);
    const flame = page.getByRole('tree', { name: /^Flame graph of 4 ways/ });
    const frame = flame.getByRole('treeitem');
    await page.getByRole('tab', { name: 'Flame graph' }).focus();
    await page.keyboard.press('Tab');
    expect(await frame.getAttribute('aria-label')).toMatch(/^bulk-agent › make report: 5 s \(100 %\), itself .*, 1 call, 1 failed$/);
    const go = async (key: string, label: RegExp) => {
      await page.keyboard.press(key);
      await expect.poll(() => frame.getAttribute('aria-label')).toMatch(label);
      expect(await flame.getAttribute('aria-activedescendant')).toBe(await frame.getAttribute('id'));
    };
    await go('ArrowDown', /› render:/);
    await go('ArrowRight', /› read template:/);
    await go('Home', /› render:/);
    await go('ArrowDown', /› acquire connection:/);
    const box = async () => await frame.boundingBox();
    const [narrow, whole] = [await box(), await flame.boundingBox()];
    expect(narrow?.width).toBeLessThan((whole?.width ?? 0) - 10);
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await box())?.width).toBe(whole?.width);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Backspace');
    await expect.poll(async () => (await box())?.width).toBe(narrow?.width);
    await page.getByRole('button', { name: 'Show all' }).waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await close();
  });

  it('is zoomed by keys, by buttons, and by dragging over the whole in small', async () => {
    const { page, problems, close } = await openPage(server, `/ui/traces/${failedTrace}?refresh=off`);
    await rowsOf(page).filter({ hasText: 'read template' }).waitFor();
    const part = () => (new URL(page.url()).searchParams.get('part') ?? '').split('_').map(Number);
    const length = () => {
      const [from = 0, to = 0] = part();
      return to - from;
    };
    expect(part()).toEqual([0]);
    await waterfall(page).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('+');
    await expect.poll(length).toBe(2_500_000);
    // Around the row that is chosen, which ran from 10 to 60 ms.
    expect(part()[0]).toBeLessThan(60_000);
    await page.keyboard.press('+');
    await expect.poll(length).toBe(1_250_000);
    await page.keyboard.press('-');
    await expect.poll(length).toBe(2_500_000);
    await page.keyboard.press('0');
    await expect.poll(length).toBe(0);
    await page.getByRole('button', { name: 'Zoom in around the chosen row' }).click();
    await expect.poll(length).toBe(2_500_000);
    await page.getByRole('button', { name: 'Zoom out around the chosen row' }).click();
    await expect.poll(length).toBe(0);
    const box = await page.getByRole('img', { name: 'The whole trace in small; drag to zoom' }).boundingBox();
    if (box === null) throw new Error('There is no minimap.');
    const at = (share: number) => [box.x + box.width * share, box.y + box.height / 2] as const;
    await page.mouse.move(...at(0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.4));
    await page.mouse.move(...at(0.75), { steps: 3 });
    await page.mouse.up();
    await expect.poll(length).toBeGreaterThan(2_400_000);
    expect(length()).toBeLessThan(2_600_000);
    expect(part()[0]).toBeGreaterThan(1_150_000);
    // Nothing of it lies in this part.
    await rowsOf(page).filter({ hasText: 'read template' }).waitFor();
    await page.getByRole('button', { name: 'Whole time' }).click();
    await expect.poll(length).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  it('folds repeated calls, and finds one among them', async () => {
    const trace = newTrace();
    const base = Date.now() - 60_000;
    const queries = Array.from({ length: 3000 }, (_, at): Sent => {
      const span = { id: spanId(at + 1), parent: spanId(0), name: 'query', fromMillis: base + at, toMillis: base + at + 1 };
      return at === 2500 ? { ...span, error: 'deadlock found' } : span;
    });
    await send(trace, [{ id: spanId(0), name: 'nightly import', fromMillis: base, toMillis: base + 3010 }, ...queries]);
    await stored(trace);
    const { page, problems, close } = await openPage(server, `/ui/traces/${trace}`);
    await rowsOf(page).filter({ hasText: '× 3,000' }).filter({ hasText: '1 failed' }).waitFor();
    expect(await rowsOf(page).count()).toBe(2);
    await page.getByRole('searchbox', { name: 'Find in this trace' }).fill('deadlock');
    await page.keyboard.press('Enter');
    await rowsOf(page).filter({ hasText: 'deadlock found', hasNotText: '×' }).waitFor();
    expect(await rowsOf(page).count()).toBeLessThan(120);
    await page.waitForURL(/find=deadlock/);
    expect(problems).toEqual([]);
    await close();
  });

  it('grows while it runs', async () => {
    const trace = newTrace();
    const part = (at: number): Sent => ({ id: spanId(at), name: `part ${at}`, fromMillis: Date.now() - 10, toMillis: Date.now() });
    await send(trace, [part(0)]);
    await stored(trace);
    const { page, problems, close } = await openPage(server, `/ui/traces/${trace}`);
    await rowsOf(page).first().waitFor();
    let sent = 1;
    const sending = setInterval(() => void send(trace, [part(sent++)]), 500);
    await rowsOf(page).nth(3).waitFor();
    clearInterval(sending);
    expect(problems).toEqual([]);
    await close();
  });

  it('that is unknown is told so', async () => {
    const { page, close } = await openPage(server, '/ui/traces/00000000000000000000000000000001');
    await page.getByRole('alert').filter({ hasText: 'There is no trace' }).waitFor();
    await close();
  });

  it('fits a phone', async () => {
    const { page, problems, close } = await openPage(server, `/ui/traces/${failedTrace}`, { width: 390, height: 844 });
    await page.getByRole('row').nth(1).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});
