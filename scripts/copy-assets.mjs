// What the compilers do not emit: the SQL migrations, and the web page's files compressed; then the stamp that `build-if-needed.mjs` compares with the sources.
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const migrations = join(root, 'dist/store/migrations');
// Else a migration that was renamed would be there under both names.
rmSync(migrations, { recursive: true, force: true });
cpSync(join(root, 'src/store/migrations'), migrations, { recursive: true });
const page = join(root, 'dist/ui');
for (const name of readdirSync(page, { recursive: true })) {
  const path = join(page, name);
  if (!/\.(js|css|html|svg|json|txt)$/.test(name) || !statSync(path).isFile()) continue;
  const bytes = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(bytes));
}
chmodSync(join(root, 'dist/cli/meshscope.cjs'), 0o755);
writeFileSync(join(root, 'dist/.built'), '');
