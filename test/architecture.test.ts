import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = resolve(import.meta.dirname, '../src');

/** Which folder may import from which; the flow of data runs from `sources` to `surfaces`. `*`: the composition root. */
const mayImport: Readonly<Record<string, readonly string[] | '*'>> = {
  lib: [],
  model: ['lib'],
  sources: ['pipeline', 'model', 'lib'],
  pipeline: ['model', 'lib'],
  journal: ['model', 'lib'],
  store: ['model', 'lib'],
  catalogue: ['model', 'lib'],
  queries: ['store', 'catalogue', 'model', 'lib'],
  surfaces: ['queries', 'catalogue', 'model', 'lib'],
  recorder: ['lib'],
  exporters: ['queries', 'model', 'lib'],
  audit: ['model', 'lib'],
  config: ['lib'],
  cli: '*',
  '.': '*',
};

/** `config` assembles the schema of each folder, so it may import their `config.ts` and nothing else of them. */
const isConfig = (path: string) => path.endsWith('/config.ts');

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

const topFolder = (path: string) => (relative(source, path).includes('/') ? (relative(source, path).split('/')[0] as string) : '.');

function relativeImports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => resolve(dirname(file), match[1] as string));
}

describe('architecture', () => {
  const all = files(source).filter((file) => !file.endsWith('.test.ts') && !file.endsWith('.bench.ts'));

  it('knows every folder below src', () => {
    expect([...new Set(all.map(topFolder))].filter((folder) => !(folder in mayImport))).toEqual([]);
  });

  it('imports only along the table', () => {
    const wrong = all.flatMap((file) => {
      const from = topFolder(file);
      const allowed = mayImport[from];
      if (allowed === '*' || allowed === undefined) return [];
      return relativeImports(file)
        .filter((to) => {
          const target = topFolder(to);
          return target !== from && !allowed.includes(target) && !(from === 'config' && isConfig(to));
        })
        .map((to) => `${relative(source, file)} imports ${relative(source, to)}`);
    });
    expect(wrong).toEqual([]);
  });

  it('has no cycles, of types neither', () => {
    const imports = new Map(all.map((file) => [file, relativeImports(file)]));
    const sound = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].map((one) => relative(source, one)).join(' > '));
      else if (!sound.has(file)) for (const to of imports.get(file) ?? []) visit(to, [...trail, file]);
      sound.add(file);
    };
    for (const file of all) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('keeps the engine inside the store', () => {
    const wrong = all.filter((file) => /from 'chdb|import\('chdb/.test(readFileSync(file, 'utf8')) && topFolder(file) !== 'store');
    expect(wrong.map((file) => relative(source, file))).toEqual([]);
  });

  it('keeps one protocol from knowing another', () => {
    const wrong = all
      .filter((file) => topFolder(file) === 'sources')
      .flatMap((file) => {
        const own = relative(join(source, 'sources'), file).split('/')[0];
        return relativeImports(file)
          .filter((to) => topFolder(to) === 'sources' && relative(join(source, 'sources'), to).split('/')[0] !== own)
          .map((to) => `${relative(source, file)} imports ${relative(source, to)}`);
      });
    expect(wrong).toEqual([]);
  });

  it('keeps files short enough to hold in mind', () => {
    const long = files(source)
      .map((file) => ({ file: relative(source, file), lines: readFileSync(file, 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 400);
    expect(long).toEqual([]);
  });

  it('uses names that say what a file is for', () => {
    const vague = all
      .map((file) => relative(source, file))
      .filter((file) => /(^|\/)(utils?|helpers?|common|misc|types)(\/|\.ts$)|.\/index\.ts$/.test(file));
    expect(vague).toEqual([]);
  });
});
