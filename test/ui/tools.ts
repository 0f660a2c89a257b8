import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { accessibilityProblems, openPage } from './browser.ts';
import { linkedTraces } from './linked-traces.ts';
import { server } from './shared-server.ts';

describe('the tools', () => {
  it('are sorted, searched and opened, and the URL keeps it', async () => {
    const { page, problems, close } = await openPage(server, '/ui/tools?refresh=off');
    const grid = page.getByRole('grid', { name: 'Tools' });
    await grid.getByRole('button', { name: 'p95' }).click();
    await page.waitForURL(/sort=-p95/);
    expect(await grid.getByRole('row').nth(1).textContent()).toMatch(/trigger-long-running-operation|refresh_stations/);
    await page.getByRole('searchbox', { name: 'Find' }).fill('everything sum');
    await page.getByText('1 tools').waitFor();
    await page.reload();
    await page.getByText('1 tools').waitFor();
    await grid.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').getByRole('heading', { name: 'everything › get-sum' }).waitFor();
    await page.getByRole('complementary').getByRole('link', { name: 'Page of this tool' }).click();
    await page.waitForURL(/\/ui\/tools\/everything\/get-sum/);
    await page.getByRole('heading', { name: 'get-sum', exact: true }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('have a page each, from whose durations one comes to traces', async () => {
    const { page, problems, close } = await openPage(server, '/ui/tools/everything/get-sum?refresh=off');
    await page.getByRole('img', { name: /^Calls by outcome: ok \d+, tool_error \d+/ }).waitFor();
    await page
      .getByRole('cell', { name: /2025-11-25/ })
      .first()
      .waitFor();
    await page
      .getByRole('button', { name: /calls; show traces$/ })
      .first()
      .click();
    expect(await linkedTraces(page)).toBeGreaterThan(0);
    expect(problems).toEqual([]);
    await close();
  });

  it('have a heatmap of durations whose cells are walked by keyboard, and lead to traces', async () => {
    const { page, problems, close } = await openPage(server, '/ui/tools/everything/get-sum?refresh=off');
    const heatmap = page.getByRole('grid', { name: /^Durations of calls over time/ });
    await heatmap.focus();
    const cell = heatmap.getByRole('gridcell');
    const place = async () => [await cell.getAttribute('aria-colindex'), await heatmap.getByRole('row').getAttribute('aria-rowindex')];
    const [columns, rows] = [await heatmap.getAttribute('aria-colcount'), await heatmap.getAttribute('aria-rowcount')];
    expect(await place()).toEqual([columns, rows]);
    await page.keyboard.press('ArrowLeft');
    expect(await place()).toEqual([String(Number(columns) - 1), rows]);
    await page.keyboard.press('Home');
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowUp');
    expect(await place()).toEqual(['1', '1']);
    await page.keyboard.press('End');
    const said = (await cell.getAttribute('aria-label')) ?? '';
    expect(said).toMatch(/^(?:\d{4}-\d\d-\d\d )?[\d:.]+: \d+ calls? took \S+ m?s to \S+ m?s$/);
    await page.getByText(said, { exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/ui\/traces\?.*tq=.*duration/);
    expect(problems).toEqual([]);
    await close();
  });

  it('have definitions, with what changed between two of them', async () => {
    const sent = [
      { name: 'grow', description: 'Grows', inputSchema: { type: 'object' } },
      { name: 'grow', description: 'Grows a lot', inputSchema: { type: 'object' } },
    ].map((definition) => JSON.stringify(definition));
    const hashes = sent.map((text) => createHash('sha256').update(text).digest('hex'));
    const records = hashes.map((hash, at) => ({
      timestamp: new Date(Date.now() - 60_000 + at * 10_000).toISOString(),
      service: { name: 'garden' },
      request: { method: 'tools/list' },
      mcp: { definitions: [`${hash} grow`, `${hash} grow-more`] },
    }));
    for (const [at, text] of sent.entries()) {
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${server.url}/api/contents/${hashes[at]}`, { method: 'PUT', headers, body: text })).status).toBe(201);
    }
    const bulk = records.map((record) => `{"create":{}}\n${JSON.stringify(record)}\n`).join('');
    await fetch(`${server.url}/mcp-calls/_bulk?refresh=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: bulk,
    });
    const { page, problems, close } = await openPage(server, '/ui/tools/garden/grow?refresh=off');
    const section = page.getByRole('region', { name: 'Definition' });
    await section.getByText('2 lines differ from the text before.').waitFor();
    expect((await section.locator('[data-kind="added"]').textContent()) ?? '').toContain('Grows a lot');
    await section.getByRole('button', { name: (hashes[0] ?? '').slice(0, 8) }).click();
    await section.getByText('2 lines differ').waitFor({ state: 'detached' });
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it.each([
    ['dark', 1440, 900],
    ['light', 390, 844],
  ] as const)('have pages that are accessible in the %s theme at %d by %d, and fit', async (theme, width, height) => {
    const { page, problems, close } = await openPage(server, '/ui/tools/everything/get-sum?refresh=off', { theme, width, height });
    await page.getByText('get-sum').first().waitFor();
    await page.getByRole('img', { name: /^Calls by outcome/ }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(problems).toEqual([]);
    await close();
  });
});
