import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { accessibilityProblems, openPage, problemsInBothThemes } from './browser.ts';
import { server } from './shared-server.ts';
// Their tests, one after the other: a server, a browser and a process of their own would cost more than most of them do.
import './overview.ts';
import './frame.ts';
import './mesh.ts';
import './tools.ts';
import './sessions.ts';
import './audit.ts';

const phone = { width: 390, height: 844 };

/** With the column that says what matters, which must not be scrolled to sideways on a phone. */
const pages: readonly (readonly [path: string, column?: string])[] = [
  ['overview'],
  ['logs'],
  ['traces', 'Outcome'],
  ['mesh'],
  ['tools', 'Failed'],
  ['sessions', 'Failed'],
  ['dashboards'],
  ['audit', 'Result'],
  ['pipeline'],
];

async function expectColumnWithin(page: Page, title: string, width: number): Promise<void> {
  const head = await page.getByRole('columnheader', { name: title, exact: true }).boundingBox();
  expect((head?.x ?? 0) + (head?.width ?? 1e6)).toBeLessThanOrEqual(width);
}

describe.each(pages)('the page %s', (path, column) => {
  it('says nothing on the console and has nothing that axe finds, in either theme', async () => {
    const { page, problems, close } = await openPage(server, `/ui/${path}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await problemsInBothThemes(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it('fits a phone', async () => {
    const { page, problems, close } = await openPage(server, `/ui/${path}?refresh=off`, phone);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
    const name = await page.getByRole('navigation', { name: 'Pages' }).locator('[aria-current]').boundingBox();
    expect((name?.x ?? 0) + (name?.width ?? 1e6)).toBeLessThanOrEqual(phone.width);
    if (column !== undefined) await expectColumnWithin(page, column, phone.width);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});

it('on a phone, patterns say what they are without being scrolled sideways', async () => {
  const { page, close } = await openPage(server, '/ui/logs?tab=patterns&refresh=off', phone);
  await expectColumnWithin(page, 'pattern', phone.width);
  await close();
});
