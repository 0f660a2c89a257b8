import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

it('exports values by these names', async () => {
  expect(Object.keys(await import('../src/index.ts')).sort()).toMatchInlineSnapshot(`
    [
      "AppError",
      "createServer",
      "loadConfig",
    ]
  `);
});

it('exports types by these names', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../src/index.ts'), 'utf8');
  const types = [...text.matchAll(/^export (type )?\{([^}]+)\}/gm)].flatMap(([, all, names]) =>
    (names as string)
      .split(',')
      .map((name) => name.trim())
      .filter((name) => all !== undefined || name.startsWith('type '))
      .map((name) => name.replace(/^type /, '')),
  );
  expect(types.sort()).toMatchInlineSnapshot(`
    [
      "Config",
      "ErrorCode",
      "Listener",
      "LoadOptions",
      "LoadedConfig",
      "Origin",
      "Server",
      "ServerOptions",
    ]
  `);
});
