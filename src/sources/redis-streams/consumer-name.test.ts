import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { consumerName } from './consumer-name.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshscope-consumer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('consumerName', () => {
  it('stays the same for a data folder, and differs between folders', async () => {
    const [one, two] = [join(folder, 'one', 'deep'), join(folder, 'two')];
    const name = await consumerName(one);
    expect(name).toMatch(/-[0-9a-f]{12}$/);
    expect(name.startsWith(`meshscope-${hostname()}-`)).toBe(true);
    expect(await consumerName(one)).toBe(name);
    expect(await consumerName(two)).not.toBe(name);
  });

  it('writes a damaged file anew', async () => {
    writeFileSync(join(folder, 'redis-consumer'), 'x'.repeat(20));
    const name = await consumerName(folder);
    expect(name).toMatch(/-[0-9a-f]{12}$/);
    expect(await consumerName(folder)).toBe(name);
  });
});
