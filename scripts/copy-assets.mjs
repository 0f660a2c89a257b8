// What `tsc` does not emit: the SQL migrations; then the stamp that `build-if-needed.mjs` compares with the sources.
import { chmodSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
cpSync(join(root, 'src/store/migrations'), join(root, 'dist/store/migrations'), { recursive: true });
chmodSync(join(root, 'dist/cli/meshscope.cjs'), 0o755);
writeFileSync(join(root, 'dist/.built'), '');
