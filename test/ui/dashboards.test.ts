import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentLogs } from '../harness/agent-logs.ts';
import { missionDashboards } from '../harness/mission-dashboards.ts';
import { missionPage } from '../harness/mission-page.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';
import { accessibilityProblems, openPage, problemsInBothThemes } from './browser.ts';

const index = 'mcp-mesh-logs-*';
const dashboards = missionDashboards();
/** Where those come from who are audited. */
const cities = [
  [52.5, 13.4],
  [40.7, -74],
  [-33.9, 151.2],
  [35.7, 139.7],
];

let server: ServerProcess;
beforeAll(async () => {
  server = await startServer();
  await call('PUT', '/_index_template/mcp-mesh-logs', missionPage().template.replace(/^\/\/.*$/m, ''));
  const records = agentLogs(20_261_121, 4000, Date.now()).map((log, at) => {
    const [lat, lon] = cities[at % cities.length] as number[];
    return log.audit === undefined ? log : { ...log, client: { geo: { location: { lat, lon } } } };
  });
  const lines = records.map((record) => `{"create":{}}\n${JSON.stringify(record)}\n`).join('');
  expect(await call('POST', '/mcp-mesh-logs-000001/_bulk?refresh=true', lines)).toMatchObject({ errors: false });
}, 120_000);
afterAll(async () => {
  await server.stop();
});

type Bucket = Readonly<{ key: string; doc_count: number }>;
type Buckets<Inner = object> = Readonly<{ buckets: readonly (Bucket & Inner)[] }>;

type Found<Aggregations> = Readonly<{
  hits: Readonly<{ total: Readonly<{ value: number }>; hits: readonly Readonly<{ _source: Readonly<{ msg: string }> }>[] }>;
  aggregations: Aggregations;
}>;

type Saved = Readonly<{
  title: string;
  content: Readonly<{
    dashboard: Readonly<{
      description: string;
      panels: readonly Readonly<{ title: string; place: Readonly<{ x: number; y: number; w: number; h: number }> }>[];
    }>;
  }>;
}>;

const saved = async (id: string | undefined): Promise<Saved> =>
  (await (await fetch(`${server.url}/api/saved/dashboard/${id}`)).json()) as Saved;
const allSaved = async () => (await call<Readonly<{ items: readonly Saved[] }>>('GET', '/api/saved/dashboard')).items;

async function call<Answer>(method: string, path: string, body?: object | string): Promise<Answer> {
  const content = { headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(`${server.url}${path}`, { method, ...(body === undefined ? {} : content) });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return JSON.parse(text) as Answer;
}

const lastDay = { range: { timestamp: { gte: 'now-24h' } } };

/** A query written by hand, over the same day as the dashboards. */
const search = <Aggregations>(query: object, aggs: object = {}): Promise<Found<Aggregations>> =>
  call('POST', `/elasticsearch/${index}/_search`, { size: 0, track_total_hits: true, query: { bool: { filter: [lastDay, query] } }, aggs });

async function importText(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'or text' }).fill(text);
  await page.getByRole('button', { name: /^Save/ }).first().click();
  await page.waitForURL(/\/dashboards\/saved\//);
}

const panel = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true });

/** The numbers of a chart as a table, each row as its cells. At most those of the first screen. */
async function numbersOf(page: Page, title: string): Promise<readonly (readonly string[])[]> {
  await panel(page, title)
    .getByRole('button', { name: `Menu of ${title}` })
    .click();
  await page.getByRole('menuitem', { name: 'Show the numbers' }).click();
  const rows = panel(page, title).getByRole('grid').getByRole('row');
  await rows.nth(1).waitFor();
  const all = await rows.evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? '')));
  return all.slice(1);
}

