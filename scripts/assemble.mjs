// Makes `dist/`, which runs and ships, from `build/`: what tsc and Vite wrote.
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { bundle } from './bundle.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [build, dist] = [join(root, 'build'), join(root, 'dist')];
const filesIn = (folder, pattern) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));

const migrations = join(build, 'store/migrations');
// Else a migration that was renamed would be there under both names.
rmSync(migrations, { recursive: true, force: true });
cpSync(join(root, 'src/store/migrations'), migrations, { recursive: true });

// What the package exports, what is run, and what is started by the name of its file.
const entries = ['index', 'cli/main', 'cli/wrap-start', 'cli/wrap-main', 'cli/demo/stand-in-main', 'recorder/recorder-thread'];
await bundle({ entries, from: build, to: dist });
for (const path of filesIn(build, /\.(cjs|sql|d\.ts)$/)) cpSync(path, join(dist, path.slice(build.length)));
chmodSync(join(dist, 'cli/meshscope.cjs'), 0o755);

const page = join(dist, 'ui');
cpSync(join(build, 'ui'), page, { recursive: true });
for (const path of filesIn(page, /\.(js|css|html|svg|json|txt)$/)) {
  const bytes = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(bytes));
}
// Compared with the sources by `build-if-needed.mjs`.
writeFileSync(join(dist, '.built'), '');
