// What `tsc` does not emit: the SQL migrations; then the stamp that `build-if-needed.mjs` compares with the sources.
import { chmodSync, cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const entry of readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true })) {
  if (entry.isFile() && entry.name.endsWith('.sql')) {
    const from = join(entry.parentPath, entry.name);
    cpSync(from, from.replace(join(root, 'src'), join(root, 'dist')));
  }
}
const main = join(root, 'dist/cli/meshscope.cjs');
if (existsSync(main)) chmodSync(main, 0o755);
writeFileSync(join(root, 'dist/.built'), '');
