import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

type Locked = Readonly<{ optionalDependencies?: Readonly<Record<string, string>> }>;

/**
 * npm leaves packages for other platforms out of the lock file when it cannot get them, and then `npm ci` refuses the file
 * or leaves those platforms without the engine. `npm install` on a machine that reaches them all puts them back.
 */
it('locks the binaries of every platform', () => {
  const lock = JSON.parse(readFileSync(resolve(import.meta.dirname, '../package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Locked>>;
  };
  const missing = Object.entries(lock.packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`${place}/node_modules/${name}` in lock.packages) && !(`node_modules/${name}` in lock.packages),
    ),
  );
  expect(missing).toEqual([]);
});
