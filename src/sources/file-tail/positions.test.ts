import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPositions, type Position } from './positions.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'positions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const position = (identity: string, offset: number): Position => ({
  identity,
  stream: 's',
  path: '/a',
  realPath: '/a',
  state: 'live',
  head: { length: 0, hash: '' },
  offset,
  seenMillis: 1,
});

it('keeps the last of each file over a restart, and ignores torn and foreign lines', async () => {
  const file = join(folder, 'deep/er/positions');
  const first = await openPositions(file);
  await first.update([position('1:1', 1), position('1:2', 5)], []);
  await first.update([position('1:1', 2)], []);
  await first.update([position('1:3', 3)], ['1:2']);
  expect(first.get('1:2')).toBeUndefined();
  appendFileSync(file, `garbage\n00000000 {"a":1}\n${readFileSync(file, 'utf8').slice(0, 60)}`);
  const second = await openPositions(file);
  expect(second.all()).toEqual([position('1:1', 2), position('1:3', 3)]);
  await second.update([position('1:4', 4)], []);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4);
  await first.close();
  await second.close();
});

it('does not grow for ever', async () => {
  const file = join(folder, 'positions');
  const positions = await openPositions(file);
  for (let offset = 0; offset < 8000; offset += 1) await positions.update([position('1:1', offset)], []);
  expect(statSync(file).size).toBeLessThan(1.2e6);
  expect((await openPositions(file)).get('1:1')?.offset).toBe(7999);
  await positions.close();
});

it('writes again what could not be written', async () => {
  const file = join(folder, 'positions');
  const positions = await openPositions(file);
  await positions.update([position('1:1', 1)], []);
  await positions.close();
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
  await expect(positions.update([position('1:1', 2)], [])).rejects.toThrow();
  rmSync(folder);
  expect(existsSync(file)).toBe(false);
  await expect(positions.update([], [])).rejects.toThrow();
});
