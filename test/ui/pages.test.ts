import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../harness/server-process.ts';
import { accessibilityProblems, openPage } from './browser.ts';
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
  it.each(['light', 'dark'] as const)('says nothing on the console and has nothing that axe finds, in the %s theme', async (theme) => {
    const { page, problems, close } = await openPage(server, `/ui/${path}`, { theme });
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it('fits a phone', async () => {
    const { page, problems, close } = await openPage(server, `/ui/${path}`, { width: 390, height: 844 });
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});
