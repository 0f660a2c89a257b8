import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expandGlob, matchesGlob, parseExclude, parseGlob } from './glob.ts';

describe('matching', () => {
  const rows: [string, string, boolean][] = [
    ['/var/log/containers/*mcp-mesh*.log', '/var/log/containers/a-mcp-mesh-b_ns_c-1.log', true],
    ['/var/log/*.log', '/var/log/sub/a.log', false],
    ['/var/log/*.log', '/var/log/.hidden.log', false],
    ['/var/log/.*.log', '/var/log/.hidden.log', true],
    ['/var/**/*.log', '/var/a.log', true],
    ['/var/**/*.log', '/var/x/y/a.log', true],
    ['/var/**', '/var/x/y', true],
    ['/var/**/b/**/c', '/var/b/x/b/c', true],
    ['/a/?.log', '/a/b.log', true],
    ['/a/?.log', '/a/bb.log', false],
    ['/a/[a-c]1.log', '/a/b1.log', true],
    ['/a/[!a-c]1.log', '/a/b1.log', false],
    ['/a/[^x]', '/a/y', true],
    ['/a/{b,c*}/{d,e}.log', '/a/cc/e.log', true],
    ['/a/{b,c}.log', '/a/d.log', false],
    ['/a/{b,{c,d}}.log', '/a/d.log', true],
    ['/a/{b}.log', '/a/{b}.log', true],
    ['/a/b+(c).log*', '/a/b+(c).log.1', true],
    ['/a/[', '/a/[', true],
    ['/a/**************************x', `/a/${'y'.repeat(200)}`, false],
  ];
  it.each(rows)('%s on %s: %s', (glob, path, expected) => {
    expect(matchesGlob(parseGlob(glob), path)).toBe(expected);
  });

  it.each([
    ['*fluentd*', '/var/log/containers/fluentd-1.log', true],
    ['**/old/*.log', '/var/old/a.log', true],
    ['/var/log/*fluentd*', '/var/log/fluentd', true],
    ['/var/log/*fluentd*', '/srv/fluentd', false],
  ])('excludes %s on %s: %s', (pattern, path, expected) => {
    expect(matchesGlob(parseExclude(pattern), path)).toBe(expected);
  });

  it('refuses braces that stand for too much', () => {
    expect(() => parseGlob('/{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}')).toThrow(/more than 1000 paths/);
  });
});

describe('expanding', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'glob-'));
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    for (const name of ['1.log', '2.txt', 'a/3.log', 'a/b/4.log', '.5.log']) writeFileSync(join(folder, name), '');
    symlinkSync(folder, join(folder, 'a/circle'));
    symlinkSync(join(folder, 'a/b'), join(folder, 'link'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['*.log', ['1.log']],
    ['**/*.log', ['1.log', 'a/3.log', 'a/b/4.log']],
    ['**', ['1.log', '2.txt', 'a/3.log', 'a/b/4.log', 'a/circle', 'link']],
    ['l*/*.log', ['link/4.log']],
    ['missing.log', ['missing.log']],
    ['{1.log,a/*.log}', ['1.log', 'a/3.log']],
    ['1.log/*', []],
  ])('%s', async (glob, expected) => {
    const found = await expandGlob(parseGlob(`${folder}/${glob}`), (path, error) => {
      throw new Error(`${path}: ${String(error)}`);
    });
    expect([...found].sort()).toEqual(expected.map((name) => join(folder, name)));
  });
});
