// Writes the pages of docs/ that come from the code; `--check` fails when a page differs instead. Needs a build.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { configurationPage, errorsPage } = await import('../build/config/describe.js');
const { cliPage } = await import('../build/cli/help.js');

const pages = { 'docs/configuration.md': configurationPage(), 'docs/errors.md': errorsPage(), 'docs/cli.md': await cliPage() };
const check = process.argv.includes('--check');
for (const [path, text] of Object.entries(pages)) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) {
    process.stderr.write(`${path} is out of date: run \`npm run build && node scripts/generate-docs.mjs\`\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    process.stdout.write(`${path}\n`);
  }
}
