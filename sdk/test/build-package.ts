import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const lock = join(root, '.building');

const newest = (folder: string) => Math.max(...readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs));

function isBuilt(): boolean {
  try {
    return statSync(join(root, 'dist/cjs/package.json')).mtimeMs > newest(join(root, 'src'));
  } catch {
    return false;
  }
}

/** Builds the package unless that has been done; test files run side by side, so only one of them does. */
export async function buildPackage(): Promise<void> {
  for (let tries = 0; tries < 600 && !isBuilt(); tries += 1) {
    try {
      mkdirSync(lock);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    try {
      if (!isBuilt()) execFileSync(process.execPath, [join(root, 'build.mjs')]);
    } finally {
      rmSync(lock, { recursive: true });
    }
  }
}
