import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll } from 'vitest';
import type { ServerProcess } from '../harness/server-process.ts';

/** Debian's package `chromium`; another one by its path. */
const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

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
});

async function theBrowser(): Promise<Browser> {
  if (!existsSync(chromiumPath)) throw new Error(`There is no ${chromiumPath}: apt-get install chromium, or set CHROMIUM.`);
  // Containers often forbid the sandbox's namespaces, and /dev/shm is small there.
  browser ??= await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  return browser;
}

/** Opens `path` (such as `/ui/logs?q=x`) of a server; `desktop` size and the light theme unless told otherwise. */
export async function openPage(server: Pick<ServerProcess, 'url'>, path: string, look: Look = {}): Promise<ShownPage> {
  const { width = 1440, height = 900, theme = 'light' } = look;
  const context: BrowserContext = await (await theBrowser()).newContext({
    viewport: { width, height },
    colorScheme: theme,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
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
  return { page, problems, close: () => context.close() };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

type AxeResult = Readonly<{
  violations: readonly Readonly<{ id: string; help: string; nodes: readonly Readonly<{ html: string; failureSummary?: string }>[] }>[];
}>;

/** What axe finds against WCAG 2.2 A and AA, one line for each place; empty when all is well. */
export async function accessibilityProblems(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, which the content policy does not concern.
  await page.evaluate(axeSource);
  const result = (await page.evaluate(`axe.run(document, ${JSON.stringify({ runOnly: standards })})`)) as AxeResult;
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary ?? ''}`),
  );
}
