import { describe, expect, it } from 'vitest';
import { accessibilityProblems, openPage } from './browser.ts';
import { linkedTraces } from './linked-traces.ts';
import { server } from './shared-server.ts';

describe('the mesh', () => {
  it('leads from an edge to its traces, also by keyboard', async () => {
    const { page, problems, close } = await openPage(server, '/ui/mesh?refresh=off');
    const edge = page.getByRole('link', { name: /^weather-agent → everything: / });
    await edge.focus();
    expect(await page.getByRole('status').allTextContents()).toContainEqual(expect.stringContaining('weather-agent → everything'));
    await page.keyboard.press('Enter');
    expect(await linkedTraces(page)).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await close();
  });

  it('has the same edges as a table, and leads from a node to what it does', async () => {
    const { page, problems, close } = await openPage(server, '/ui/mesh?refresh=off');
    const links = page.getByRole('link', { name: / → / });
    // A level line has no height, which counts as hidden.
    await links.first().waitFor({ state: 'attached' });
    const edges = await links.count();
    await page.getByRole('button', { name: 'Table' }).click();
    await page.waitForURL(/view=table/);
    const grid = page.getByRole('grid', { name: 'Edges of the mesh' });
    await grid.getByRole('row').nth(1).waitFor();
    expect(await grid.getByRole('row').count()).toBe(edges + 1);
    await grid.getByRole('button', { name: 'report-agent' }).first().click();
    await page.getByRole('complementary').getByRole('heading', { name: 'report-agent' }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('is accessible as a table too, and fits', async () => {
    const { page, problems, close } = await openPage(server, '/ui/mesh?view=table&refresh=off', { theme: 'dark' });
    await page.getByText('report-agent').first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(1440);
    expect(problems).toEqual([]);
    await close();
  });
});
