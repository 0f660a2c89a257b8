import { describe, expect, it } from 'vitest';
import { startServer } from '../harness/server-process.ts';
import { accessibilityProblems, openPage } from './browser.ts';
import { server } from './shared-server.ts';

/** The last minutes of what the demo sent, when something broke. */
async function aroundTheIncident(): Promise<string> {
  const answer = await fetch(`${server.url}/elasticsearch/*/_search?q=level:ERROR+AND+msg:exhausted&sort=timestamp:desc&size=1`);
  const { hits } = (await answer.json()) as { hits: { hits: readonly { _source: { timestamp: string } }[] } };
  const newest = Date.parse(hits.hits[0]?._source.timestamp ?? '');
  const [from, to] = [newest - 170_000, newest + 10_000].map((millis) => new Date(millis).toISOString());
  return `from=${from}&to=${to}&refresh=off`;
}

describe('the overview', () => {
  it('leads from the worst row in three clicks to the trace of a failing call', async () => {
    const { page, problems, close } = await openPage(server, '/');
    await page.waitForURL(/\/ui\/overview/);
    // The worst shows at once what of it is bad.
    await page.locator('table tbody').first().getByRole('row').nth(1).waitFor();
    const worst = page.locator('table tbody').first().getByRole('button').nth(1);
    const agent = await worst.textContent();
    await worst.click();
    const drawer = page.getByRole('complementary');
    await drawer.getByRole('heading', { name: String(agent), exact: true }).waitFor();
    await drawer.getByRole('heading', { name: 'Failing calls' }).waitFor();
    await drawer
      .getByRole('listitem')
      .filter({ hasText: '●' })
      .getByRole('button', { name: /^trace/ })
      .first()
      .click();
    await page.waitForURL(/d=[^&]*trace/);
    await drawer.getByRole('button', { name: 'Tool', exact: true }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('says what is new and what changed, and opens it by keyboard', async () => {
    const { page, problems, close } = await openPage(server, `/ui/overview?${await aroundTheIncident()}`);
    const errors = page.getByRole('region', { name: /^Errors in logs/ });
    await errors.getByText('NEW').first().waitFor();
    await errors
      .getByText(/pool at db-primary:5432 exhausted/)
      .first()
      .focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/d=trace/);
    await page.keyboard.press('Escape');
    await page
      .getByRole('region', { name: /^What changed/ })
      .getByText(/version 1\.4\.\d → 1\.5\.0/)
      .waitFor();
    // The same stands as a mark over charts, which leads to the time around it.
    await page.getByRole('link', { name: 'Logs', exact: true }).click();
    const mark = page
      .getByRole('list', { name: 'What changed in this time' })
      .getByRole('button', { name: /^report-agent: version 1\.4\.\d → 1\.5\.0 at/ });
    const words = mark.getByText(/^report-agent: version/);
    // The pointer may go from the mark to its words, which Escape hides.
    await mark.hover();
    await words.hover();
    expect(await words.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await words.waitFor({ state: 'detached' });
    await page.mouse.move(0, 0);
    await page.keyboard.press('Tab');
    await mark.focus();
    await words.waitFor();
    await page.keyboard.press('Escape');
    await words.waitFor({ state: 'detached' });
    await mark.press('Enter');
    await page.waitForURL(/from=\d{4}-\d{2}-\d{2}T/);
    await page.waitForLoadState('networkidle');
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});

describe('an empty system', () => {
  it('shows how to begin, and becomes the overview when something comes', async () => {
    const empty = await startServer();
    const { page, problems, close } = await openPage(empty, '/ui/overview');
    await page.getByRole('heading', { name: 'Nothing has come in yet' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Copy: A demonstration' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`npx meshscope demo --url ${empty.url}`);
    const record = { timestamp: new Date().toISOString(), level: 'ERROR', msg: 'first failure', agent: { name: 'first-agent' } };
    await fetch(`${empty.url}/mcp-mesh-logs/_doc?refresh=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(record),
    });
    await page.getByText('first failure').waitFor({ timeout: 60_000 });
    expect(problems).toEqual([]);
    await close();
    await empty.stop();
  });
});
