import { beforeAll, describe, expect, it } from 'vitest';
import { openPage } from './browser.ts';
import { server } from './shared-server.ts';

describe('the audit page', () => {
  beforeAll(async () => {
    const records = Array.from({ length: 1200 }, (_, at) => ({
      actor: at % 2 === 0 ? 'alice' : 'bob',
      action: 'tools/call',
      resource: `tool:files/read_${at}`,
      result: at % 10 === 0 ? 'denied' : 'success',
      details: { trace_id: at === 1199 ? '4bf92f3577b34da6a3ce929d0e0e4736' : '' },
    }));
    for (const part of [records.slice(0, 1000), records.slice(1000)]) {
      const answer = await fetch(`${server.url}/api/audit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ records: part }),
      });
      expect(answer.status).toBe(201);
    }
  });

  it('shows who did what, filters by keyboard, opens a record and exports what matches', async () => {
    const { page, problems, close } = await openPage(server, '/ui/audit?refresh=off');
    await page.getByText(/Unchanged up to #\d+/).waitFor();
    await page.getByRole('textbox', { name: 'Who' }).fill('alice');
    await page.keyboard.press('Tab');
    await page.getByRole('textbox', { name: 'Result' }).fill('denied');
    await page.keyboard.press('Enter');
    await page.waitForURL(/actor=alice.*result=denied|result=denied.*actor=alice/);
    const grid = page.getByRole('grid', { name: 'Audit records' });
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('121');
    await grid.focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByText('of the record before').waitFor();
    const downloaded = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export NDJSON' }).click();
    const stream = await (await downloaded).createReadStream();
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const lines = Buffer.concat(chunks).toString().trim().split('\n');
    expect(lines).toHaveLength(120);
    expect(lines.every((line) => JSON.parse(line).actor === 'alice' && JSON.parse(line).result === 'denied')).toBe(true);
    expect(problems).toEqual([]);
    await close();
  });

  it('reads on as one scrolls', async () => {
    const { page, close } = await openPage(server, '/ui/audit?refresh=off');
    const grid = page.getByRole('grid', { name: 'Audit records' });
    await grid.focus();
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('501');
    await page.keyboard.press('End');
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('1001');
    await close();
  });
});
