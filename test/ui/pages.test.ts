import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../harness/server-process.ts';
import { accessibilityProblems, openPage, problemsInBothThemes } from './browser.ts';
import { startFilledServer } from './filled-server.ts';

const paths = ['overview', 'logs', 'traces', 'mesh', 'tools', 'sessions', 'dashboards', 'audit', 'pipeline'];

let server: ServerProcess;
beforeAll(async () => {
  server = await startFilledServer();
}, 180_000);
afterAll(async () => {
  await server.stop();
});

describe.each(paths)('the page %s', (path) => {
  it('says nothing on the console and has nothing that axe finds, in either theme', async () => {
    const { page, problems, close } = await openPage(server, `/ui/${path}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await problemsInBothThemes(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it('fits a phone', async () => {
    const { page, problems, close } = await openPage(server, `/ui/${path}`, { width: 390, height: 844 });
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    const name = await page.getByRole('navigation', { name: 'Pages' }).locator('[aria-current]').boundingBox();
    expect((name?.x ?? 0) + (name?.width ?? 1e6)).toBeLessThanOrEqual(390);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});

it.each([
  ['traces', 'Outcome'],
  ['tools', 'Failed'],
  ['sessions', 'Failed'],
  ['audit', 'Result'],
  ['logs?tab=patterns', 'pattern'],
])('on a phone, %s say what matters without being scrolled sideways: %s', async (path, title) => {
  const { page, close } = await openPage(server, `/ui/${path}`, { width: 390, height: 844 });
  const head = await page.getByRole('columnheader', { name: title, exact: true }).boundingBox();
  expect((head?.x ?? 0) + (head?.width ?? 1e6)).toBeLessThanOrEqual(390);
  await close();
});
