// Puts the small package together from the build: what `dist/cli/wrap-main.js` imports, and nothing else.
//   node scripts/build-wrap-package.mjs FOLDER    (default: packages/wrap, ready for `npm publish packages/wrap`)
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = process.env.BUILT_DIST ?? join(root, 'dist');
const folder = resolve(process.argv[2] ?? join(root, 'packages/wrap'));

/** The worker's file is named in a URL, not imported. */
const importPattern = /(?:from|import\(|import)\s*\(?['"](\.[^'"]+)['"]|new URL\(['"](\.[^'"]+\.js)['"]/g;

const wanted = new Set();
const visit = (file) => {
  if (wanted.has(file) || !existsSync(file)) return;
  wanted.add(file);
  for (const [, imported, named] of readFileSync(file, 'utf8').matchAll(importPattern)) visit(resolve(dirname(file), imported ?? named));
};
visit(join(dist, 'cli/wrap-main.js'));

rmSync(join(folder, 'dist'), { recursive: true, force: true });
for (const file of wanted) {
  const target = join(folder, 'dist', relative(dist, file));
  mkdirSync(dirname(target), { recursive: true });
  cpSync(file, target);
}
const manifest = JSON.parse(readFileSync(join(root, 'packages/wrap/package.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
if (manifest.version !== version) throw new Error(`packages/wrap/package.json says version ${manifest.version}, package.json ${version}`);
if (folder !== join(root, 'packages/wrap')) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  cpSync(join(root, 'packages/wrap/README.md'), join(folder, 'README.md'));
}
cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
process.stdout.write(`${wanted.size} files in ${folder}\n`);
