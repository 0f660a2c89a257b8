import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kinds, pipelineKinds } from '../src/queries/aggregations/kinds.ts';
import { parseKql } from '../src/queries/filter/syntax/kql.ts';
import { parseQueryString } from '../src/queries/filter/syntax/query-string.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const folder = (path: string) => readdirSync(join(root, path), { withFileTypes: true, recursive: true });
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...folder('docs')
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
];

const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
const anchors = (path: string) => [...read(path).matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] as string));

describe('documents', () => {
  it.each(pages)('%s links only to what exists', (page) => {
    const targets = [...withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)]*)\)/g)].map((match) => match[1] as string);
    const dead = targets.filter((target) => {
      const [path, anchor] = target.split('#') as [string, string | undefined];
      const file = path === '' ? page : join(dirname(page), path);
      return !existsSync(join(root, file)) || (anchor !== undefined && !anchors(file).includes(anchor));
    });
    expect(dead).toEqual([]);
  });

  it('are all reached from their index', () => {
    const listed = [...read('docs/README.md').matchAll(/\]\(([^)#]+)/g)].map((match) => join('docs', match[1] as string));
    expect(pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !listed.includes(page))).toEqual([]);
  });

  it.each([
    ['ARCHITECTURE.md', 200],
    ['CONTRIBUTING.md', 80],
  ] as const)('%s is at most %d lines', (page, lines) => {
    expect(read(page).split('\n').length).toBeLessThanOrEqual(lines + 1);
  });

  it('ARCHITECTURE.md maps every folder and every top-level file of src', () => {
    const map = read('ARCHITECTURE.md');
    const entries = folder('src').filter((entry) => !join(entry.parentPath, entry.name).match(/\/(testing|__snapshots__)/));
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const files = entries.filter((entry) => entry.isFile() && entry.parentPath === join(root, 'src')).map((entry) => entry.name);
    const missing = [...folders.map((name) => `${name}/`), ...files.filter((name) => !name.endsWith('.test.ts'))].filter(
      (name) => !map.includes(name),
    );
    expect(missing).toEqual([]);
  });

  it.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names only files that exist', (page) => {
    const named = [...read(page).matchAll(/`((?:src|test|docs|scripts|bench|\.ci)\/[^`\s*<>{}]+)`/g)].map((match) => match[1] as string);
    expect(named.filter((path) => !/NAME|NNNN/.test(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  it('docs/query/search.md names every query and every aggregation', () => {
    const page = read('docs/query/search.md');
    const operators = [...read('src/queries/filter/parse-query.ts').matchAll(/^ {2}\['(\w+)', \w+Operator\]/gm)].map(
      (match) => match[1] as string,
    );
    expect(operators.length).toBeGreaterThan(20);
    const missing = [...operators, ...kinds.keys(), ...pipelineKinds.keys()].filter((name) => !new RegExp(`\\b${name}\\b`).test(page));
    expect(missing).toEqual([]);
  });

  it.each([
    ['docs/query/lucene.md', parseQueryString],
    ['docs/query/kql.md', parseKql],
  ] as const)('%s has queries that can be read', (page, parse) => {
    const cells = [...read(page).matchAll(/^\| (`.*?`) \| (?!it finds)/gm)].map((match) => match[1] as string);
    const queries = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => (match[1] as string).replaceAll('\\|', '|')));
    expect(queries.length).toBeGreaterThan(8);
    for (const query of queries) expect(() => parse(query), query).not.toThrow();
  });

  it('ARCHITECTURE.md has the import table of the test', () => {
    const table = /const mayImport[^{]*\{([\s\S]*?)\n\};/.exec(read('test/architecture.test.ts'))?.[1] ?? '';
    const rows = [...table.matchAll(/^ {2}'?([\w.]+)'?: (.*),$/gm)].map(([, from, to]) => {
      const targets = [...(to as string).matchAll(/'([^']+)'/g)].map((match) => match[1]);
      return `| ${from === '.' ? '`src/*.ts`' : `\`${from}\``} | ${targets[0] === '*' ? 'everything' : targets.map((name) => `\`${name}\``).join(' ') || 'nothing'} |`;
    });
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row) => !read('ARCHITECTURE.md').includes(row))).toEqual([]);
  });
});