describe("the logging page's dashboards, imported", () => {
  it('says what becomes of each panel before anything is saved', async () => {
    const { page, problems, close } = await openPage(server, '/ui/dashboards/import');
    await page.getByRole('textbox', { name: 'or text' }).fill(dashboards.kibana);
    await page.getByText('3 of 3 panels translated').waitFor();
    await page.getByText('Along timestamp, in steps that fit the time.').waitFor();
    await page.getByText(`It names no index; ${index} is taken.`).waitFor();
    expect(await allSaved()).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it('shows the numbers of the queries that its three panels of Kibana stand for', async () => {
    const { page, problems, close } = await openPage(server, '/ui/dashboards/import');
    await importText(page, dashboards.kibana);
    expect(page.url()).toContain('from=now-24h');

    type Kinds = Readonly<{ kinds: Readonly<{ buckets: Readonly<Record<'Errors' | 'Warnings', Bucket>> }> }>;
    const byHand = await search<
      Readonly<{ timeline: Buckets<Kinds>; agents: Buckets<Readonly<{ levels: Buckets }>>; errors: Bucket; warnings: Bucket }>
    >(
      { match_all: {} },
      {
        timeline: {
          date_histogram: { field: 'timestamp', fixed_interval: '30m' },
          aggs: { kinds: { filters: { filters: { Errors: { term: { level: 'ERROR' } }, Warnings: { term: { level: 'WARNING' } } } } } },
        },
        agents: {
          terms: { field: 'agent.name', size: 10, order: { _count: 'desc' } },
          aggs: { levels: { terms: { field: 'level', size: 5, order: { _key: 'asc' } } } },
        },
        errors: { filter: { term: { level: 'ERROR' } } },
        warnings: { filter: { term: { level: 'WARNING' } } },
      },
    );
    const { timeline, agents, errors, warnings } = byHand.aggregations;
    expect(errors.doc_count).toBeGreaterThan(100);

    const legend = panel(page, 'Error Timeline').locator('li[title]');
    await legend.first().waitFor();
    expect(await legend.evaluateAll((all) => all.map((one) => one.getAttribute('title')?.replaceAll(',', '')))).toEqual([
      `Errors: ${errors.doc_count} records`,
      `Warnings: ${warnings.doc_count} records`,
    ]);
    const rows = await numbersOf(page, 'Error Timeline');
    const expected = timeline.buckets
      .filter(({ doc_count }) => doc_count > 0)
      .flatMap(({ kinds }) => [
        ['Errors', String(kinds.buckets.Errors.doc_count)],
        ['Warnings', String(kinds.buckets.Warnings.doc_count)],
      ]);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.map(([, name, count]) => [name, count])).toEqual(expected.slice(0, rows.length));

    const bars = panel(page, 'Logs by Agent').locator('span[title*=": "]');
    await bars.first().waitFor();
    expect(await bars.evaluateAll((all) => all.map((one) => one.getAttribute('title')?.replaceAll(/(?<=\d),(?=\d)/g, '')))).toEqual(
      agents.buckets.flatMap(({ key, levels }) => levels.buckets.map((level) => `${key}, ${level.key}: ${level.doc_count}`)),
    );

    await panel(page, 'MCP Mesh Logs')
      .getByText(`${byHand.hits.total.value.toLocaleString('en')} records`, { exact: true })
      .waitFor();
    const newest = await call<Found<unknown>>('POST', `/elasticsearch/${index}/_search`, {
      size: 1,
      query: lastDay,
      sort: [{ timestamp: 'desc' }],
    });
    const first = panel(page, 'MCP Mesh Logs').getByRole('row').nth(1);
    expect(await first.textContent()).toContain(newest.hits.hits[0]?._source.msg.slice(0, 40));
    expect(problems).toEqual([]);
    await close();
  });

  it('shows the numbers of the queries in its dashboard of audits', async () => {
    const { page, problems, close } = await openPage(server, '/ui/dashboards/import?from=now-24h');
    await importText(page, dashboards.audit);

    const events = await search({ query_string: { query: 'audit.action:(login OR logout OR auth_failure)' } });
    expect(events.hits.total.value).toBeGreaterThan(50);
    await panel(page, 'Authentication Events').getByText(`${events.hits.total.value} records`, { exact: true }).waitFor();

    const access = await search<Readonly<{ users: Buckets<Readonly<{ times: Buckets }>> }>>(
      { bool: { must: [{ exists: { field: 'audit.user_id' } }, { term: { 'audit.result': 'success' } }] } },
      {
        users: {
          terms: { field: 'audit.user_id', size: 20 },
          aggs: { times: { date_histogram: { field: 'timestamp', fixed_interval: '30m', min_doc_count: 1 } } },
        },
      },
    );
    const rows = await numbersOf(page, 'Access Patterns by User');
    const cells = access.aggregations.users.buckets.flatMap(({ key, times }) =>
      times.buckets.map(({ doc_count }) => [key, String(doc_count)]),
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.map(([user, , count]) => [user, count])).toEqual(cells.slice(0, rows.length));
    expect(await panel(page, 'Access Patterns by User').getByRole('grid').getAttribute('aria-rowcount')).toBe(String(cells.length + 1));

    const failed = await search<Readonly<{ cells: Buckets }>>(
      { bool: { must: [{ term: { 'audit.result': 'failure' } }, { range: { timestamp: { gte: 'now-1h' } } }] } },
      { cells: { geotile_grid: { field: 'client.geo.location', precision: 6 } } },
    );
    const counts = failed.aggregations.cells.buckets.map(({ doc_count }) => doc_count);
    expect(counts).toHaveLength(4);
    const circles = panel(page, 'Failed Access Attempts').locator('circle title');
    await circles.first().waitFor({ state: 'attached' });
    const shown = await circles.evaluateAll((all) => all.map((one) => Number(one.textContent?.split(': ')[1])));
    expect(shown.toSorted((one, other) => other - one)).toEqual(counts.toSorted((one, other) => other - one));
    expect(problems).toEqual([]);
    await close();
  });

  it('goes back to Kibana and comes again as the same', async () => {
    const { page, close } = await openPage(server, '/ui/dashboards');
    await page.getByRole('link', { name: 'MCP Mesh Log Analysis' }).click();
    await page.getByRole('button', { name: /Copy and export/ }).click();
    const downloaded = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Export for Kibana (NDJSON)' }).click();
    const text = await readFile((await (await downloaded).path()) as string, 'utf8');
    await page.goto(`${server.url}/ui/dashboards/import`);
    await page.getByRole('textbox', { name: 'or text' }).fill(text);
    await page.getByText('3 of 3 panels translated').waitFor();
    await page.getByRole('button', { name: 'Save as another' }).click();
    await page.waitForURL(/\/dashboards\/saved\//);
    const same = (await allSaved()).filter(({ title }) => title === 'MCP Mesh Log Analysis').map(({ content }) => content.dashboard);
    expect(same).toHaveLength(2);
    expect(same[1]).toEqual(same[0]);
    await close();
  });
});

describe('dashboards', () => {
  it('are made and changed by keyboard alone', async () => {
    const { page, problems, close } = await openPage(server, '/ui/dashboards/new?from=now-24h');
    await page.getByRole('button', { name: 'Add a panel' }).press('Enter');
    const form = page.getByRole('complementary', { name: 'Edit the panel' });
    await form.getByLabel('Title').fill('How many');
    await form.getByLabel('Kind').selectOption('statistic');
    await form.getByLabel('Only records that match', { exact: true }).fill('level:ERROR');
    const errors = await search({ term: { level: 'ERROR' } });
    await panel(page, 'How many')
      .locator(`dd[title="${errors.hits.total.value.toLocaleString('en')}"]`)
      .waitFor();
    await form.getByRole('button', { name: 'Close' }).press('Enter');
    const move = page.getByRole('button', { name: 'Move How many' });
    await move.press('Shift+ArrowRight');
    await page.getByText('How many: column 7, row 1, 24 wide, 12 high').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Resize How many' }).press('ArrowDown');
    await page.getByText('How many: column 7, row 1, 24 wide, 13 high').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await page.reload();
    await page.getByText('not saved').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).press('Enter');
    await page.waitForURL(/\/dashboards\/saved\/new-dashboard-/);
    const id = new URL(page.url()).pathname.split('/').at(-1);
    const made = await saved(id);
    expect(made.content.dashboard.panels.map(({ title, place }) => [title, place])).toEqual([['How many', { x: 6, y: 0, w: 24, h: 12 }]]);
    expect(problems).toEqual([]);
    await close();
  });

  it('are dragged and resized by pointer, and made room for', async () => {
    const { page, problems, close } = await openPage(server, '/ui/dashboards/errors');
    await page.getByRole('button', { name: /Copy and export/ }).click();
    await page.getByRole('menuitem', { name: 'Save a copy' }).click();
    await page.waitForURL(/\/dashboards\/saved\/errors-copy-/);
    await page.getByRole('button', { name: 'Edit' }).click();
    const width = ((await page.locator('[data-editing]').boundingBox())?.width ?? 0) / 48;
    const drag = async (name: string, columns: number, rows: number) => {
      const box = await page.getByRole('button', { name, exact: true }).boundingBox();
      if (box === null) throw new Error(`no ${name}`);
      await page.mouse.move(box.x + 10, box.y + 10);
      await page.mouse.down();
      await page.mouse.move(box.x + 10 + columns * width, box.y + 10 + rows * 20, { steps: 6 });
      await page.mouse.up();
    };
    await drag('Move Failures', 12, 0);
    await drag('Resize Kinds of exceptions', 0, 4);
    await page.getByRole('button', { name: 'Menu of Traces with failures' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Edit' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1);
    const { content } = await saved(id);
    const places = Object.fromEntries(content.dashboard.panels.map(({ title, place }) => [title, [place.x, place.y, place.w, place.h]]));
    expect(places).toMatchObject({
      Failures: [12, 0, 12, 6],
      'Agents with failures': [12, 6, 12, 6],
      'Kinds of exceptions': [24, 0, 12, 10],
    });
    expect(places).not.toHaveProperty('Traces with failures');
    expect(problems).toEqual([]);
    await close();
  });

  it('do not overwrite what someone else has saved', async () => {
    await call('PUT', '/api/saved/dashboard/shared', { title: 'Shared', content: { dashboard: { panels: [] } } });
    const { page, close } = await openPage(server, '/ui/dashboards/saved/shared?edit=1&panel=settings');
    await page.getByLabel('Description').fill('mine');
    await page.getByText('not saved').waitFor();
    await call('PUT', '/api/saved/dashboard/shared', { title: 'Shared', content: { dashboard: { description: 'theirs', panels: [] } } });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText('Someone else saved this dashboard').waitFor();
    await page.getByRole('button', { name: 'Save mine as a copy' }).click();
    await page.waitForURL(/\/dashboards\/saved\/shared-/);
    const found = (await allSaved()).filter(({ title }) => title === 'Shared').map(({ content }) => content.dashboard.description);
    expect(found.toSorted()).toEqual(['mine', 'theirs']);
    await close();
  });

  it('are narrowed by any number of values of their variables, which are in the URL', async () => {
    const { page, problems, close } = await openPage(server, '/ui/dashboards/errors?from=now-24h');
    const failuresOf = (agents: readonly string[]) =>
      search({
        bool: {
          filter: [{ terms: { 'agent.name': agents } }],
          must: [
            {
              bool: {
                should: [{ term: { level: 'ERROR' } }, { terms: { 'request.status': ['error', 'timeout'] } }],
                minimum_should_match: 1,
              },
            },
          ],
        },
      });
    const shown = (found: Found<unknown>) =>
      panel(page, 'Failures')
        .locator(`dd[title="${found.hits.total.value.toLocaleString('en')}"]`)
        .waitFor();
    const agents = page.getByRole('group', { name: 'Variables' }).getByRole('button', { name: 'Agent' });
    await agents.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'weather-agent' }).click();
    await page.waitForURL(/var-agent\.name=weather-agent$/);
    await shown(await failuresOf(['weather-agent']));
    await page.getByRole('option', { name: 'payment-agent' }).click();
    await page.waitForURL(/var-agent\.name=weather-agent&var-agent\.name=payment-agent$/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => agents.textContent()).toContain('weather-agent, payment-agent');
    await shown(await failuresOf(['weather-agent', 'payment-agent']));
    await page.goBack();
    await page.goBack();
    await expect.poll(() => agents.textContent()).toContain('All');
    expect(problems).toEqual([]);
    await close();
  });

  it('are accessible in either theme, looked at and changed', async () => {
    const { page, problems, close } = await openPage(server, '/ui/dashboards/security-audit?from=now-24h', { height: 2000 });
    await panel(page, 'Failed, by where they came from').locator('circle').first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await problemsInBothThemes(page)).toEqual([]);
    await panel(page, 'Failed, by where they came from').getByRole('button', { name: /^Menu/ }).click();
    await page.getByRole('menuitem', { name: 'Show the numbers' }).click();
    await panel(page, 'Failed, by where they came from').getByRole('grid').getByRole('row').nth(cities.length).waitFor();
    expect(await problemsInBothThemes(page)).toEqual([]);
    await page.goto(`${server.url}/ui/dashboards/new`);
    await page.getByRole('button', { name: 'Add a panel' }).click();
    await page.getByRole('complementary', { name: 'Edit the panel' }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await problemsInBothThemes(page)).toEqual([]);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('complementary', { name: 'Settings of the dashboard' }).waitFor();
    expect(await problemsInBothThemes(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it.each(['errors', 'security-audit'])('fit a phone: %s', async (name) => {
    const { page, problems, close } = await openPage(server, `/ui/dashboards/${name}?from=now-24h`, { width: 390, height: 844 });
    await page.getByRole('heading', { level: 2 }).first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});
