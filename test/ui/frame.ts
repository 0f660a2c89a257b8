import { describe, expect, it } from 'vitest';
import { openPage, problemsInBothThemes } from './browser.ts';
import { server } from './shared-server.ts';

describe('the frame', () => {
  it('searches from the bar, completes, and keeps it all in the URL', async () => {
    const { page, problems, close } = await openPage(server, '/ui/logs?refresh=off');
    const search = page.getByRole('combobox', { name: 'Search' });
    await search.waitFor();
    await page.keyboard.press('/');
    // Until these are there the list is that of all levels, and then none.
    const values = page.waitForResponse((response) => response.request().postData()?.includes('"include":"ERR.*"') === true);
    await page.keyboard.type('level:ERR');
    await (await values).finished();
    await expect.poll(() => page.getByRole('option').first().textContent()).toContain('ERROR');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => search.getAttribute('aria-activedescendant')).not.toBeNull();
    await page.keyboard.press('Enter');
    await expect.poll(() => search.inputValue()).toContain('level:ERROR');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=level%3AERROR/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.waitForURL(/\/ui\/traces\?.*q=level%3AERROR/);
    await page.goBack();
    await page.waitForURL(/\/ui\/logs/);
    expect(await page.getByRole('combobox', { name: 'Search' }).inputValue()).toBe('level:ERROR');
    expect(problems).toEqual([]);
    await close();
  });

  it('shows an answer that takes longer than it waits to ask again', async () => {
    const { page, problems, close } = await openPage(server, '/ui/logs?refresh=off');
    let asked = 0;
    await page.route(/\/elasticsearch\/.*_search/, async (route) => {
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await route.continue();
    });
    await page.goto(`${server.url}/ui/logs?from=now-2h&to=now&refresh=1`);
    await page.getByRole('row').nth(1).waitFor();
    const first = asked;
    await expect.poll(() => asked).toBeGreaterThan(first);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    expect(problems).toEqual([]);
    await close();
  });

  it('takes a time as people type it, and says what it does not understand', async () => {
    const { page, close } = await openPage(server, '/ui/logs?refresh=off');
    await page.getByRole('button', { name: 'Last 1 hour' }).click();
    await page.getByRole('textbox', { name: 'Time' }).fill('soonish');
    await page.keyboard.press('Enter');
    await page.getByText('This is not understood').waitFor();
    await page.getByRole('textbox', { name: 'Time' }).fill('last 3h');
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=now-3h/);
    await page.getByRole('button', { name: 'Last 3 hours' }).waitFor();
    await close();
  });

  it.each([
    ['logs', '/elasticsearch/*/_search', /"fields":.*"size":100/],
    ['overview', '/api/tools/activity', /^$/],
  ])('asks the first question of %s once, before its code is there', async (name, path, body) => {
    const { page, problems, close } = await openPage(server, `/ui/${name}?from=now-2h&to=now&refresh=off`);
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname === path && body.test(request.postData() ?? '')) asked.push('question');
      else if (pathname.includes('/assets/page-') && pathname.endsWith('.js')) asked.push('code');
    });
    await page.reload({ waitUntil: 'networkidle' });
    expect(asked).toEqual(['question', 'code']);
    expect(problems).toEqual([]);
    await close();
  });

  it('is accessible in either theme, with its sheets', async () => {
    const { page, problems, close } = await openPage(server, '/ui/pipeline?refresh=off');
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    expect(await problemsInBothThemes(page)).toEqual([]);
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
    const notices = await page.getByRole('link', { name: 'libraries of others' }).getAttribute('href');
    expect(await (await fetch(`${server.url}${notices}`)).text()).toMatch(
      /^## react-aria-components - [\s\S]*Apache License[\s\S]*^## uplot - /m,
    );
    expect(await problemsInBothThemes(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('searchbox', { name: 'Command' }).waitFor();
    // As keys, of which t alone would be the time.
    await page.keyboard.type('tools');
    await page.getByRole('menuitem', { name: 'Go to Tools' }).waitFor();
    expect(await problemsInBothThemes(page)).toEqual([]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/ui\/tools/);
    expect(problems).toEqual([]);
    await close();
  });
});
