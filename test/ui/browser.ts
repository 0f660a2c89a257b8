import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { chromiumPath } from '../harness/chromium-path.ts';
import type { ServerProcess } from '../harness/server-process.ts';

export type Look = Readonly<{ width?: number; height?: number; theme?: 'light' | 'dark' }>;

export type ShownPage = Readonly<{
  page: Page;
  /** Errors on the console, of scripts, of the content policy, and requests to other origins. */
  problems: readonly string[];
  close: () => Promise<void>;
}>;

let browser: Browser | undefined;

afterAll(async () => {
  await browser?.close();
  browser = undefined;
  spare = undefined;
});

async function theBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('There is no Chromium: apt-get install chromium-headless-shell, or set CHROMIUM.');
  // Containers often forbid the sandbox's namespaces, and /dev/shm is small there.
  browser ??= await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  return browser;
}

type Opened = Readonly<{ page: Page; context: BrowserContext }>;

/** One that a test has closed: a document in its place costs chromium half of what a page of its own does. */
let spare: Opened | undefined;

async function aPage(): Promise<Opened> {
  if (spare !== undefined) {
    const opened = spare;
    spare = undefined;
    return opened;
  }
  const context = await (await theBrowser()).newContext({
    // What moves while a page waits is painted without a graphics card, by the processor that the server waits for.
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(60_000);
  return { context, page: await context.newPage() };
}

/** As nobody has used it, but for the cache. One that a test did not get to close is left to the end. */
async function putBack({ page, context }: Opened): Promise<void> {
  page.removeAllListeners();
  await page.evaluate('localStorage.clear(); sessionStorage.clear()');
  await context.clearCookies();
  await page.goto('about:blank');
  if (spare === undefined) spare = { page, context };
  else await context.close();
}

/** Opens `path` (such as `/ui/logs?q=x`) of a server; `desktop` size and the light theme unless told otherwise. */
export async function openPage(server: Pick<ServerProcess, 'url'>, path: string, look: Look = {}): Promise<ShownPage> {
  const { width = 1440, height = 900, theme = 'light' } = look;
  const opened = await aPage();
  const { page } = opened;
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: theme });
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(server.url) && !/^(?:data|blob):/.test(url)) problems.push(`request to elsewhere: ${url}`);
  });
  await page.goto(`${server.url}${path}`);
  return { page, problems, close: () => putBack(opened) };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

type AxeResult = Readonly<{
  violations: readonly Readonly<{ id: string; help: string; nodes: readonly Readonly<{ html: string; failureSummary?: string }>[] }>[];
}>;

/** What axe finds against WCAG 2.2 A and AA, one line for each place; empty when all is well. */
export async function accessibilityProblems(page: Page, rules: readonly string[] = standards): Promise<readonly string[]> {
  // Evaluated by the debugger, which the content policy does not concern.
  if (await page.evaluate('typeof axe === "undefined"')) await page.evaluate(axeSource);
  const result = (await page.evaluate(
    `axe.run(document, ${JSON.stringify({ runOnly: rules, resultTypes: ['violations'] })})`,
  )) as AxeResult;
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
  );
}

/** The same in the dark theme too, which differs from the light one in nothing but colours. */
export async function problemsInBothThemes(page: Page): Promise<readonly string[]> {
  const light = await accessibilityProblems(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('html[data-theme=dark]').waitFor();
  const dark = await accessibilityProblems(page, ['color-contrast']);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.locator('html[data-theme=light]').waitFor();
  return [...light, ...dark.map((problem) => `dark: ${problem}`)];
}
