import type { Page } from 'playwright-core';
import { server } from './shared-server.ts';

/** How many traces of the last two hours the question finds to which a link has led; waits until it has. */
export async function linkedTraces(page: Page): Promise<number> {
  await page.waitForURL(/\/ui\/traces\?.*tq=/);
  const q = new URL(page.url()).searchParams.get('tq') ?? '';
  const answer = await fetch(`${server.url}/api/traces?${new URLSearchParams({ q, start: 'now-2h' })}`);
  if (answer.status !== 200) throw new Error(`${q} was answered with ${answer.status}`);
  return ((await answer.json()) as { traces: readonly unknown[] }).traces.length;
}
