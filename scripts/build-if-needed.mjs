// Builds `dist/` when it is missing or older than the sources, so that `npm start` works in a fresh clone.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folders count too: theirs is the time at which a file was removed. */
const newest = (folder) =>
  readdirSync(folder, { recursive: true }).reduce((latest, name) => Math.max(latest, statSync(join(folder, name)).mtimeMs), 0);

const stamp = join(root, 'dist/.built');
if (!existsSync(join(root, 'src'))) process.exit(0);
const sources = ['src', 'ui'].map((folder) => newest(join(root, folder)));
if (!existsSync(stamp) || statSync(stamp).mtimeMs < Math.max(...sources)) {
  process.stderr.write('Building meshscope (a few seconds, only after a change)...\n');
  process.exit(spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] }).status ?? 1);
}
