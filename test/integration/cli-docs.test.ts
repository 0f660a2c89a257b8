import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { cliPage } from '../../src/cli/help.ts';
import { configurationPage, errorsPage } from '../../src/config/describe.ts';

const page = (name: string) => readFileSync(resolve(import.meta.dirname, '../../docs', name), 'utf8');
const advice = 'run `npm run build && node scripts/generate-docs.mjs`';

it.each([
  ['configuration.md', async () => configurationPage()],
  ['errors.md', async () => errorsPage()],
  ['cli.md', cliPage],
] as const)('docs/%s is what the code says', async (name, generate) => {
  expect(page(name) === (await generate()), `docs/${name} is out of date: ${advice}`).toBe(true);
});
