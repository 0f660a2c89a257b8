import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../harness/server-process.ts';
import { accessibilityProblems, openPage, problemsInBothThemes } from './browser.ts';
import { startFilledServer } from './filled-server.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startFilledServer();
}, 180_000);
afterAll(async () => {
  await server.stop();
});

const grid = (page: Page, name = 'Log records') => page.getByRole('grid', { name });
const rows = (page: Page, name?: string) =>
  grid(page, name)
    .getByRole('row')
    .filter({ has: page.locator('time') });
const summary = async (page: Page): Promise<number> => {
  const text =
    (await page
      .getByText(/^[\d,]+ records/)
      .first()
      .textContent()) ?? '';
  return Number(text.replace(/\D/g, ''));
};

async function count(query: object): Promise<number> {
  const response = await fetch(`${server.url}/elasticsearch/*/_count`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return ((await response.json()) as { count: number }).count;
}

/** The invented past of the demo, and all that it has sent since. */
const range = 'from=now-2h&to=now%2B1h&refresh=off';

describe('the logs page', () => {
  it('leads from a level to the line that says why, by keyboard', async () => {
    const { page, problems, close } = await openPage(server, `/ui/logs?${range}`);
    await rows(page).first().waitFor();
    expect(await summary(page)).toBe(await count({ match_all: {} }));
    await page.getByRole('button', { name: 'ERROR', exact: false, pressed: false }).first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=level%3A%22ERROR%22/);
    const errors = await count({ query_string: { query: 'level:ERROR' } });
    await expect.poll(() => summary(page)).toBe(errors);
    await grid(page).focus();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Lines around it' }).click();
    const own = page.getByRole('list', { name: 'Lines around it' }).locator('[aria-current="true"]');
    await own.waitFor();
    expect(await page.getByRole('list', { name: 'Lines around it' }).getByRole('listitem').count()).toBeGreaterThan(3);
    await page.getByRole('tab', { name: 'JSON' }).click();
    await page.getByText('"level": "ERROR"').waitFor();
    const before = page.url();
    await page.keyboard.press(']');
    await expect.poll(() => page.url()).not.toBe(before);
    await page.getByRole('button', { name: 'Its trace ›' }).first().click();
    await page.waitForURL(/d=trace(?:~|%7E)/);
    expect(problems).toEqual([]);
    await close();
  });

  it('goes through the rows behind the drawer', async () => {
    const { page, problems, close } = await openPage(server, `/ui/logs?${range}`);
    await rows(page).first().click();
    await page.getByRole('button', { name: 'Beside the page ›' }).click();
    const drawer = page.getByRole('complementary', { name: /^Log / });
    await drawer.getByRole('rowheader', { name: 'timestamp' }).waitFor();
    const first = await drawer.getAttribute('aria-label');
    await page.keyboard.press(']');
    await expect.poll(() => drawer.getAttribute('aria-label')).not.toBe(first);
    await page.keyboard.press('[');
    await expect.poll(() => drawer.getAttribute('aria-label')).toBe(first);
    await rows(page).nth(3).click();
    await expect.poll(() => drawer.getAttribute('aria-label')).not.toBe(first);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it('zooms into the part of the chart that is brushed, and back', async () => {
    const { page, close } = await openPage(server, `/ui/logs?${range}`);
    await rows(page).first().waitFor();
    const all = await summary(page);
    // The answer draws the chart anew, without what has been brushed of the one before.
    await page.locator('section[aria-label="Records over time"][aria-busy="false"]').waitFor();
    const box = await page.locator('.u-over').boundingBox();
    if (box === null) throw new Error('The chart has no place.');
    await page.mouse.move(box.x + box.width * 0.4, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 30, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=\d{4}-/);
    await expect.poll(() => summary(page)).toBeLessThan(all);
    await page.goBack();
    await expect.poll(() => summary(page)).toBe(all);
    await close();
  });

  it('fetches further rows as one scrolls', async () => {
    const { page, close } = await openPage(server, `/ui/logs?${range}`);
    await rows(page).first().waitFor();
    const loaded = async () => Number(await grid(page).getAttribute('aria-rowcount'));
    const first = await loaded();
    await grid(page).focus();
    await page.keyboard.press('End');
    await expect.poll(loaded).toBeGreaterThan(first);
    expect(await grid(page).getByRole('row').count()).toBeLessThan(100);
    await close();
  });

  it('highlights what was searched for, and filters by a value of a record', async () => {
    const { page, close } = await openPage(server, `/ui/logs?${range}&q=login`);
    await rows(page).first().waitFor();
    await expect.poll(() => grid(page).locator('mark').first().textContent()).toMatch(/login/i);
    await rows(page).first().click();
    await page.getByRole('button', { name: /^agent\.name: / }).click();
    await page.getByRole('menuitem', { name: 'Is not' }).click();
    await page.waitForURL(/q=login\+AND\+NOT\+agent\.name/);
    await close();
  });

  it('shows a mistake in the search at its place', async () => {
    const { page, close } = await openPage(server, `/ui/logs?${range}&q=level%3AERROR+AND+(`);
    const alert = page.getByRole('alert');
    await alert.getByText('This ( is not closed by ).').waitFor();
    expect(await alert.textContent()).toContain('At character 17');
    expect(await accessibilityProblems(page)).toEqual([]);
    await close();
  });

  it('has columns that one chooses, in the URL', async () => {
    const { page, close } = await openPage(server, `/ui/logs?${range}`);
    await rows(page).first().waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('textbox', { name: 'Add a column' }).fill('request.meth');
    await page.keyboard.press('Enter');
    await page.waitForURL(/cols=timestamp%2Clevel%2Cagent\.name%2Crequest\.method%2Cmsg/);
    await page.getByRole('button', { name: 'Move request.method to the left' }).click();
    await page.waitForURL(/cols=timestamp%2Clevel%2Crequest\.method%2Cagent\.name%2Cmsg/);
    await page.keyboard.press('Escape');
    expect(await grid(page).getByRole('columnheader').allTextContents()).toEqual(['time ↓', 'level', 'request.method', 'agent', 'message']);
    await close();
  });

  it('tails live, and rests while someone reads', async () => {
    const { page, close } = await openPage(server, '/ui/logs?live=1');
    await rows(page, 'Live log records').first().waitFor();
    const send = async (text: string) => {
      const line = JSON.stringify({ timestamp: new Date().toISOString(), level: 'INFO', msg: text, agent: { name: 'tail-test' } });
      await fetch(`${server.url}/elasticsearch/mcp-mesh-logs-tail/_bulk`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: `{"create":{}}\n${line}\n`,
      });
    };
    await send('the first of the tail');
    await rows(page, 'Live log records').first().getByText('the first of the tail').waitFor({ timeout: 60_000 });
    await rows(page, 'Live log records').first().click();
    await page.getByText('Paused while you read').waitFor();
    await send('the second of the tail');
    await page.getByRole('button', { name: '1 wait: show' }).click({ timeout: 60_000 });
    await rows(page, 'Live log records').first().getByText('the second of the tail').waitFor();
    await page.getByText(/^Live: /).waitFor();
    await grid(page, 'Live log records').evaluate('document.querySelector("[role=grid]").scrollTop = 400');
    await page.getByText('Paused while you read').waitFor();
    await send('the third of the tail');
    await page.getByRole('button', { name: '1 wait: show' }).click({ timeout: 60_000 });
    await page.getByText(/^Live: /).waitFor();
    await rows(page, 'Live log records').first().getByText('the third of the tail').waitFor();
    await close();
  });

  it('finds patterns, and a pattern finds its lines', async () => {
    const { page, problems, close } = await openPage(server, `/ui/logs?${range}&tab=patterns&q=exhausted`);
    const patterns = grid(page, 'Patterns of messages');
    const exhausted = patterns.getByRole('row').filter({ hasText: 'exhausted' }).first();
    await exhausted.waitFor({ timeout: 60_000 });
    const expected = Number(await exhausted.getByRole('gridcell').first().locator('span').getAttribute('title'));
    expect(expected).toBeGreaterThan(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await exhausted.click();
    await page.getByRole('button', { name: 'Show its lines' }).click();
    await rows(page).first().waitFor({ timeout: 60_000 });
    await expect.poll(() => summary(page)).toBe(expected);
    expect(problems).toEqual([]);
    await close();
  });

  it('shows fields, and makes columns of them', async () => {
    const { page, close } = await openPage(server, `/ui/logs?${range}&tab=fields`);
    await page.getByRole('checkbox', { name: 'request.status as a column' }).click({ timeout: 60_000 });
    await page.waitForURL(/cols=.*request\.status/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await close();
  });

  it('keeps searches on the server', async () => {
    const { page, problems, close } = await openPage(server, `/ui/logs?${range}&q=level%3AERROR`);
    await page.getByRole('button', { name: 'Saved' }).click();
    await page.getByRole('textbox', { name: 'Name of this search' }).fill('What fails');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'What fails', exact: false }).first().waitFor();
    await page.goto(`${server.url}/ui/logs`);
    await page.getByRole('button', { name: 'Saved' }).click();
    await page.getByRole('button', { name: /^What fails/ }).click();
    await page.waitForURL(/q=level%3AERROR/);
    expect(problems).toEqual([]);
    await close();
  });

  it('exports all that match', async () => {
    const { page, problems, close } = await openPage(server, `/ui/logs?${range}&q=level%3AERROR`);
    await rows(page).first().waitFor();
    await page.getByRole('button', { name: 'Export' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('dialog').getByRole('button', { name: 'Export' }).click();
    const lines = readFileSync(await (await download).path(), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(await count({ query_string: { query: 'level:ERROR' } }));
    expect(new Set(lines.map((line) => (JSON.parse(line) as { level: string }).level))).toEqual(new Set(['ERROR']));
    await page.getByRole('radio', { name: /CSV/ }).check();
    const table = page.waitForEvent('download');
    await page.getByRole('dialog').getByRole('button', { name: 'Export again' }).click();
    const csv = readFileSync(await (await table).path(), 'utf8');
    expect(csv.split('\r\n')[0]).toBe('timestamp,level,agent.name,msg');
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it.each([
    [1440, 900],
    [390, 844],
  ])('is accessible and fits: %d × %d', async (width, height) => {
    const { page, problems, close } = await openPage(server, `/ui/logs?${range}`, { width, height });
    await rows(page).first().click();
    await page.getByRole('tab', { name: 'Fields' }).last().waitFor();
    await page.getByRole('rowheader', { name: 'timestamp' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(await problemsInBothThemes(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});
