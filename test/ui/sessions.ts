import { beforeAll, describe, expect, it } from 'vitest';
import { everythingByHttp } from '../harness/mcp-process.ts';
import { accessibilityProblems, openPage } from './browser.ts';
import { server } from './shared-server.ts';

describe('the sessions page', () => {
  let mcp: string;

  beforeAll(async () => {
    mcp = (await everythingByHttp()).url;
  });

  it('leads by keyboard from the list to a message and its call', async () => {
    const { page, problems, close } = await openPage(server, '/ui/sessions?q=service.name:everything&refresh=off');
    const list = page.getByRole('grid', { name: 'Sessions' });
    await list.getByText('weather-agent').first().waitFor();
    await list.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/ui\/sessions\/[\w-]+\?.*q=/);
    const messages = page.getByRole('grid', { name: 'Messages' });
    await messages.getByText('initialize').first().waitFor();
    await page.getByRole('searchbox', { name: 'Search within' }).fill('get-sum');
    await expect.poll(() => messages.getByText('initialize').count()).toBe(0);
    await messages.focus();
    await page.keyboard.press('Enter');
    await page.getByText('"jsonrpc": "2.0"').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show the call and its trace' }).click();
    await page.getByRole('complementary', { name: /^Call/ }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  it('shows only failures, and what failed', async () => {
    const { page, close } = await openPage(server, '/ui/sessions?q=service.name:filesystem&refresh=off');
    await page.getByRole('grid', { name: 'Sessions' }).getByText('report-agent').first().click();
    await page.getByRole('checkbox', { name: 'Only failures' }).check();
    const rows = page.getByRole('grid', { name: 'Messages' }).getByRole('row');
    await expect.poll(() => rows.count()).toBeGreaterThan(1);
    const texts = (await rows.allInnerTexts()).slice(1);
    expect(texts.every((text) => text.includes('tool_error'))).toBe(true);
    await close();
  });

  it('replays a call against another server after asking', async () => {
    const { page, problems, close } = await openPage(server, '/ui/sessions?q=service.name:everything&refresh=off');
    await page.getByRole('grid', { name: 'Sessions' }).getByText('weather-agent').first().click();
    await page.getByRole('searchbox', { name: 'Search within' }).fill('tools/call echo');
    await page.getByRole('grid', { name: 'Messages' }).getByText('tools/call echo').first().click();
    await page.getByRole('button', { name: 'Replay …' }).click();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'Server' }).fill('ftp://nowhere/');
    await page.getByRole('button', { name: 'Send it' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByRole('textbox', { name: 'Server' }).fill(mcp);
    await page.getByRole('textbox', { name: 'Parameters' }).fill('{"name":"echo","arguments":{"message":"once more"}}');
    await page.getByRole('button', { name: 'Send it' }).click();
    await page.getByText('Echo: once more').waitFor();
    // The refusal of the wrong address is on the console as a failed request; nothing else is.
    expect(problems.filter((line) => !line.includes('400'))).toEqual([]);
    await close();
  });
});
