// Puts the small package together from the build: what `build/cli/wrap-main.js` imports, and nothing else.
//   node scripts/build-wrap-package.mjs FOLDER    (default: packages/wrap, ready for `npm publish packages/wrap`)
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const from = join(process.env.BUILT_ROOT ?? root, 'build');
const folder = resolve(process.argv[2] ?? join(root, 'packages/wrap'));

await bundle({ entries: ['cli/wrap-main', 'recorder/recorder-thread'], from, to: join(folder, 'dist') });
const manifest = JSON.parse(readFileSync(join(root, 'packages/wrap/package.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
if (manifest.version !== version) throw new Error(`packages/wrap/package.json says version ${manifest.version}, package.json ${version}`);
if (folder !== join(root, 'packages/wrap')) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  cpSync(join(root, 'packages/wrap/README.md'), join(folder, 'README.md'));
}
cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
